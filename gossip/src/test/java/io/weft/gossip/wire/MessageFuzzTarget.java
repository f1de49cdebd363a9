package io.weft.gossip.wire;

import io.weft.gossip.gob.GobException;
import java.util.Arrays;

/** Messages of every tag: refused, or the same after being written and read again. */
public final class MessageFuzzTarget {
  private MessageFuzzTarget() {}

  /** See {@link io.weft.gossip.fuzzing.FuzzInputs}. */
  public static void fuzzerTestOneInput(byte[] input) {
    MeshMessage message;
    try {
      message = MessageCodec.decode(input);
    } catch (GobException e) {
      return;
    }
    if (message instanceof MeshMessage.Unknown) {
      return;
    }
    byte[] written = MessageCodec.encode(message);
    try {
      byte[] again = MessageCodec.encode(MessageCodec.decode(written));
      if (!Arrays.equals(written, again)) {
        throw new AssertionError(message + " is written in two ways");
      }
    } catch (GobException e) {
      throw new AssertionError("our own message cannot be read: " + message, e);
    }
  }
}
