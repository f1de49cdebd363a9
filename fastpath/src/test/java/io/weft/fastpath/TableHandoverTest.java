package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.linux.BpfMap;
import io.weft.linux.BpfObject;
import io.weft.linux.PacketSocket;
import io.weft.linux.Poller;
import io.weft.linux.ReceiveVector;
import io.weft.linux.RequiresRoot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A router takes over from one of another version, while frames pass. */
@RequiresRoot
final class TableHandoverTest {
  private static final int A = 0xa01;
  private static final int B = 0xb02;
  private static final long CONTAINER = 0x5a0000000001L;
  private static final long ELSEWHERE = 0x5a0000000002L;

  @AutoClose private final KernelGround ground = new KernelGround();

  @Test
  void framesPassAllTheWhileThatARouterOfAnotherVersionTakesOver() throws Exception {
    byte[] other = OtherLayout.of(KernelPath.objectFile());
    ground.first().setReceiveBufferBytes(16 * 1024 * 1024);
    byte[] frame = KernelGround.frame(Vectors.bytes("vxlan-arp-A-to-B"));
    ByteBuffer.wrap(frame).putLong(0, ELSEWHERE << 16 | CONTAINER >>> 32);
    ground
        .host()
        .perform(() -> {
          try (KernelPath before = KernelPath.open("vethwe-bridge", KernelGround.PORT, other)) {
            assertFalse(before.isAdopted());
            KernelGround.describe(before, A, B, KernelGround.FIRST);
            before.tables().putMac(ELSEWHERE, B, System.nanoTime());
          }
        });
    AtomicBoolean enough = new AtomicBoolean();
    int sent;
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      Future<Integer> sending =
          threads.submit(
              (Callable<Integer>) () -> ground.host().run(() -> sendUntil(enough, frame)));
      // To ours, back to the other one, and to ours again: upgrade and downgrade.
      for (byte[] programs : List.of(KernelPath.objectFile(), other, KernelPath.objectFile())) {
        ground
            .host()
            .perform(() -> {
              try (KernelPath next =
                  KernelPath.open("vethwe-bridge", KernelGround.PORT, programs)) {
                assertTrue(next.isAdopted());
                assertEquals(A, next.tables().activeShortId().orElseThrow());
                assertEquals(B, KernelGround.ownerOf(next, ELSEWHERE));
              }
            });
      }
      enough.set(true);
      sent = sending.get();
    }
    assertTrue(sent > 0, "frames were sent meanwhile");
    assertEquals(sent, arrived(), "frames that the neighbour got, each once");
    ground.onHost(path ->
        assertTrue(
            path.tables().count(FastdpCounter.SENT_UNICAST) >= sent, "counted over all of it"));
  }

  @Test
  void tablesThatLackOneThatFramesNeedAreNotTakenOver() throws Exception {
    byte[] object = KernelPath.objectFile();
    byte[] other = renamed(object, "weft_hops", "weft_hopz");
    ground
        .host()
        .perform(() -> {
          try (BpfObject loaded = BpfObject.load(other, List.of());
              TableHandover handover = new TableHandover(maps(loaded, "weft_hops", "weft_hopz"))) {
            assertFalse(handover.isPossible());
            assertEquals(List.of(), handover.kept());
          }
          try (BpfObject loaded = BpfObject.load(object, List.of());
              TableHandover handover = new TableHandover(loaded.maps(Layout.names()))) {
            assertTrue(handover.isPossible());
            assertEquals(Layout.names().size(), handover.kept().size());
          }
        });
  }

  @Test
  void valuesAreFilledUpWithZerosOrCut() throws Exception {
    ground
        .host()
        .perform(() -> {
          try (BpfObject loaded = BpfObject.load(KernelPath.objectFile(), List.of());
              BpfMap sources = loaded.map("weft_sources");
              BpfMap hops = loaded.map("weft_hops");
              BpfMap traffic = loaded.map("weft_traffic");
              BpfMap counters = loaded.map("weft_counters")) {
            ByteBuffer key = buffer(4).putInt(0, 7);
            sources.put(key, buffer(4).putInt(0, 0x01020304));
            TableHandover.copy(sources, hops);
            ByteBuffer hop = buffer(Layout.HOP_BYTES);
            assertTrue(hops.get(key, hop));
            assertEquals(0x01020304, hop.getInt(0));
            assertEquals(0, hop.getInt(4));
            hops.put(key, hop.putInt(0, 0x05060708).putInt(4, 9));
            TableHandover.copy(hops, sources);
            ByteBuffer source = buffer(4);
            assertTrue(sources.get(key, source));
            assertEquals(0x05060708, source.getInt(0));

            int cpus = BpfMap.possibleCpus();
            ByteBuffer count = buffer(Long.BYTES * cpus);
            for (int cpu = 0; cpu < cpus; cpu++) {
              count.putLong(cpu * Long.BYTES, 100 + cpu);
            }
            counters.put(key, count);
            ByteBuffer row = buffer(Layout.TRAFFIC_BYTES * cpus);
            TableHandover.copy(counters, traffic);
            assertTrue(traffic.get(key, row));
            for (int cpu = 0; cpu < cpus; cpu++) {
              assertEquals(100 + cpu, row.getLong(cpu * Layout.TRAFFIC_BYTES), "of CPU " + cpu);
              assertEquals(0, row.getLong(cpu * Layout.TRAFFIC_BYTES + Long.BYTES));
            }
          }
        });
  }

  /** The container numbers its frames; returns how many it sent. */
  private static int sendUntil(AtomicBoolean enough, byte[] frame) throws IOException {
    ByteBuffer data = ByteBuffer.allocateDirect(frame.length).put(0, frame);
    int sent = 0;
    try (PacketSocket socket = KernelGround.container()) {
      while (!enough.get()) {
        data.putInt(frame.length - Integer.BYTES, sent);
        assertEquals(frame.length, socket.send(data, 0, frame.length));
        sent++;
        // So slowly that the neighbour's buffer takes all of it, however long the changes last.
        LockSupport.parkNanos(1_000_000);
      }
    }
    return sent;
  }

  /** Different frames to the other container that wait at the neighbour. */
  private int arrived() throws Exception {
    BitSet numbers = new BitSet();
    int duplicates = 0;
    ReceiveVector vector = new ReceiveVector(64, 2_000);
    try (Poller poller = Poller.open(1)) {
      poller.add(ground.first(), 0);
      while (poller.await(500) > 0 && ground.first().receive(vector) > 0) {
        for (int i = 0; i < vector.count(); i++) {
          int frame = vector.offset(i) + FastdpProtocol.VXLAN_BYTES;
          if (vector.slab().getLong(frame) >>> 16 == ELSEWHERE) {
            int number = vector.slab().getInt(vector.offset(i) + vector.length(i) - Integer.BYTES);
            duplicates += numbers.get(number) ? 1 : 0;
            numbers.set(number);
          }
        }
      }
    }
    assertEquals(0, duplicates, "frames that came twice");
    return numbers.cardinality();
  }

  private static List<BpfMap> maps(BpfObject object, String ours, String theirs)
      throws IOException {
    List<BpfMap> maps = new ArrayList<>();
    for (String name : Layout.names()) {
      maps.add(object.map(name.equals(ours) ? theirs : name));
    }
    return maps;
  }

  private static byte[] renamed(byte[] object, String from, String to) {
    String text = new String(object, StandardCharsets.ISO_8859_1);
    assertTrue(text.contains(from), from + " is in the object");
    return text.replace(from, to).getBytes(StandardCharsets.ISO_8859_1);
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }
}
