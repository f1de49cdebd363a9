package io.weft.gossip.wire;

import io.weft.gossip.TestVectors;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The TCP connections of a recording: a pcap reader and a reassembler for IPv4 on Ethernet. */
final class Capture {
  private static final int ETHERNET = 14;
  private static final int SYN = 2;
  private static final int ACK = 16;

  /** One direction of a connection. */
  static final class Stream {
    private final TreeMap<Integer, byte[]> segments = new TreeMap<>();
    private long start = -1;

    private void add(long sequence, byte[] data) {
      int offset = (int) (sequence - start);
      byte[] known = segments.get(offset);
      if (known == null || known.length < data.length) {
        segments.put(offset, data);
      }
    }

    /** The bytes without gaps from the start, whatever was sent twice. */
    byte[] bytes() {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      segments.forEach((offset, data) -> {
        int skip = out.size() - offset;
        if (skip < 0) {
          throw new IllegalStateException("gap in the recording at " + offset);
        }
        if (skip < data.length) {
          out.write(data, skip, data.length - skip);
        }
      });
      return out.toByteArray();
    }
  }

  /** A connection, with the address of each end. */
  record Connection(String dialler, String acceptor, Stream fromDialler, Stream fromAcceptor) {}

  private final Map<String, Connection> open = new LinkedHashMap<>();
  private final List<Connection> connections = new ArrayList<>();

  /** Connections to a port in the order of their first segments. */
  static List<Connection> connections(String recording, int port) {
    Capture capture = new Capture();
    ByteBuffer file =
        ByteBuffer.wrap(TestVectors.resource("recordings/" + recording + ".pcap"))
            .order(ByteOrder.LITTLE_ENDIAN);
    file.position(24);
    while (file.remaining() >= 16) {
      int length = file.getInt(file.position() + 8);
      ByteBuffer frame = file.slice(file.position() + 16, length).order(ByteOrder.BIG_ENDIAN);
      file.position(file.position() + 16 + length);
      capture.frame(frame, port);
    }
    return capture.connections;
  }

  private void frame(ByteBuffer frame, int port) {
    boolean tcp =
        frame.remaining() > ETHERNET + 20
            && frame.getShort(12) == 0x0800
            && frame.get(ETHERNET + 9) == 6;
    if (!tcp) {
      return;
    }
    int ipHeader = 4 * (frame.get(ETHERNET) & 15);
    int ipEnd = ETHERNET + Short.toUnsignedInt(frame.getShort(ETHERNET + 2));
    int at = ETHERNET + ipHeader;
    int sourcePort = Short.toUnsignedInt(frame.getShort(at));
    int targetPort = Short.toUnsignedInt(frame.getShort(at + 2));
    String source = address(frame, ETHERNET + 12) + ":" + sourcePort;
    String target = address(frame, ETHERNET + 16) + ":" + targetPort;
    long sequence = Integer.toUnsignedLong(frame.getInt(at + 4));
    int payload = at + 4 * ((frame.get(at + 12) >> 4) & 15);
    int flags = frame.get(at + 13);
    byte[] data = new byte[ipEnd - payload];
    frame.get(payload, data);
    boolean dialled = targetPort == port;
    String key = dialled ? source + " " + target : target + " " + source;
    if (dialled && (flags & (SYN | ACK)) == SYN) {
      open.put(key, new Connection(source, target, new Stream(), new Stream()));
    }
    Connection connection = open.get(key);
    if (connection == null) {
      return;
    }
    Stream stream = dialled ? connection.fromDialler() : connection.fromAcceptor();
    if ((flags & SYN) != 0) {
      stream.start = sequence + 1;
      if (!dialled) {
        connections.add(connection);
      }
    } else if (data.length > 0) {
      stream.add(sequence, data);
    }
  }

  private static String address(ByteBuffer frame, int at) {
    return "%d.%d.%d.%d"
        .formatted(
            frame.get(at) & 0xff,
            frame.get(at + 1) & 0xff,
            frame.get(at + 2) & 0xff,
            frame.get(at + 3) & 0xff);
  }
}
