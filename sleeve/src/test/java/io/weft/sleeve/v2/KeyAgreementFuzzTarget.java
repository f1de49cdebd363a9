package io.weft.sleeve.v2;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.crypto.HybridKeyExchange;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Control messages of a neighbour that says what it likes: whatever comes in whatever order, an end
 * with a session key never sends or opens without a key, holds few sessions, and gives every index
 * back. The first byte chooses the role and whether there is a session key. Then each message is a
 * byte for tag and shape, and what the shape asks for.
 */
public final class KeyAgreementFuzzTarget {
  private static final int MAX_OPEN = 4;
  private static final int MAX_MESSAGES = 20;
  private static final long SECOND_NANOS = 1_000_000_000L;

  private KeyAgreementFuzzTarget() {}

  /** See {@link io.weft.gossip.fuzzing.FuzzInputs}. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length == 0) {
      return;
    }
    boolean dialler = (input[0] & 1) != 0;
    boolean keyed = (input[0] & 2) != 0;
    EventTime time = new EventTime(0, 0);
    End end = new End(time, dialler, keyed);
    end.agreement.start();
    int at = 1;
    for (int count = 0; at < input.length && count < MAX_MESSAGES; count++) {
      int tag = input[at] & 3;
      int shape = input[at] >> 2 & 3;
      at++;
      int length = Math.min(input.length - at, shape == 0 ? 255 : 5);
      byte[] said = Arrays.copyOfRange(input, at, at + length);
      at += length;
      end.agreement.onControl(tag, shape == 0 ? said : shaped(tag, keyed, said));
      time.advanceTo(time.nanos() + (shape == 3 ? 31 : 1) * SECOND_NANOS, 0);
      end.agreement.onTime();
      end.agreement.checkWear();
      if (end.open.size() > MAX_OPEN) {
        throw new AssertionError(end.open.size() + " sessions are open");
      }
    }
    end.agreement.stop();
    if (!end.indexes.isEmpty()) {
      throw new AssertionError(end.indexes.size() + " indexes are not given back");
    }
  }

  /** A message of the length that its tag asks for: small epoch, index, and material of a seed. */
  private static byte[] shaped(int tag, boolean keyed, byte[] said) {
    int epoch = said.length > 0 ? said[0] : 1;
    int index = said.length > 1 ? said[1] & 0xff : 0;
    byte[] material = {};
    if (keyed && tag == Sleeve2Protocol.CONTROL_OFFER) {
      material = new HybridKeyExchange(new SplittableRandom(index)).offer();
    } else if (keyed && tag == Sleeve2Protocol.CONTROL_ANSWER) {
      material = new byte[HybridKeyExchange.ANSWER_BYTES];
      new SplittableRandom(index).nextBytes(material);
    }
    for (int i = 2; i + 1 < said.length && material.length > 0; i += 2) {
      material[(said[i] & 0xff) * 5 % material.length] = said[i + 1];
    }
    return KeyMessage.encode(epoch, index, material);
  }

  private static final class End implements KeyAgreement.Shell {
    final Set<ReceiveSession> open = new HashSet<>();
    final Set<Integer> indexes = new HashSet<>();
    final KeyAgreement agreement;
    private final boolean keyed;
    private int nextIndex = 1;

    End(EventTime time, boolean dialler, boolean keyed) {
      this.keyed = keyed;
      byte @Nullable [] key = keyed ? new byte[32] : null;
      KeySchedule.Context context =
          new KeySchedule.Context(
              7, new PeerName(1), new PeerName(2), "v=1", "v=1", Aead.AES_256_GCM, 2, 1);
      agreement =
          new KeyAgreement(
              context,
              key,
              dialler,
              time,
              new SplittableRandom(1),
              this,
              new SilentOwner(2, 1),
              Sleeve2Protocol.REKEY_AGGREGATES);
    }

    @Override
    public void sendControl(int subTag, byte[] body) {
      if (subTag < Sleeve2Protocol.CONTROL_OFFER || subTag > Sleeve2Protocol.CONTROL_CONFIRM) {
        throw new AssertionError("sends a message of tag " + subTag);
      }
    }

    @Override
    public int newIndex() {
      indexes.add(nextIndex);
      return nextIndex++;
    }

    @Override
    public void open(ReceiveSession session) {
      if (keyed != (session.key() != null)) {
        throw new AssertionError("opens with the key " + session.key());
      }
      open.add(session);
    }

    @Override
    public void shut(ReceiveSession session) {
      if (!open.remove(session)) {
        throw new AssertionError("shuts what is not open");
      }
      release(session.index());
    }

    @Override
    public void release(int index) {
      if (!indexes.remove(index)) {
        throw new AssertionError("gives an index back twice");
      }
    }

    @Override
    public void seal(SendSession session) {
      if (keyed != (session.key() != null)) {
        throw new AssertionError("seals with the key " + session.key());
      }
    }
  }
}
