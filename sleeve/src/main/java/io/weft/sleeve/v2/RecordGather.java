package io.weft.sleeve.v2;

import io.weft.gossip.overlay.Offload;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Writes records one behind the other, to be sealed together. One lane.
 *
 * <pre>
 * 0      1       2        4
 * | type | flags | length | body
 * body of data:      [ source 6 | destination 6 ] frame
 * body of GSO data:  [ source 6 | destination 6 ] type 2 | segment 2 | start 2 | offset 2 | frame
 * </pre>
 */
final class RecordGather {
  private final byte[] plain = new byte[Sleeve2Protocol.MAX_RECORDS_BYTES];
  private final ByteBuffer buffer = ByteBuffer.wrap(plain);
  private int used;
  private int frames;

  /** The records, from 0 on. */
  byte[] plain() {
    return plain;
  }

  /** Bytes of records. */
  int used() {
    return used;
  }

  /** Frames in the records. */
  int frames() {
    return frames;
  }

  /** Empties it. */
  void clear() {
    used = 0;
    frames = 0;
  }

  /** Bytes that a frame's record has beside the frame. */
  static int overheadBytes(long offload, boolean named) {
    return Sleeve2Protocol.RECORD_HEADER_BYTES
        + (named ? Sleeve2Protocol.NAMES_BYTES : 0)
        + (offload == Offload.NONE ? 0 : Sleeve2Protocol.OFFLOAD_BYTES);
  }

  /** Whether so many more bytes fit at all. */
  boolean hasRoom(int bytes) {
    return used + bytes <= plain.length;
  }

  /**
   * Begins the record of a frame; the caller has checked {@link #hasRoom} and writes the frame into
   * {@link #buffer} where this says.
   */
  int beginFrame(int length, long offload, boolean named, long source, long destination) {
    int overhead = overheadBytes(offload, named);
    boolean whole = offload == Offload.NONE;
    begin(
        whole ? Sleeve2Protocol.RECORD_DATA : Sleeve2Protocol.RECORD_GSO_DATA,
        named ? Sleeve2Protocol.FLAG_NAMED : 0,
        overhead - Sleeve2Protocol.RECORD_HEADER_BYTES + length);
    if (named) {
      putName(source);
      putName(destination);
    }
    if (!whole) {
      buffer.putLong(used, offload);
      used += Sleeve2Protocol.OFFLOAD_BYTES;
    }
    int frame = used;
    used += length;
    frames++;
    return frame;
  }

  /** Where records are written. */
  ByteBuffer buffer() {
    return buffer;
  }

  /** Adds a heartbeat. */
  void addHeartbeat(int number, long connectionUid) {
    begin(Sleeve2Protocol.RECORD_HEARTBEAT, 0, Sleeve2Protocol.HEARTBEAT_BYTES);
    buffer.putInt(used, number);
    buffer.putLong(used + Integer.BYTES, connectionUid);
    used += Sleeve2Protocol.HEARTBEAT_BYTES;
  }

  /** Adds a record whose body is one number of four bytes: an answer. */
  void addAnswer(int type, int value) {
    begin(type, 0, Integer.BYTES);
    buffer.putInt(used, value);
    used += Integer.BYTES;
  }

  /** Adds a probe that makes the list {@code listBytes} long. */
  void addProbe(int pathMtu, int listBytes) {
    int body = listBytes - used - Sleeve2Protocol.RECORD_HEADER_BYTES;
    begin(Sleeve2Protocol.RECORD_PROBE, 0, body);
    buffer.putInt(used, pathMtu);
    Arrays.fill(plain, used + Integer.BYTES, used + body, (byte) 0);
    used += body;
  }

  /** Adds a report. */
  void addReport(int epoch, long expected, long received) {
    begin(Sleeve2Protocol.RECORD_REPORT, 0, Sleeve2Protocol.REPORT_BYTES);
    buffer.putInt(used, epoch);
    buffer.putLong(used + 4, expected);
    buffer.putLong(used + 12, received);
    used += Sleeve2Protocol.REPORT_BYTES;
  }

  private void begin(int type, int flags, int bodyBytes) {
    buffer.put(used, (byte) type);
    buffer.put(used + 1, (byte) flags);
    buffer.putShort(used + 2, (short) bodyBytes);
    used += Sleeve2Protocol.RECORD_HEADER_BYTES;
  }

  private void putName(long name) {
    buffer.putShort(used, (short) (name >>> 32));
    buffer.putInt(used + 2, (int) name);
    used += 6;
  }
}
