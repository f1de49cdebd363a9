package io.weft.sleeve.v2;

import io.weft.gossip.overlay.Offload;
import java.nio.ByteBuffer;

/** Reads the records of an aggregate in place. A cursor, reused; one thread. */
final class RecordList {
  private ByteBuffer data = ByteBuffer.allocate(0);
  private int position;
  private int end;
  private int type;
  private int flags;
  private int body;
  private int length;
  private boolean malformed;

  /** Starts to read {@code bytes} bytes from 0 on of a big-endian buffer. */
  void wrap(ByteBuffer records, int bytes) {
    data = records;
    position = 0;
    end = bytes;
    malformed = false;
  }

  /** Goes to the next record; false at the end and at the first that is not all there. */
  boolean next() {
    int left = end - position;
    if (malformed || left == 0) {
      return false;
    }
    if (left < Sleeve2Protocol.RECORD_HEADER_BYTES) {
      malformed = true;
      return false;
    }
    type = data.get(position) & 0xff;
    flags = data.get(position + 1) & 0xff;
    length = data.getShort(position + 2) & 0xffff;
    body = position + Sleeve2Protocol.RECORD_HEADER_BYTES;
    malformed = length > end - body || length < leastBytes();
    position = body + length;
    return !malformed;
  }

  /** Whether the list broke off. */
  boolean isMalformed() {
    return malformed;
  }

  int type() {
    return type;
  }

  /** Where the body starts. */
  int body() {
    return body;
  }

  /** Bytes of the body. */
  int length() {
    return length;
  }

  /** Whether the record names its peers. */
  boolean isNamed() {
    return (flags & Sleeve2Protocol.FLAG_NAMED) != 0;
  }

  /** The name of the source peer of a record that has it. */
  long source() {
    return name(body);
  }

  /** The name of the destination peer of a record that has it. */
  long destination() {
    return name(body + 6);
  }

  /** What is left to the device; of data records. */
  long offload() {
    return type == Sleeve2Protocol.RECORD_GSO_DATA
        ? data.getLong(body + namesBytes())
        : Offload.NONE;
  }

  /** Where the frame of a data record starts. */
  int frame() {
    return body + leastBytes();
  }

  /** Length of the frame of a data record. */
  int frameLength() {
    return length - leastBytes();
  }

  private int leastBytes() {
    return switch (type) {
      case Sleeve2Protocol.RECORD_DATA -> namesBytes();
      case Sleeve2Protocol.RECORD_GSO_DATA -> namesBytes() + Sleeve2Protocol.OFFLOAD_BYTES;
      case Sleeve2Protocol.RECORD_HEARTBEAT -> Sleeve2Protocol.HEARTBEAT_BYTES;
      case Sleeve2Protocol.RECORD_HEARTBEAT_ACK -> Sleeve2Protocol.HEARTBEAT_ACK_BYTES;
      case Sleeve2Protocol.RECORD_PROBE, Sleeve2Protocol.RECORD_PROBE_ACK ->
          Sleeve2Protocol.PROBE_BYTES;
      case Sleeve2Protocol.RECORD_REPORT -> Sleeve2Protocol.REPORT_BYTES;
      default -> 0;
    };
  }

  private int namesBytes() {
    return isNamed() ? Sleeve2Protocol.NAMES_BYTES : 0;
  }

  private long name(int offset) {
    return (data.getShort(offset) & 0xffffL) << 32 | (data.getInt(offset + 2) & 0xffffffffL);
  }
}
