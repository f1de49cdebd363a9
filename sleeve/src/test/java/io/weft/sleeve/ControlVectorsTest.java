package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.gossip.wire.MeshMessage.LegacyOverlayControl;
import io.weft.gossip.wire.MeshMessage.OverlayControl;
import io.weft.gossip.wire.MessageCodec;
import org.junit.jupiter.api.Test;

/** Control messages as the mesh carries them (overlay.md A.3, A.5). */
final class ControlVectorsTest {
  private static final byte[] MTU_1438 = ControlMessages.mtuVerified(1438);

  @Test
  void buildsTheControlMessagesOfTheVectors() {
    assertArrayEquals(
        Vectors.hex("ctl-sleeve-established"),
        MessageCodec.encode(
            new OverlayControl(1, SleeveProtocol.CONTROL_ESTABLISHED, new byte[0])));
    assertArrayEquals(
        Vectors.hex("ctl-sleeve-fragreceived"),
        MessageCodec.encode(
            new OverlayControl(1, SleeveProtocol.CONTROL_FRAGMENTS_ARRIVE, new byte[0])));
    assertArrayEquals(
        Vectors.hex("ctl-sleeve-pmtuverified-1438"),
        MessageCodec.encode(new OverlayControl(1, SleeveProtocol.CONTROL_MTU_VERIFIED, MTU_1438)));
    assertArrayEquals(
        Vectors.hex("ctl-compat-sleeve-pmtuverified-1438"),
        MessageCodec.encode(
            new LegacyOverlayControl(SleeveProtocol.CONTROL_MTU_VERIFIED, MTU_1438)));
  }

  @Test
  void readsAnMtuAndIgnoresShortBodiesAndExtraBytes() {
    assertEquals(1438, ControlMessages.verifiedMtu(MTU_1438));
    assertEquals(65_535, ControlMessages.verifiedMtu(new byte[] {-1, -1}));
    assertEquals(1438, ControlMessages.verifiedMtu(new byte[] {5, (byte) 0x9e, 7}));
    assertEquals(ControlMessages.NONE, ControlMessages.verifiedMtu(new byte[] {5}));
    assertEquals(ControlMessages.NONE, ControlMessages.verifiedMtu(new byte[0]));
  }
}
