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

  /** One datagram: the sender's address and the payload. */
  record Datagram(int source, int sourcePort, int destinationPort, byte[] payload) {}

  private record FragmentKey(int source, int destination, int id) {}

  private UdpRecording() {}

  static List<Datagram> read(String resource) {
    ByteBuffer file = ByteBuffer.wrap(Vectors.resource(resource)).order(ByteOrder.LITTLE_ENDIAN);
    List<Datagram> datagrams = new ArrayList<>();
    Map<FragmentKey, SortedMap<Integer, byte[]>> fragments = new HashMap<>();
    int position = FILE_HEADER_BYTES;
    while (position < file.capacity()) {
      int length = file.getInt(position + 8);
      byte[] frame = Vectors.bytes(file, position + RECORD_HEADER_BYTES, length);
      position += RECORD_HEADER_BYTES + length;
      add(ByteBuffer.wrap(frame), fragments, datagrams);
    }
    return datagrams;
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
    if (flags == 0) {
      datagrams.add(datagram(source, body));
      return;
    }
    FragmentKey key =
        new FragmentKey(source, frame.getInt(IP + 16), frame.getShort(IP + 4) & 0xffff);
    SortedMap<Integer, byte[]> pieces = fragments.computeIfAbsent(key, k -> new TreeMap<>());
    pieces.put((flags & Ipv4.OFFSET_MASK) * 8, body);
    if ((flags & Ipv4.MORE_FRAGMENTS) == 0) {
      fragments.remove(key);
      ByteArrayOutputStream whole = new ByteArrayOutputStream();
      pieces.values().forEach(whole::writeBytes);
      datagrams.add(datagram(source, whole.toByteArray()));
    }
  }

  private static Datagram datagram(int source, byte[] udp) {
    ByteBuffer header = ByteBuffer.wrap(udp);
    int length = header.getShort(4) & 0xffff;
    return new Datagram(
        source,
        header.getShort(0) & 0xffff,
        header.getShort(2) & 0xffff,
        Vectors.bytes(header, 8, length - 8));
  }
}
