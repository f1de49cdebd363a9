package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.Ipv4Address;
import io.weft.linux.UdpSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Replayed, reordered, truncated, bit-flipped and foreign datagrams reach a real overlay by its
 * socket: each is dropped and counted by its reason, and no frame of it is delivered.
 */
final class HostileDatagramsTest {
  private static final byte[] KEY = Vectors.parse(Vectors.json("sleeve-enc-nodf-seq5").get("key"));
  private static final byte[] DATAGRAM = Vectors.hex("sleeve-plain-batch2");
  private static final byte[] LIST = Vectors.bytes(ByteBuffer.wrap(DATAGRAM), 6, 128);
  private static final int FRAMES = 2;
  private static final long WINDOW = 1L << SleeveProtocol.REPLAY_WINDOW_BITS;
  private static final long DF = SleeveProtocol.DF_STREAM;

  private @Nullable SleeveRouter started;
  private int sent;
  private int marks;

  @AfterEach
  void stop() {
    if (started != null) {
      started.close();
    }
  }

  @ParameterizedTest
  @EnumSource(CipherLibrary.class)
  void takesEachNumberOfEachStreamOnceInWhateverOrder(CipherLibrary library) throws Exception {
    SleeveRouter b = start(library, KEY);
    for (long number : List.of(5L, 3L, 4L, DF | 5, DF | 3, WINDOW + 1, 6L, 2 * WINDOW, WINDOW)) {
      send(b, seal(number));
    }
    assertEquals(9 * FRAMES, delivered(b));
    for (long number : List.of(WINDOW + 1, 2 * WINDOW, DF | 5, DF | 3, WINDOW)) {
      send(b, seal(number));
    }
    assertEquals(0, delivered(b), "seen before");
    for (long number : List.of(3L, 7L, WINDOW - 1)) {
      send(b, seal(number));
    }
    assertEquals(0, delivered(b), "too old to tell");
    assertEquals(8, b.count(SleeveCounter.DROPPED_REPLAYED));
    send(b, seal(WINDOW + 2));
    send(b, seal(DF | 4));
    assertEquals(2 * FRAMES, delivered(b), "neither new nor seen");
  }

  @ParameterizedTest
  @EnumSource(CipherLibrary.class)
  void deliversNothingOfAFlippedOrTruncatedSealedDatagram(CipherLibrary library) throws Exception {
    SleeveRouter b = start(library, KEY);
    byte[] good = seal(1);
    int flips = 0;
    for (int at = SleeveProtocol.NAME_BYTES; at < good.length; at++) {
      byte[] flipped = good.clone();
      flipped[at] ^= (byte) (1 << at % 8);
      send(b, flipped);
      flips++;
    }
    assertEquals(0, delivered(b));
    assertEquals(flips, b.count(SleeveCounter.DROPPED_NOT_AUTHENTIC));
    for (int length = 0; length < good.length; length++) {
      send(b, Vectors.bytes(ByteBuffer.wrap(good), 0, length));
    }
    assertEquals(0, delivered(b));
    assertEquals(14 + marks, b.count(SleeveCounter.DROPPED_TOO_SHORT), "up to 13 bytes");
    assertEquals(flips + good.length - 14, b.count(SleeveCounter.DROPPED_NOT_AUTHENTIC));
    send(b, good);
    assertEquals(FRAMES, delivered(b), "the window has not moved");
  }

  @Test
  void deliversOnlyTheWholeFramesBeforeTheBreakOfAPlainDatagram() throws Exception {
    SleeveRouter b = start(CipherLibrary.best(), null);
    ByteBuffer whole = ByteBuffer.wrap(DATAGRAM);
    int behindFirst = 6 + SleeveProtocol.FRAME_HEADER_BYTES + whole.getShort(6 + 12);
    for (int length = 6; length < DATAGRAM.length; length++) {
      send(b, Vectors.bytes(whole, 0, length));
    }
    // Cut right behind the first frame it is a good datagram.
    assertEquals(DATAGRAM.length - behindFirst, delivered(b));
    assertEquals(DATAGRAM.length - 6 - 1, b.count(SleeveCounter.DROPPED_MALFORMED));
  }

