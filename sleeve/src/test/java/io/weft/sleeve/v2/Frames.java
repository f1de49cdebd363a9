package io.weft.sleeve.v2;

import java.nio.ByteBuffer;

/** Bytes for tests. */
final class Frames {
  private Frames() {}

  /** So many bytes that depend on a number, the same every time. */
  static byte[] bytes(int length, int number) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i * 31 + number);
    }
    return bytes;
  }

  /** A datagram with one frame in it. */
  static ByteBuffer sealed(SendSession session, byte[] frame) {
    return sealed(session, Sleeve2Protocol.RECORD_DATA, frame);
  }

  /** A datagram with one record of any type in it. */
  static ByteBuffer sealed(SendSession session, int type, byte[] frame) {
    RecordGather gather = new RecordGather();
    int at = gather.beginFrame(frame.length, 0, false, 0, 0);
    gather.buffer().put(at, frame).put(0, (byte) type);
    long counter = session.nextCounter();
    int length = gather.used() + session.tagBytes();
    byte[] header = new byte[Sleeve2Protocol.HEADER_BYTES];
    Pieces.putHeader(header, session.index(), counter, length, 1);
    byte[] sealed = gather.plain();
    SealingKey key = session.key();
    if (key != null) {
      sealed = new byte[length];
      new AggregateCipher().seal(key, counter, header, gather.plain(), gather.used(), sealed);
    }
    return ByteBuffer.allocateDirect(Sleeve2Protocol.HEADER_BYTES + length)
        .put(0, header)
        .put(Sleeve2Protocol.HEADER_BYTES, sealed, 0, length);
  }
}
