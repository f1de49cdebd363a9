package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.linux.Ipv4Address;
import io.weft.linux.UdpSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What Weave Net routers sent each other on UDP, all of it, goes into a real overlay by its socket:
 * every frame of a container comes out once, whichever cipher library opens the datagram. What we
 * make of the same frames is the same datagram, byte for byte.
 */
final class RecordingsTest {
  private static final long NODES = 0x7a0000000000L;
  private static final int MESH_PORT = 6783;

  private static final List<String> PLAIN =
      List.of(
          "plain-2node",
          "plain-2.8-to-2.9",
          "plain-protocol1",
          "trusted-subnet-2node",
          "chain-3node-relay",
          "chain-3node-restart",
          "discovery-3node",
          "pmtu-search-2node",
          "icmp-frag-needed-2node");
  private static final List<String> ENCRYPTED =
      List.of("encrypted-2node", "encrypted-2.8-to-2.9", "encrypted-protocol1");

  /** One way between two routers. */
  private record Way(long sender, long receiver) {}

  /** What the datagrams of one way hold. */
  private record Content(List<byte[]> frames, Map<SpecialFrame, Integer> specials) {}

  static Stream<Arguments> recordings() {
    return Stream.concat(
        PLAIN.stream().map(name -> Arguments.of(name, CipherLibrary.best())),
        ENCRYPTED.stream()
            .flatMap(name ->
                Stream.of(CipherLibrary.values()).map(library -> Arguments.of(name, library))));
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void everyFrameOfARecordingArrivesOnce(String name, CipherLibrary library) throws Exception {
    Ciphers.require(library);
    Map<Way, List<UdpRecording.Datagram>> ways = ways(name);
    assertTrue(ways.size() >= 2, "both directions");
    int frames = 0;
    int probes = 0;
    for (Map.Entry<Way, List<UdpRecording.Datagram>> entry : ways.entrySet()) {
      Way way = entry.getKey();
      byte[] key = ENCRYPTED.contains(name) ? sessionKey(name) : null;
      boolean senderDialled = key != null && dialled(name, way.sender());
      Content content = read(entry.getValue(), key, senderDialled);
      frames += content.frames.size();
      probes += content.specials.getOrDefault(SpecialFrame.PROBE, 0);
      replay(way, entry.getValue(), content, key, senderDialled, library);
    }
    assertTrue(frames >= 3, frames + " frames of containers");
    assertTrue(probes >= 2 || name.equals("chain-3node-restart"), probes + " probes");
  }

  private static void replay(
      Way way,
      List<UdpRecording.Datagram> datagrams,
      Content content,
      byte @Nullable [] key,
      boolean senderDialled,
      CipherLibrary library)
      throws Exception {
    InetSocketAddress address = loopback();
    try (SleeveRouter receiver = new SleeveRouter(way.receiver(), address, library);
        SleeveRouter sender = new SleeveRouter(way.sender(), address, library);
        UdpSocket socket = UdpSocket.open()) {
      receiver.start();
      if (senderDialled) {
        SleeveRouter.connect(sender, receiver, key, key);
      } else {
        SleeveRouter.connect(receiver, sender, key, key);
      }
      receiver.confirm();
      socket.bind(Ipv4Address.parse("127.0.0.1"), 0);

      send(socket, datagrams, receiver);
      int heartbeats = content.specials.getOrDefault(SpecialFrame.HEARTBEAT, 0);
      assertEquals(heartbeats, receiver.count(SleeveCounter.DROPPED_FOREIGN_SPECIAL), "other uid");
      assertDropped(receiver, Set.of(SleeveCounter.DROPPED_FOREIGN_SPECIAL));
      assertEquals(content.frames.size(), receiver.received.size());
      for (byte[] frame : content.frames) {
        assertArrayEquals(frame, receiver.received.remove().bytes());
      }
      assertEquals(
          content.specials.getOrDefault(SpecialFrame.PROBE, 0),
          Collections.frequency(receiver.controls, SleeveProtocol.CONTROL_MTU_VERIFIED));
      assertEquals(
          content.specials.getOrDefault(SpecialFrame.FRAGMENTATION_TEST, 0),
          Collections.frequency(receiver.controls, SleeveProtocol.CONTROL_FRAGMENTS_ARRIVE));

      if (key != null) {
        send(socket, datagrams, receiver);
        assertEquals(datagrams.size(), receiver.count(SleeveCounter.DROPPED_REPLAYED));
        assertTrue(receiver.received.isEmpty(), "nothing twice");
      }
    }
  }

  /** One by one, so that the events of special frames do not pile up. */
  private static void send(
      UdpSocket socket, List<UdpRecording.Datagram> datagrams, SleeveRouter receiver) {
    Endpoint to = new Endpoint(0x7f000001, receiver.overlay.localPort());
    for (UdpRecording.Datagram datagram : datagrams) {
      long before = receiver.count(SleeveCounter.DATAGRAMS_RECEIVED);
      ByteBuffer data = Ciphers.direct(datagram.payload());
      int length = data.capacity();
      assertEquals(length, socket.sendTo(data, 0, length, to.ipv4(), to.port()));
      Await.until(
          "datagram", receiver, () -> receiver.count(SleeveCounter.DATAGRAMS_RECEIVED) > before);
    }
    // The last datagram is counted before it is read; the next vector comes after that.
    ByteBuffer stub = ByteBuffer.allocateDirect(1);
    long stubs = receiver.count(SleeveCounter.DROPPED_TOO_SHORT);
    assertEquals(1, socket.sendTo(stub, 0, 1, to.ipv4(), to.port()));
    Await.until(
        "stub", receiver, () -> receiver.count(SleeveCounter.DROPPED_TOO_SHORT) == stubs + 1);
    receiver.turn();
  }

  private static void assertDropped(SleeveRouter router, Collection<SleeveCounter> allowed) {
    for (SleeveCounter counter : SleeveCounter.values()) {
      if (counter.name().startsWith("DROPPED") && !allowed.contains(counter)) {
        int stubs = counter == SleeveCounter.DROPPED_TOO_SHORT ? 1 : 0;
        assertEquals(stubs, router.count(counter), counter.name());
      }
    }
  }

  /** Reads with Bouncy Castle and the codec alone what the overlay must find; writes it again. */
  private static Content read(
      List<UdpRecording.Datagram> datagrams, byte @Nullable [] key, boolean senderDialled) {
    Content content = new Content(new ArrayList<>(), new EnumMap<>(SpecialFrame.class));
    DatagramOpener opener =
        key == null ? null : Ciphers.opener(CipherLibrary.BOUNCY_CASTLE, key, !senderDialled);
    DatagramSealer sealer =
        key == null ? null : Ciphers.sealer(CipherLibrary.BOUNCY_CASTLE, key, senderDialled);
    ByteBuffer plain = DatagramOpener.room();
    FrameList list = new FrameList();
    for (UdpRecording.Datagram datagram : datagrams) {
      ByteBuffer payload = Ciphers.direct(datagram.payload());
      ByteBuffer frames = payload;
      int from = SleeveProtocol.NAME_BYTES;
      int bytes = payload.capacity() - from;
      if (opener != null) {
        boolean dontFragment = payload.getLong(6) < 0;
        assertEquals(datagram.dontFragment(), dontFragment, "the stream flag says what IP says");
        bytes = opener.open(payload, 0, payload.capacity(), plain);
        assertTrue(bytes > 0, "datagram opens, result " + bytes);
        frames = plain;
        from = DatagramOpener.FRAMES;
      }
      list.wrap(frames, from, from + bytes);
      assertMadeAgain(payload, list, sealer);
      list.wrap(frames, from, from + bytes);
      while (list.next()) {
        if (SpecialFrame.isSpecial(list.data(), list.frame())) {
          SpecialFrame kind = SpecialFrame.of(list.data(), list.frame(), list.length());
          content.specials.merge(kind, 1, Integer::sum);
          assertEquals(datagram.dontFragment(), kind != SpecialFrame.FRAGMENTATION_TEST, "B.6");
        } else {
          content.frames.add(Vectors.bytes(list.data(), list.frame(), list.length()));
        }
      }
      assertFalse(list.isMalformed());
    }
    return content;
  }

  private static void assertMadeAgain(
      ByteBuffer datagram, FrameList list, @Nullable DatagramSealer sealer) {
    DatagramVector made =
        DatagramVectorsTest.rewrite(list, sealer == null ? Sealing.PLAIN : Sealing.ENCRYPTED);
    ByteBuffer slab = made.slab();
    int offset = made.offset(0);
    FrameList.putName(slab, offset, FrameList.name(datagram, 0));
    if (sealer != null) {
      sealer.seal(slab, offset, made.length(0), datagram.getLong(SleeveProtocol.NAME_BYTES));
    }
    assertEquals(datagram, slab.slice(offset, made.length(0)), "the same datagram");
  }

  private static Map<Way, List<UdpRecording.Datagram>> ways(String name) {
    Map<Way, List<UdpRecording.Datagram>> ways = new LinkedHashMap<>();
    for (UdpRecording.Datagram datagram : UdpRecording.read(name)) {
      if (datagram.sourcePort() == MESH_PORT && datagram.destinationPort() == MESH_PORT) {
        long sender = FrameList.name(ByteBuffer.wrap(datagram.payload()), 0);
        assertEquals(NODES | (datagram.source() & 0xff), sender, "the emitting router (B.2)");
        Way way = new Way(sender, NODES | (datagram.destination() & 0xff));
        ways.computeIfAbsent(way, key -> new ArrayList<>()).add(datagram);
      }
    }
    return ways;
  }

  private static byte[] sessionKey(String name) {
    return Vectors.parse(keys(name).get(0).get("sessionKey"));
  }

  private static boolean dialled(String name, long peer) {
    for (JsonNode end : keys(name)) {
      if (end.get("node").asText().equals("node" + (peer & 0xff))) {
        return end.get("outbound").asBoolean();
      }
    }
    throw new IllegalArgumentException("no end of " + name + " is " + peer);
  }

  private static JsonNode keys(String name) {
    return Vectors.tree("recordings/keys.json").get(name);
  }

  private static InetSocketAddress loopback() throws Exception {
    return new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0);
  }
}
