package io.weft.sleeve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.overlay.BridgePort;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Lanes;
import io.weft.gossip.overlay.Offload;
import io.weft.linux.Netlink;
import io.weft.linux.PacketSocket;
import io.weft.linux.RequiresRoot;
import io.weft.linux.TestNamespaces;
import io.weft.sleeve.BridgedHost.Way;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What every port on a bridge promises: two hosts are joined by nothing but their ports, so what
 * one captures the other injects, and real stacks talk through them with all their offloads.
 */
@RequiresRoot
final class BridgePortContractTest {
  private static final int STREAM_BYTES = 20 << 20;
  private static final int PORT = 7000;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String RIGHT = "10.79.0.2";

  private final TestNamespaces namespaces = new TestNamespaces();

  @AfterEach
  void remove() throws IOException {
    namespaces.close();
  }

  /** Hands over what one port captures to another. */
  private static final class Wire implements FrameSink {
    private final BridgePort to;
    final AtomicLong frames = new AtomicLong();
    final AtomicLong superFrames = new AtomicLong();
    final Set<Integer> lanes = ConcurrentHashMap.newKeySet();

    Wire(BridgePort to) {
      this.to = to;
    }

    @Override
    public void captured(int lane, FrameBatch batch) {
      lanes.add(lane);
      for (int i = 0; i < batch.count(); i++) {
        frames.incrementAndGet();
        if (Offload.type(batch.offload(i)) != Offload.TYPE_NONE) {
          superFrames.incrementAndGet();
        }
        to.inject(lane, batch, i);
      }
      to.flush(lane);
    }

    @Override
    public void received(int lane, FrameBatch batch) {
      throw new IllegalStateException("nothing is received here");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "TAP,TAP",
    "TAP,PCAP",
    "PCAP,TAP",
    "PCAP,PCAP",
    "TAP_ON_RECEIVE_THREAD,TAP_ON_RECEIVE_THREAD",
    "TAP_OF_FOUR,TAP_OF_FOUR",
    "PACKET_SOCKET,PACKET_SOCKET",
    "PACKET_SOCKET,PCAP",
    "TAP,PACKET_SOCKET"
  })
  void carriesAStreamAndDatagramsUnchanged(Way from, Way to) throws Exception {
    try (BridgedHost left = new BridgedHost(namespaces, from, "10.79.0.1/24");
        BridgedHost right = new BridgedHost(namespaces, to, RIGHT + "/24")) {
      Wire there = new Wire(right.port);
      left.port.start(there, Assertions::fail);
      right.port.start(new Wire(left.port), Assertions::fail);

      sendDatagram(left, right);
      byte[] sent = digestOfStream(left, right);
      assertArrayEquals(streamDigest(), sent, "the stream arrives as it was sent");
      if (from != Way.PCAP) {
        assertTrue(there.superFrames.get() > 100, there.superFrames + " super-frames");
      } else {
        assertEquals(0, there.superFrames.get(), "libpcap is given what the kernel has cut");
      }
      long frames = there.frames.get();
      assertTrue(left.port.captureStatistics()[0] >= frames);
    }
  }

  @Test
  void spreadsFlowsOverAllQueues() throws Exception {
    try (BridgedHost left = new BridgedHost(namespaces, Way.TAP_OF_FOUR, "10.79.0.1/24");
        BridgedHost right = new BridgedHost(namespaces, Way.TAP_OF_FOUR, RIGHT + "/24")) {
      Wire there = new Wire(right.port);
      left.port.start(there, Assertions::fail);
      right.port.start(new Wire(left.port), Assertions::fail);
      sendDatagram(left, right);
      Set<Integer> all =
          Set.of(Lanes.capture(0), Lanes.capture(1), Lanes.capture(2), Lanes.capture(3));
      Await.until(
          "a flow in each queue",
          () -> {
            sendOfNewFlow(left);
            return there.lanes.containsAll(all);
          });
      assertEquals(all, there.lanes);
    }
  }

