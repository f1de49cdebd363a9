package io.weft.sleeve;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The UDP datagrams of a capture file, put together from IP fragments where they were cut. */
final class UdpRecording {
  private static final int FILE_HEADER_BYTES = 24;
  private static final int RECORD_HEADER_BYTES = 16;
  private static final int IP = 14;
  private static final int UDP = 17;

  /** One datagram: the addresses, whether DF was set, and the payload. */
  record Datagram(
      int source,
      int sourcePort,
      int destination,
      int destinationPort,
      boolean dontFragment,
      byte[] payload) {}

  private record FragmentKey(int source, int destination, int id) {}

  private UdpRecording() {}

  /** The datagrams of one recording by its name. */
  static List<Datagram> read(String name) {
    List<Datagram> datagrams = new ArrayList<>();
    Map<FragmentKey, SortedMap<Integer, byte[]>> fragments = new HashMap<>();
    frames(name).forEach(frame -> add(ByteBuffer.wrap(frame), fragments, datagrams));
    return datagrams;
  }

  /** Every frame of one recording as it was on the wire. */
  static List<byte[]> frames(String name) {
    byte[] content = Vectors.resource("recordings/" + name + ".pcap");
    ByteBuffer file = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    List<byte[]> frames = new ArrayList<>();
    int position = FILE_HEADER_BYTES;
    while (position < file.capacity()) {
      int length = file.getInt(position + 8);
      frames.add(Vectors.bytes(file, position + RECORD_HEADER_BYTES, length));
      position += RECORD_HEADER_BYTES + length;
    }
    return frames;
  }

  private static void add(
      ByteBuffer frame,
      Map<FragmentKey, SortedMap<Integer, byte[]>> fragments,
      List<Datagram> datagrams) {
    if (!Ipv4.isIpv4(frame, 0, frame.capacity()) || frame.get(IP + 9) != UDP) {
      return;
    }
    int header = Ipv4.headerBytes(frame, 0);
    byte[] body = Vectors.bytes(frame, IP + header, Ipv4.totalLength(frame, 0) - header);
    int source = frame.getInt(IP + 12);
    int flags = frame.getShort(IP + Ipv4.FLAGS_AND_OFFSET) & 0x3fff;
    int destination = frame.getInt(IP + 16);
    if (flags == 0) {
      datagrams.add(datagram(source, destination, Ipv4.dontFragment(frame, 0), body));
      return;
    }
    FragmentKey key = new FragmentKey(source, destination, frame.getShort(IP + 4) & 0xffff);
    SortedMap<Integer, byte[]> pieces = fragments.computeIfAbsent(key, k -> new TreeMap<>());
    pieces.put((flags & Ipv4.OFFSET_MASK) * 8, body);
    if ((flags & Ipv4.MORE_FRAGMENTS) == 0) {
      fragments.remove(key);
      ByteArrayOutputStream whole = new ByteArrayOutputStream();
      for (Map.Entry<Integer, byte[]> piece : pieces.entrySet()) {
        if (piece.getKey() != whole.size()) {
          return; // The path lost what came before.
        }
        whole.writeBytes(piece.getValue());
      }
      datagrams.add(datagram(source, destination, false, whole.toByteArray()));
    }
  }

  private static Datagram datagram(int source, int destination, boolean dontFragment, byte[] udp) {
    ByteBuffer header = ByteBuffer.wrap(udp);
    int length = header.getShort(4) & 0xffff;
    return new Datagram(
        source,
        header.getShort(0) & 0xffff,
        destination,
        header.getShort(2) & 0xffff,
        dontFragment,
        Vectors.bytes(header, 8, length - 8));
  }
}
