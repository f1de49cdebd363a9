package io.weft.gossip.wire;

import io.weft.gossip.TestVectors;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A connection that receives anything, in pieces of any size, from its first byte or behind a
 * handshake that went well. It never throws, does nothing after its end, and keeps no more than it
 * was given.
 *
 * <p>The last byte chooses the role, the password, the highest version and where the rest begins;
 * the one before it the size of the pieces.
 */
public final class HandshakeFuzzTarget {
  private static final byte[] NOTHING = {};
  private static final byte[] PLAIN_V2 = TestVectors.hex("handshake-v2-plain-initiator");
  private static final byte[] PLAIN_V1 = TestVectors.hex("handshake-v1-plain-initiator");

  private HandshakeFuzzTarget() {}

  /** See {@link io.weft.gossip.fuzzing.FuzzInputs}. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length < 2) {
      return;
    }
    int mode = input[input.length - 1] & 0xff;
    int pieceSize = 1 + (input[input.length - 2] & 0xff) * 5;
    byte[] body = Arrays.copyOf(input, input.length - 2);
    boolean outbound = (mode & 1) != 0;
    @Nullable String password = (mode & 2) != 0 ? "wfvAwt7sj" : null;
    int maxVersion = (mode & 4) != 0 ? 1 : 2;
    byte[] start =
        switch (mode >> 3 & 3) {
          case 0 -> NOTHING;
          case 1 -> Arrays.copyOf(PLAIN_V2, 7);
          default -> maxVersion == 1 ? PLAIN_V1 : PLAIN_V2;
        };
    LinkEnd end =
        new LinkEnd(
            LinkEnd.parameters(
                1, maxVersion, password, LinkEnd.features("02:66:77:88:99:aa", "fuzzed")),
            outbound,
            new SplittableRandom(mode));
    end.connection.start();
    end.receive(start, Integer.MAX_VALUE / 2);
    end.receive(body, pieceSize);
    if (end.messages.size() > start.length + body.length) {
      throw new AssertionError("more messages than bytes: " + end.messages.size());
    }
    end.advanceSeconds(61);
    end.connection.onEnd("EOF");
    if (end.closeReason == null) {
      throw new AssertionError("a connection without an end");
    }
  }
}
