package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What two Weave Net routers sent each other on UDP goes through the codecs without an error. */
final class RecordingsTest {
  private static final long NODE_1 = 0x7a0000000001L;
  private static final long NODE_2 = 0x7a0000000002L;
  private static final int MESH_PORT = 6783;

  private final FrameList list = new FrameList();
  private final Map<SpecialFrame, Integer> specials = new EnumMap<>(SpecialFrame.class);
  private int ordinaryFrames;

  @Test
  void readsThePlainRecording() {
    for (UdpRecording.Datagram datagram : sleeve("plain-2node")) {
      ByteBuffer payload = ByteBuffer.wrap(datagram.payload());
      list.wrap(payload, SleeveProtocol.NAME_BYTES, payload.capacity());
      frames(FrameList.name(payload, 0));
    }
    checkSpecials();
  }

  @ParameterizedTest
  @EnumSource(CipherLibrary.class)
  void opensTheEncryptedRecording(CipherLibrary library) {
    Ciphers.require(library);
    byte[] key = new byte[0];
    boolean node1Dialled = true;
    for (JsonNode end : Vectors.tree("recordings/keys.json").get("encrypted-2node")) {
      key = Vectors.parse(end.get("sessionKey"));
      if (end.get("node").asText().equals("node1")) {
        node1Dialled = end.get("outbound").asBoolean();
      }
    }
    Map<Long, DatagramOpener> openerOfSender =
        Map.of(
            NODE_1, Ciphers.opener(library, key, !node1Dialled),
            NODE_2, Ciphers.opener(library, key, node1Dialled));
    ByteBuffer plain = DatagramOpener.room();
    for (UdpRecording.Datagram datagram : sleeve("encrypted-2node")) {
      ByteBuffer payload = Ciphers.direct(datagram.payload());
      long sender = FrameList.name(payload, 0);
      DatagramOpener opener = Objects.requireNonNull(openerOfSender.get(sender));
      int bytes = opener.open(payload, 0, payload.capacity(), plain);
      assertTrue(bytes > 0, "datagram opens, result " + bytes);
      list.wrap(plain, DatagramOpener.FRAMES, DatagramOpener.FRAMES + bytes);
      frames(sender);
      assertEquals(
          DatagramOpener.REPLAYED, opener.open(payload, 0, payload.capacity(), plain), "again");
    }
    checkSpecials();
  }

  private static List<UdpRecording.Datagram> sleeve(String name) {
    List<UdpRecording.Datagram> sleeve = new ArrayList<>();
    for (UdpRecording.Datagram datagram : UdpRecording.read("recordings/" + name + ".pcap")) {
      if (datagram.sourcePort() == MESH_PORT && datagram.destinationPort() == MESH_PORT) {
        sleeve.add(datagram);
      }
    }
    assertTrue(sleeve.size() > 50, "the recording holds " + sleeve.size() + " datagrams");
    return sleeve;
  }

  private void frames(long sender) {
    while (list.next()) {
      assertEquals(sender, list.source());
      assertEquals(sender == NODE_1 ? NODE_2 : NODE_1, list.destination());
      if (SpecialFrame.isSpecial(list.data(), list.frame())) {
        specials.merge(SpecialFrame.of(list.data(), list.frame(), list.length()), 1, Integer::sum);
      } else {
        ordinaryFrames++;
      }
    }
    assertFalse(list.isMalformed());
  }

  private void checkSpecials() {
    assertTrue(specials.getOrDefault(SpecialFrame.HEARTBEAT, 0) >= 10, specials.toString());
    assertEquals(2, specials.get(SpecialFrame.FRAGMENTATION_TEST), "one each way");
    assertTrue(specials.getOrDefault(SpecialFrame.PROBE, 0) >= 2, specials.toString());
    assertFalse(specials.containsKey(SpecialFrame.INVALID));
    assertTrue(ordinaryFrames > 20, "frames of containers: " + ordinaryFrames);
  }
}
