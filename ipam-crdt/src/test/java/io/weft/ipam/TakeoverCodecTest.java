package io.weft.ipam;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.gossip.PeerName;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The bytes of messages about takeovers, as docs/protocol.md shows them. */
class TakeoverCodecTest {
  @Test
  void messagesAreTheExamplesOfTheProtocol() {
    PeerName victim = new PeerName(5);
    PeerName proposer = new PeerName(1);
    Ballot first = new Ballot(1, proposer);
    Map<String, TakeoverMessage> examples =
        Map.of(
            "01 01 0002 000000000001 000000000005 0360aa2a",
            new TakeoverMessage.Presence(List.of(proposer, victim), 56_666_666),
            "01 02 000000000005 00000001000000000001 00000007 00",
            new TakeoverMessage.Prepare(victim, first, 7, false),
            "01 03 000000000005 00000001000000000001 00000000000000000000 000000000000",
            new TakeoverMessage.Promise(victim, first, Ballot.NONE, PeerName.UNKNOWN),
            "01 04 000000000005 00000001000000000001 000000000003",
            new TakeoverMessage.Accept(victim, first, new PeerName(3)),
            "01 05 000000000005 00000001000000000001",
            new TakeoverMessage.Accepted(victim, first),
            "01 06 000000000005 00000001000000000001 01 00000000000000000000",
            new TakeoverMessage.Refusal(
                victim, first, TakeoverMessage.Reason.VICTIM_IS_REACHABLE, Ballot.NONE),
            "01 07 000000000005 00000001000000000001 000000000003",
            new TakeoverMessage.Decided(victim, first, new PeerName(3)));
    examples.forEach((example, message) -> {
      byte[] bytes = HexFormat.of().parseHex(example.replace(" ", ""));
      assertArrayEquals(bytes, TakeoverCodec.encode(message), example);
      assertEquals(message, TakeoverCodec.decode(bytes).orElseThrow(), example);
    });
  }

  @Test
  void presenceOfAnEarlierVersionEndsBeforeTheTime() {
    byte[] bytes = HexFormat.of().parseHex("01010001000000000001");
    assertEquals(
        new TakeoverMessage.Presence(List.of(new PeerName(1)), 0),
        TakeoverCodec.decode(bytes).orElseThrow());
  }
}
