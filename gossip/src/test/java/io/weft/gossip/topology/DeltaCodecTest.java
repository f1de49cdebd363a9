package io.weft.gossip.topology;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bytes of delta messages, as the examples of docs/protocol.md show them. */
class DeltaCodecTest {
  private static final String DIGEST = "01 08 746f706f6c6f6779 0123456789abcdef";
  private static final String PULL = "02 0c 4950616c6c6f636174696f6e";
  private static final String SUMMARY =
      "03 01"
          + " 021122334455 9e3779b97f4a7c15 00000199aabbccdd 02"
          + " 0eaabbccddee 000000000000002a 0000000000000007 00";
  private static final String REQUEST = "04 021122334455 9e3779b97f4a7c15 00000199aabbccd0 02";
  private static final String WHOLE =
      "05 021122334455 9e3779b97f4a7c15 00000199aabbccdd 03 04d2 0005 616c706861"
          + " 0002"
          + " 02aaaaaaaaaa 04 0e 5b666538303a3a315d3a36373833"
          + " 0eaabbccddee 03 0a000002 1a7f";
  private static final String DIFFERENCE =
      "05 021122334455 9e3779b97f4a7c15 00000199aabbccdd 02 00000199aabbccd0 04d2 0005 616c706861"
          + " 0001 0eaabbccddee 03 0a000002 1a7f"
          + " 0001 02bbbbbbbbbb";

  private static final PeerName ALPHA = PeerName.parse("02:11:22:33:44:55");
  private static final PeerName BETA = PeerName.parse("0e:aa:bb:cc:dd:ee");
  private static final long ALPHA_UID = 0x9e3779b97f4a7c15L;
  private static final Connection TO_BETA = new Connection(BETA, "10.0.0.2:6783", true, true);

  @Test
  void speaksOfDigestsAsDocumented() throws GossipException {
    assertEquals(
        new DeltaMessage.Digest("topology", 0x0123456789abcdefL), decodedAndEncodedAgain(DIGEST));
    assertEquals(new DeltaMessage.Pull("IPallocation"), decodedAndEncodedAgain(PULL));
  }

  @Test
  void speaksOfVersionsAsDocumented() throws GossipException {
    PeerVersion alpha = new PeerVersion(ALPHA, ALPHA_UID, 0x199aabbccddL, true);
    PeerVersion beta = new PeerVersion(BETA, 42, 7, false);
    assertEquals(
        new DeltaMessage.Summary(true, List.of(alpha, beta)), decodedAndEncodedAgain(SUMMARY));
    assertEquals(
        new DeltaMessage.Request(List.of(new PeerVersion(ALPHA, ALPHA_UID, 0x199aabbccd0L, true))),
        decodedAndEncodedAgain(REQUEST));
  }

  @Test
  void speaksOfWholeRecordsAsDocumented() throws GossipException {
    PeerChange change = onlyChange(WHOLE);
    assertTrue(change.isWhole());
    assertEquals(0x4d2, change.record().shortId());
    assertEquals("alpha", change.record().nickName());
    Connection ipv6 =
        new Connection(PeerName.parse("02:aa:aa:aa:aa:aa"), "[fe80::1]:6783", false, false);
    assertEquals(List.of(ipv6, TO_BETA), change.record().connections().toList());
  }

  @Test
  void speaksOfDifferencesAsDocumented() throws GossipException {
    PeerChange change = onlyChange(DIFFERENCE);
    assertEquals(0x199aabbccd0L, change.baseVersion());
    assertEquals(List.of(TO_BETA), change.record().connections().toList());
    assertArrayEquals(new long[] {0x02bbbbbbbbbbL}, change.removed());
  }

