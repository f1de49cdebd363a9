package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.PacketSocket;
import io.weft.linux.RequiresRoot;
import io.weft.linux.UdpSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * A hundred peers behind two neighbours, with a thousand containers: the kernel learns each from
 * one frame of it, and then finds it. The control plane is the test.
 */
@RequiresRoot
final class ManyPeersTest {
  private static final int PEERS = 100;
  private static final int CONTAINERS = 1_000;
  private static final int SELF = 1;
  private static final int FIRST_PEER = 100;
  private static final long MACS = 0x5a00_0000_0000L;
  private static final long OWN_MAC = 0x5a00_ffff_0001L;
  private static final int FRAME_BYTES = 60;

  /** More than the maps of this size may take; an entry or a map too many would show. */
  private static final long MOST_BYTES = 8L << 20;

  private static final Pattern MEMORY = Pattern.compile("memlock:\\s+([0-9]+)");

  @AutoClose private final KernelGround ground = new KernelGround();

  @Test
  void everyContainerIsLearnedFromOneFrameAndFoundAtItsPeer() throws Exception {
    ground.onHost(path -> {
      describe(path);
      learnAll(path);
      assertEquals(CONTAINERS, path.tables().macs().size());
      assertEquals(CONTAINERS, path.tables().count(FastdpCounter.RECEIVED));
      try (PacketSocket container = KernelGround.container()) {
        for (int i = 0; i < CONTAINERS; i++) {
          ByteBuffer frame = frame(MACS + i, OWN_MAC);
          assertEquals(FRAME_BYTES, container.send(frame, 0, FRAME_BYTES));
          assertSentTo(i);
        }
      }
      assertEquals(CONTAINERS, path.tables().count(FastdpCounter.SENT_UNICAST));
      assertEquals(0, path.tables().count(FastdpCounter.PUNTED), "through user space");
      long bytes = mapMemory();
      assertTrue(bytes > 0 && bytes < MOST_BYTES, bytes + " bytes in maps");
      System.out.printf("%d peers and %d addresses: %d bytes in maps%n", PEERS, CONTAINERS, bytes);
    });
  }

  @Test
  void theRoutesOfAHundredPeersMoveToTheOtherNeighbourByOneEntryEach() throws Exception {
    ground.onHost(path -> {
      describe(path);
      learnAll(path);
      for (int peer = 0; peer < PEERS; peer++) {
        path.tables().putRoute(FIRST_PEER + peer, Layout.ROUTE_VIA | (FIRST_PEER + 1));
      }
      try (PacketSocket container = KernelGround.container()) {
        for (int i = 0; i < CONTAINERS; i += 7) {
          assertEquals(FRAME_BYTES, container.send(frame(MACS + i, OWN_MAC), 0, FRAME_BYTES));
          assertEquals(tunnelHex(SELF, shortId(i)), header(ground.second()));
        }
      }
    });
  }

  /** Half of the peers are behind each neighbour; these two are among them. */
  private static void describe(KernelPath path) throws IOException {
    KernelGround.describe(path, SELF, FIRST_PEER, KernelGround.FIRST);
    KernelGround.neighbour(path, FIRST_PEER + 1, KernelGround.SECOND);
    for (int peer = 2; peer < PEERS; peer++) {
      path.tables().putRoute(FIRST_PEER + peer, Layout.ROUTE_VIA | (FIRST_PEER + peer % 2));
    }
  }

  private void learnAll(KernelPath path) throws IOException {
    for (int i = 0; i < CONTAINERS; i++) {
      ByteBuffer datagram = ByteBuffer.allocate(FastdpProtocol.VXLAN_BYTES + FRAME_BYTES);
      datagram.putInt(FastdpProtocol.VXLAN_FLAGS);
      datagram.putInt(FastdpForwarder.tunnel(shortId(i), SELF) << 8);
      datagram.put(frame(OWN_MAC, MACS + i));
      KernelGround.send(shortId(i) % 2 == 0 ? ground.first() : ground.second(), datagram.array());
      KernelGround.awaitCount(path, FastdpCounter.RECEIVED, i + 1);
    }
  }

  private void assertSentTo(int container) throws IOException {
    boolean even = shortId(container) % 2 == 0;
    assertEquals(
        tunnelHex(SELF, shortId(container)),
        header(even ? ground.first() : ground.second()),
        "container " + container);
  }

  private static String header(UdpSocket socket) throws IOException {
    return KernelGround.receive(socket).substring(0, 2 * FastdpProtocol.VXLAN_BYTES);
  }

  private static int shortId(int container) {
    return FIRST_PEER + container % PEERS;
  }

  private static String tunnelHex(int source, int destination) {
    return "08000000%06x00".formatted(FastdpForwarder.tunnel(source, destination));
  }

  private static ByteBuffer frame(long destination, long source) {
    ByteBuffer frame = ByteBuffer.allocateDirect(FRAME_BYTES);
    frame.putLong(0, destination << 16 | source >>> 32).putInt(8, (int) source);
    return frame.putShort(12, (short) 0x88b6);
  }

  /** What the kernel says that the maps open here take, each counted once. */
  private static long mapMemory() throws IOException {
    Map<String, Long> byId = new TreeMap<>();
    Pattern id = Pattern.compile("map_id:\\s+([0-9]+)");
    try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of("/proc/self/fdinfo"))) {
      for (Path file : files) {
        if (!Files.exists(file)) {
          continue;
        }
        String text = Files.readString(file);
        Matcher map = id.matcher(text);
        Matcher memory = MEMORY.matcher(text);
        if (map.find() && memory.find()) {
          byId.put(map.group(1), Long.valueOf(memory.group(1)));
        }
      }
    }
    return byId.values().stream().mapToLong(Long::longValue).sum();
  }
}