  @Test
  void framesThatAreNoneOrNameNobodyAreDroppedAndTheOthersDelivered() throws Exception {
    SleeveRouter b = start(CipherLibrary.best(), null);
    byte[] nameless = DATAGRAM.clone();
    Arrays.fill(nameless, SleeveProtocol.NAME_BYTES, 2 * SleeveProtocol.NAME_BYTES, (byte) 0);
    send(b, nameless);
    assertEquals(FRAMES - 1, delivered(b));
    assertEquals(1, b.count(SleeveCounter.DROPPED_BAD_FRAME));
    int tooShort = SleeveProtocol.ETHERNET_BYTES - 1;
    byte[] cut = new byte[SleeveProtocol.NAME_BYTES + SleeveProtocol.FRAME_HEADER_BYTES + tooShort];
    ByteBuffer.wrap(cut).put(DATAGRAM, 0, 3 * SleeveProtocol.NAME_BYTES).putShort((short) tooShort);
    send(b, cut);
    assertEquals(0, delivered(b));
    assertEquals(2, b.count(SleeveCounter.DROPPED_BAD_FRAME));
  }

  @Test
  void takesNothingFromASenderWithoutAConnection() throws Exception {
    SleeveRouter b = start(CipherLibrary.best(), null);
    for (int bit = 0; bit < 48; bit++) {
      byte[] foreign = DATAGRAM.clone();
      foreign[bit / 8] ^= (byte) (1 << bit % 8);
      send(b, foreign);
    }
    assertEquals(0, delivered(b));
    assertEquals(48, b.count(SleeveCounter.DROPPED_UNKNOWN_SENDER));
  }

  @Test
  void answersNoHeartbeatOfAnotherConnection() throws Exception {
    SleeveRouter b = start(CipherLibrary.best(), null);
    byte[] heartbeat = Vectors.hex("sleeve-plain-heartbeat");
    heartbeat[heartbeat.length - 1] ^= 1;
    send(b, heartbeat);
    assertEquals(0, delivered(b));
    b.turn();
    assertEquals(1, b.count(SleeveCounter.DROPPED_FOREIGN_SPECIAL));
    assertEquals(List.of(), b.controls);
    assertEquals(0, b.count(SleeveCounter.DATAGRAMS_SENT), "no address was learnt from it");
  }

  private SleeveRouter start(CipherLibrary library, byte @Nullable [] key) throws Exception {
    Ciphers.require(library);
    InetSocketAddress address =
        new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0);
    SleeveRouter b = new SleeveRouter(Vectors.B, address, library);
    started = b;
    b.start();
    SleeveRouter.connect(new SleeveRouter(Vectors.A, address), b, key, key);
    b.confirm();
    return b;
  }

  /** How many frames have come since the last call, once all that was sent has been dealt with. */
  private int delivered(SleeveRouter router) throws Exception {
    // What is counted in one vector may be delivered behind it, so it takes two.
    for (int i = 0; i < 2; i++) {
      send(router, new byte[1]);
      marks++;
      Await.until(
          "mark",
          () ->
              router.count(SleeveCounter.DATAGRAMS_RECEIVED) == sent
                  && router.count(SleeveCounter.DROPPED_TOO_SHORT) >= marks);
    }
    int frames = router.received.size();
    router.received.clear();
    return frames;
  }

  private void send(SleeveRouter router, byte[] datagram) throws Exception {
    ByteBuffer data = Ciphers.direct(datagram);
    try (UdpSocket socket = UdpSocket.open()) {
      socket.bind(Ipv4Address.parse("127.0.0.1"), 0);
      int port = router.overlay.localPort();
      assertEquals(datagram.length, socket.sendTo(data, 0, datagram.length, 0x7f000001, port));
    }
    sent++;
    assertTrue(sent < 10_000, "the socket's buffer takes them all");
  }

  /** What A, which has dialled, would send with this number. */
  private static byte[] seal(long number) {
    ByteBuffer datagram = ByteBuffer.allocateDirect(30 + LIST.length);
    FrameList.putName(datagram, 0, Vectors.A);
    datagram.put(30, LIST);
    Ciphers.sealer(CipherLibrary.BOUNCY_CASTLE, KEY, true)
        .seal(datagram, 0, datagram.capacity(), number);
    return Vectors.bytes(datagram, 0, datagram.capacity());
  }
}
