package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Somebody who has recorded sealed datagrams and sends them again, whole or changed. */
final class ForgedDatagramsTest {
  private static final Duration LIMIT = Duration.ofSeconds(45);
  private static final int PORT = 6783;
  private static final String SECRET = "WhatTheyHaveSaid";
  private static final String LAST = "TheLastOfThemAll";
  private static final int PINGS = 10;

  @BeforeAll
  static void checkPrerequisites() {
    Prerequisites.check();
  }

  @ParameterizedTest
  @MethodSource("io.weft.tests.acceptance.OverlayMode#sealed")
  void nothingOfARecordingIsDeliveredAndAllOfItIsCounted(OverlayMode mode) throws Exception {
    try (Underlay underlay = new Underlay()) {
      Host a = underlay.host("a");
      Host b = underlay.host("b");
      Host stranger = underlay.host("s");
      mode.launch(a, "--ipalloc-init=consensus=2");
      mode.launch(b, "--ipalloc-init=consensus=2", a.address());
      b.awaitConnections("established", 1);
      Container onA = a.attach();
      Container onB = b.attach();
      onB.reaches(onA);
      List<byte[]> recorded = record(underlay, a, b, onA, onB);

      try (Capture delivered = Capture.start(onA.namespace(), "ethwe")) {
        // sleeve2 may know a counter before it opens what follows it.
        boolean sleeve = mode.overlay().equals("sleeve");
        List<String> forged =
            sleeve ? List.of("not_authentic") : List.of("not_authentic", "replayed", "malformed");
        String unknown = sleeve ? "unknown_sender" : "unknown_index";
        Sender sender = new Sender(mode, a, stranger, recorded);
        String path = "{peer=\"%s\",path=\"%s\"".formatted(b.peerName(), mode.overlay());
        String ofNeighbour = "weft_path_dropped_total" + path + "}";
        double before = a.control().metric(ofNeighbour);
        sender.send(List.of("replayed"), datagram -> datagram);
        Await.until(
            "the drops of the neighbour's path rise by what was replayed",
            LIMIT,
            () -> a.control().metric(ofNeighbour),
            now -> now >= before + recorded.size());
        String replayed = "weft_path_drops_total" + path + ",reason=\"replayed\"}";
        assertTrue(a.control().metric(replayed) >= recorded.size(), "by reason");
        sender.send(forged, datagram -> flipped(datagram, datagram.length - 1));
        sender.send(
            List.of(sleeve ? "not_authentic" : "malformed"),
            datagram -> Arrays.copyOf(datagram, datagram.length - 1));
        sender.send(List.of("too_short"), datagram -> Arrays.copyOf(datagram, 5));
        sender.reversed().send(List.of("replayed"), datagram -> datagram);
        sender.send(List.of(unknown), datagram -> flipped(datagram, 5));
        onB.reaches(onA, "-s", "32", "-p", hex(LAST));
        Await.until("honest pings arrive", LIMIT, () -> delivered.count(LAST), seen -> seen > 0);
        assertEquals(0, delivered.count(SECRET), "what was recorded reaches the container");
      }
    }
  }

  /** The datagrams in which the second container's pings reach the first host. */
  private static List<byte[]> record(
      Underlay underlay, Host a, Host b, Container onA, Container onB) throws Exception {
    try (Capture wire =
        Capture.start(
            underlay.wire(),
            underlay.port("a"),
            "udp",
            "dst",
            "port",
            "6783",
            "and",
            "src",
            "host",
            b.address())) {
      for (int count = 0; count < PINGS; count++) {
        onB.ping(onA.address(), "-s", "32", "-p", hex(SECRET)).orFail();
      }
      List<byte[]> recorded =
          Await.until(
              "pings to " + a.label() + " are recorded",
              LIMIT,
              wire::udpPayloads,
              payloads -> payloads.size() >= PINGS);
      assertFalse(wire.count(SECRET) > 0, "what is recorded is sealed");
      return recorded;
    }
  }

  /** The stranger. */
  private record Sender(OverlayMode mode, Host target, Host from, List<byte[]> recorded) {
    /** Sends all of the recording, each changed, until each is counted under one of the reasons. */
    void send(List<String> reasons, UnaryOperator<byte[]> change) throws Exception {
      double before = dropped(reasons);
      try (NetworkNamespace entered = NetworkNamespace.ofName(from.namespace().name());
          DatagramSocket socket = entered.run(() -> new DatagramSocket())) {
        InetSocketAddress address = new InetSocketAddress(target.address(), PORT);
        for (byte[] datagram : recorded) {
          byte[] changed = change.apply(datagram);
          socket.send(new DatagramPacket(changed, changed.length, address));
        }
      }
      Await.until(
          "%d more dropped as %s".formatted(recorded.size(), reasons),
          LIMIT,
          () -> dropped(reasons),
          now -> now >= before + recorded.size());
    }

    /** The same with the recording in another order. */
    Sender reversed() {
      return new Sender(mode, target, from, recorded.reversed());
    }

    private double dropped(List<String> reasons) throws IOException {
      double sum = 0;
      for (String reason : reasons) {
        sum +=
            target.control().metric("weft_%s_dropped_%s_total".formatted(mode.overlay(), reason));
      }
      return sum;
    }
  }

  private static byte[] flipped(byte[] datagram, int index) {
    byte[] changed = datagram.clone();
    changed[index] ^= 0x10;
    return changed;
  }

  private static String hex(String pattern) {
    return HexFormat.of().formatHex(pattern.getBytes(StandardCharsets.US_ASCII));
  }
}