  @ParameterizedTest
  @ValueSource(strings = {DIGEST, PULL, SUMMARY, REQUEST, WHOLE, DIFFERENCE})
  void refusesEveryMessageThatEndsEarlyOrLate(String example) throws GossipException {
    byte[] bytes = bytes(example);
    boolean list = bytes[0] >= 3;
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      if (list && endsBetweenEntries(example, cut)) {
        DeltaCodec.decode(cut, dropped -> {});
      } else {
        assertThrows(
            GossipException.class,
            () -> DeltaCodec.decode(cut, dropped -> {}),
            example + " " + length);
      }
    }
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
    assertThrows(GossipException.class, () -> DeltaCodec.decode(longer, dropped -> {}));
  }

  private static boolean endsBetweenEntries(String example, byte[] cut) {
    int head = example.startsWith("03") ? 2 : 1;
    boolean delta = example.startsWith("05");
    return cut.length == head || (!delta && cut.length > head && (cut.length - head) % 23 == 0);
  }

  @Test
  void refusesUnknownKindsAndFlags() {
    for (String bad :
        List.of("00", "06", "ff00", "0302", SUMMARY.substring(0, SUMMARY.length() - 2) + "01")) {
      assertThrows(GossipException.class, () -> DeltaCodec.decode(bytes(bad), dropped -> {}), bad);
    }
  }

  @Test
  void refusesNamesOfChannelsThatAreNoTextAsAskingForThemWouldTakeMoreBytes() {
    for (int kind : new int[] {1, 2}) {
      byte[] message = new byte[2 + 255 + (kind == 1 ? Long.BYTES : 0)];
      Arrays.fill(message, (byte) 0xff);
      message[0] = (byte) kind;
      GossipException refused =
          assertThrows(GossipException.class, () -> DeltaCodec.decode(message, dropped -> {}));
      assertEquals("delta: the name of a channel is no UTF-8", refused.getMessage());
    }
  }

  @Test
  void cutsSummariesAboveTheBoundInsteadOfRefusingThem() throws GossipException {
    List<PeerVersion> many = new ArrayList<>();
    for (int i = 1; i <= Topology.MAX_PEERS + 1; i++) {
      many.add(new PeerVersion(new PeerName(i), 1, 1, false));
    }
    byte[] bytes = DeltaCodec.encode(new DeltaMessage.Summary(true, many));
    int[] dropped = {0};
    DeltaMessage decoded = DeltaCodec.decode(bytes, count -> dropped[0] += count);
    assertEquals(new DeltaMessage.Summary(false, many.subList(0, Topology.MAX_PEERS)), decoded);
    assertEquals(1, dropped[0]);
  }

  @Test
  void leavesOutTheReservedNameAndConnectionsToOneself() throws GossipException {
    String nobody = "04 000000000000 0000000000000001 0000000000000001 00";
    assertEquals(
        new DeltaMessage.Request(List.of()), DeltaCodec.decode(bytes(nobody), dropped -> {}));
    String self = DIFFERENCE.replace("0001 0eaabbccddee", "0001 021122334455");
    assertEquals(
        0,
        onlyChangeOf(DeltaCodec.decode(bytes(self), dropped -> {})).record().connections().size());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void refusesDamagedMessagesWithoutOtherFailures(long seed) {
    RandomGenerator random = RandomGeneratorFactory.getDefault().create(seed);
    List<String> examples = List.of(DIGEST, PULL, SUMMARY, REQUEST, WHOLE, DIFFERENCE);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = bytes(examples.get(random.nextInt(examples.size())));
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      try {
        DeltaCodec.decode(damaged, dropped -> {});
      } catch (GossipException e) {
        assertTrue(e.getMessage() != null && e.getMessage().startsWith("delta: "));
        refused++;
      }
    }
    assertTrue(refused > 1000, "seed " + seed);
  }

  private static DeltaMessage decodedAndEncodedAgain(String example) throws GossipException {
    DeltaMessage message = DeltaCodec.decode(bytes(example), dropped -> {});
    assertArrayEquals(bytes(example), DeltaCodec.encode(message));
    return message;
  }

  private static PeerChange onlyChange(String example) throws GossipException {
    return onlyChangeOf(decodedAndEncodedAgain(example));
  }

  private static PeerChange onlyChangeOf(DeltaMessage message) {
    List<PeerChange> changes = assertInstanceOf(DeltaMessage.Delta.class, message).changes();
    assertEquals(1, changes.size());
    return changes.getFirst();
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }
}
