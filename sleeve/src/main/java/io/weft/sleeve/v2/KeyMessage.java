package io.weft.sleeve.v2;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A control message of the key agreement.
 *
 * <pre>
 * 0       4       7
 * | epoch | index | key material |
 * </pre>
 *
 * @param epoch 1 and up
 * @param index 24 bits; 0 and without meaning in a confirmation
 * @param material what the kind of message asks for; empty on a connection that is not encrypted
 */
record KeyMessage(int epoch, int index, byte[] material) {
  static byte[] encode(int epoch, int index, byte[] material) {
    return ByteBuffer.allocate(Sleeve2Protocol.CONTROL_HEADER_BYTES + material.length)
        .putInt(epoch)
        .put((byte) (index >>> 16))
        .putShort((short) index)
        .put(material)
        .array();
  }

  /** The message in a body, or null when it is not one with so much key material. */
  static @Nullable KeyMessage decode(byte[] body, int materialBytes) {
    if (body.length != Sleeve2Protocol.CONTROL_HEADER_BYTES + materialBytes) {
      return null;
    }
    ByteBuffer buffer = ByteBuffer.wrap(body);
    int epoch = buffer.getInt();
    int index = (buffer.get() & 0xff) << 16 | (buffer.getShort() & 0xffff);
    if (epoch < 1) {
      return null;
    }
    byte[] material = Arrays.copyOfRange(body, Sleeve2Protocol.CONTROL_HEADER_BYTES, body.length);
    return new KeyMessage(epoch, index, material);
  }
}
