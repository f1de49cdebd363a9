package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.linux.Ipv4Address;
import io.weft.linux.ReceiveVector;
import io.weft.linux.UdpSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What Weave Net routers sent each other on UDP, all of it, goes into a real overlay by its socket:
 * every frame of a container comes out once, whichever cipher library opens the datagram. What we
 * make of the same frames is the same datagram, byte for byte; so is the first one that we send
 * back.
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
  private record Way(long sender, long receiver) {
    @SuppressWarnings("ArgumentSelectionDefectChecker") // It is the other way.
    Way back() {
      return new Way(receiver, sender);
    }
  }

  /** What the datagrams of one way hold. */
  private record Content(
      List<byte[]> frames, Map<SpecialFrame, Integer> specials, List<Heartbeat> heartbeats) {
    int count(SpecialFrame kind) {
      return specials.getOrDefault(kind, 0);
    }
  }

  /** A heartbeat of a recorded router, and the datagram that it came in. */
  private record Heartbeat(long connectionUid, byte[] datagram) {}

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
    byte[] key = ENCRYPTED.contains(name) ? sessionKey(name) : null;
    Map<Way, Content> contents = new LinkedHashMap<>();
    int frames = 0;
    int probes = 0;
    for (Map.Entry<Way, List<UdpRecording.Datagram>> entry : ways.entrySet()) {
      Content content = read(entry.getValue(), key, senderDialled(name, entry.getKey()));
      contents.put(entry.getKey(), content);
      frames += content.frames.size();
      probes += content.count(SpecialFrame.PROBE);
    }
    for (Map.Entry<Way, Content> entry : contents.entrySet()) {
      Way way = entry.getKey();
      // By what the receiving router itself has sent we know which connection was its own.
      Content back = contents.get(way.back());
      Heartbeat first = Objects.requireNonNull(back).heartbeats.getFirst();
      replay(
          way,
          Objects.requireNonNull(ways.get(way)),
          entry.getValue(),
          key,
          senderDialled(name, way),
          library,
          first);
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
      CipherLibrary library,
      Heartbeat sentBack)
      throws Exception {
    try (UdpSocket socket = UdpSocket.open();
        SleeveRouter receiver = new SleeveRouter(way.receiver(), loopback(0), library);
        SleeveRouter sender = new SleeveRouter(way.sender(), loopback(bound(socket)), library)) {
      receiver.start();
      long uid = sentBack.connectionUid();
      if (senderDialled) {
        SleeveRouter.connect(sender, receiver, key, key, uid);
      } else {
        SleeveRouter.connect(receiver, sender, key, key, uid);
      }
      receiver.confirm();

      send(socket, datagrams, receiver);
      assertNothingDropped(receiver);
      assertEquals(
          1,
          Collections.frequency(receiver.controls, SleeveProtocol.CONTROL_ESTABLISHED),
          "the first of %d heartbeats is acknowledged".formatted(content.heartbeats.size()));
      assertArrayEquals(sentBack.datagram(), firstDatagram(socket), "and answered as recorded");
      assertEquals(content.frames.size(), receiver.received.size());
      for (byte[] frame : content.frames) {
        assertArrayEquals(frame, receiver.received.remove().bytes());
      }
      assertEquals(
          content.count(SpecialFrame.PROBE),
          Collections.frequency(receiver.controls, SleeveProtocol.CONTROL_MTU_VERIFIED));
      assertEquals(
          content.count(SpecialFrame.FRAGMENTATION_TEST),
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

  private static int bound(UdpSocket socket) throws IOException {
    socket.bind(Ipv4Address.parse("127.0.0.1"), 0);
    return socket.localPort();
  }

  private static byte[] firstDatagram(UdpSocket socket) {
    ReceiveVector vector = new ReceiveVector(1, 2_048);
    assertEquals(1, socket.receive(vector));
    return Vectors.bytes(vector.slab(), vector.offset(0), vector.length(0));
  }

  private static void assertNothingDropped(SleeveRouter router) {
    for (SleeveCounter counter : SleeveCounter.values()) {
      if (counter.name().startsWith("DROPPED")) {
        int stubs = counter == SleeveCounter.DROPPED_TOO_SHORT ? 1 : 0;
        assertEquals(stubs, router.count(counter), counter.name());
      }
    }
  }

  /** Reads with Bouncy Castle and the codec alone what the overlay must find; writes it again. */
  private static Content read(
      List<UdpRecording.Datagram> datagrams, byte @Nullable [] key, boolean senderDialled) {
    Content content =
        new Content(new ArrayList<>(), new EnumMap<>(SpecialFrame.class), new ArrayList<>());
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
          if (kind == SpecialFrame.HEARTBEAT) {
            long uid = SpecialFrame.connectionUid(list.data(), list.frame());
            content.heartbeats.add(new Heartbeat(uid, datagram.payload()));
          }
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

  /** Of a recording without keys nothing says who dialled; we do then. */
  private static boolean senderDialled(String name, Way way) {
    return ENCRYPTED.contains(name) && dialled(name, way.sender());
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

  private static InetSocketAddress loopback(int port) throws IOException {
    return new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
  }
}