  /** A datagram from a port that the kernel chooses; nobody has to hear it. */
  private static void sendOfNewFlow(BridgedHost from) {
    try (DatagramChannel sender = from.container.run(() -> DatagramChannel.open())) {
      sender.send(ByteBuffer.allocate(1), new InetSocketAddress(RIGHT, PORT));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void doesNotCaptureWhatItInjects(Way way) throws Exception {
    try (BridgedHost host = new BridgedHost(namespaces, way, "10.79.0.1/24")) {
      Counter counter = new Counter();
      host.port.start(counter, Assertions::fail);
      FrameBatch batch = new FrameBatch(2, 1 << 17);
      byte[] frame = new byte[100];
      ByteBuffer.wrap(frame).putLong(0, 0x0200_0000_00aa_0200L).putShort(12, Counter.TYPE);
      batch.add(frame, 0, frame.length, 1, 2);
      for (int lane = 0; lane < Lanes.count(1); lane++) {
        host.port.inject(lane, batch, 0);
        host.port.flush(lane);
      }
      // The container answers an echo request to nobody with a question about the address.
      Await.until(
          "frames of the container",
          () -> {
            ask(host);
            return counter.others > 0;
          });
      assertEquals(0, counter.ours);
    }
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void capturesFramesWithTheirVlanTags(Way way) throws Exception {
    try (BridgedHost host = new BridgedHost(namespaces, way, "10.79.0.1/24")) {
      byte[] tagged = new byte[64];
      ByteBuffer.wrap(tagged).putLong(0, 0x0200_0000_00aa_0200L).putInt(12, 0x8100_0007);
      ByteBuffer.wrap(tagged).putShort(16, Counter.TYPE).putLong(18, 0x0102030405060708L);
      CountDownLatch seen = new CountDownLatch(1);
      host.port.start(
          new FrameSink() {
            @Override
            public void captured(int lane, FrameBatch batch) {
              for (int i = 0; i < batch.count(); i++) {
                byte[] frame = new byte[batch.length(i)];
                batch.slab().get(batch.offset(i), frame);
                if (Arrays.equals(tagged, frame)) {
                  seen.countDown();
                }
              }
            }

            @Override
            public void received(int lane, FrameBatch batch) {}
          },
          Assertions::fail);
      Await.until(
          "the frame as it was sent",
          () -> {
            say(host, tagged);
            return seen.getCount() == 0;
          });
    }
  }

  /** The container sends a frame. */
  private static void say(BridgedHost host, byte[] frame) {
    try {
      host.container.perform(() -> {
        try (Netlink netlink = Netlink.open();
            PacketSocket socket =
                PacketSocket.open(
                    netlink.links().get("eth0").index(), PacketSocket.ALL_PROTOCOLS)) {
          ByteBuffer data = ByteBuffer.allocateDirect(frame.length).put(0, frame);
          socket.send(data, 0, frame.length);
        }
      });
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void hasEndedItsThreadWhenItIsClosed(Way way) throws Exception {
    try (BridgedHost host = new BridgedHost(namespaces, way, "10.79.0.1/24")) {
      host.port.start(new Counter(), Assertions::fail);
      host.port.close();
      assertTrue(
          Thread.getAllStackTraces().keySet().stream()
              .noneMatch(thread -> thread.getName().startsWith("capture")));
      String via =
          switch (way) {
            case PCAP -> "pcap";
            case PACKET_SOCKET -> "packet socket";
            case TAP, TAP_ON_RECEIVE_THREAD, TAP_OF_FOUR -> "tap";
          };
      assertTrue(host.port.description().endsWith("(via " + via + ")"));
    }
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void refusesAnOffloadThatDoesNotFitItsFrame(Way way) throws Exception {
    try (BridgedHost host = new BridgedHost(namespaces, way, "10.79.0.1/24")) {
      FrameBatch batch = new FrameBatch(2, 1 << 17);
      ByteBuffer frame = ByteBuffer.allocateDirect(100).putShort(12, (short) 0x0800);
      batch.add(frame, 0, 100, Offload.of(Offload.TYPE_TCP4, 10, 34, 16), 1, 2);
      batch.add(frame, 0, 100, Offload.checksum(90, 9), 1, 2);
      for (int i = 0; i < batch.count(); i++) {
        host.port.inject(Lanes.RECEIVE, batch, i);
      }
      host.port.flush(Lanes.RECEIVE);
      assertEquals(2, host.port.injectionsRefused());
    }
  }

  private static void sendDatagram(BridgedHost left, BridgedHost right) throws Exception {
    try (DatagramChannel receiver = right.container.run(() -> DatagramChannel.open());
        DatagramChannel sender = left.container.run(() -> DatagramChannel.open())) {
      receiver.bind(new InetSocketAddress(RIGHT, PORT));
      receiver.configureBlocking(false);
      byte[] content = new byte[1001];
      new Random(7).nextBytes(content);
      ByteBuffer arrived = ByteBuffer.allocate(2000);
      Await.until(
          "a datagram",
          () -> {
            try {
              sender.send(ByteBuffer.wrap(content), new InetSocketAddress(RIGHT, PORT));
              return receiver.receive(arrived) != null;
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          });
      assertEquals(content.length, arrived.position());
      assertArrayEquals(content, Vectors.bytes(arrived, 0, content.length));
    }
  }

  private static byte[] digestOfStream(BridgedHost left, BridgedHost right) throws Exception {
    try (ServerSocketChannel server = right.container.run(() -> ServerSocketChannel.open());
        SocketChannel client = left.container.run(() -> SocketChannel.open())) {
      server.bind(new InetSocketAddress(RIGHT, PORT));
      CompletableFuture<byte[]> digest =
          CompletableFuture.supplyAsync(() -> {
            try (SocketChannel accepted = server.accept()) {
              return readAll(accepted);
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
          });
      client.connect(new InetSocketAddress(RIGHT, PORT));
      Random random = new Random(11);
      byte[] block = new byte[1 << 16];
      for (int sent = 0; sent < STREAM_BYTES; sent += block.length) {
        random.nextBytes(block);
        ByteBuffer buffer = ByteBuffer.wrap(block);
        while (buffer.hasRemaining()) {
          client.write(buffer);
        }
      }
      client.shutdownOutput();
      return digest.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private static byte[] readAll(SocketChannel channel) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
    while (channel.read(buffer) >= 0) {
      digest.update(buffer.flip());
      buffer.clear();
    }
    return digest.digest();
  }

  private static byte[] streamDigest() throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    Random random = new Random(11);
    byte[] block = new byte[1 << 16];
    for (int sent = 0; sent < STREAM_BYTES; sent += block.length) {
      random.nextBytes(block);
      digest.update(block);
    }
    return digest.digest();
  }

  private static void ask(BridgedHost host) {
    try (DatagramChannel sender = host.container.run(() -> DatagramChannel.open())) {
      sender.send(ByteBuffer.allocate(1), new InetSocketAddress("10.79.0.200", 9));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Tells frames of the test's own type from any other. */
  private static final class Counter implements FrameSink {
    static final short TYPE = (short) 0x88b5;

    volatile int ours;
    volatile int others;

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // One thread writes, the test only reads.
    public void captured(int lane, FrameBatch frames) {
      for (int i = 0; i < frames.count(); i++) {
        if (frames.slab().getShort(frames.offset(i) + 12) == TYPE) {
          ours++;
        } else {
          others++;
        }
      }
    }

    @Override
    public void received(int lane, FrameBatch frames) {
      throw new IllegalStateException("nothing is received here");
    }
  }
}
