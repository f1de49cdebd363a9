package io.weft.fastpath;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import io.weft.gossip.overlay.ForwarderLog;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.FrameBatch;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Lanes;
import io.weft.gossip.overlay.Offload;
import io.weft.gossip.overlay.OverlayException;
import io.weft.gossip.wire.RemoteFeatures;
import io.weft.linux.Ipv4Address;
import io.weft.sleeve.LaneCounters;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Datagrams at the VXLAN port, of a neighbour and of a stranger: each is counted once, as a frame,
 * as a heartbeat or as dropped; what is handed over is a frame of peers that are known, with
 * nothing left to do that does not fit it; nothing of a stranger is. An input is a datagram, and
 * its part behind two bytes is several joined ones: the first byte chooses, the second says how
 * long they are.
 */
public final class UserVxlanFuzzTarget {
  private static final int NEIGHBOUR = 0xc0000202;
  private static final int STRANGER = 0xc0000203;
  private static final int MTU = 1_376;
  private static final int PORT = 6_783;
  private static final long UID = 0x1e2c3e485e6c7e80L;
  private static final int OTHER_OCTETS = 12;
  private static final PeerName A = PeerName.parse("7a:f4:56:87:76:3b");
  private static final PeerName B = PeerName.parse("b2:9c:11:04:5e:d0");
  private static final PeerName C = PeerName.parse("ce:01:02:03:04:05");
  private static final Set<Long> NAMES = Set.of(A.value(), B.value(), C.value());
  private static final Set<UserVxlanCounter> ENDS =
      EnumSet.of(
          UserVxlanCounter.FRAMES_RECEIVED,
          UserVxlanCounter.HEARTBEATS_RECEIVED,
          UserVxlanCounter.DROPPED_MALFORMED,
          UserVxlanCounter.DROPPED_UNKNOWN_PEER,
          UserVxlanCounter.DROPPED_UNKNOWN_SOURCE,
          UserVxlanCounter.DROPPED_UNFINISHED);

  private static final UserVxlanForwarder FORWARDER = forwarder();
  private static final UserVxlanSources SOURCES = new UserVxlanSources(List.of(FORWARDER));
  private static final ShortIdTable SHORT_IDS =
      new ShortIdTable(new TreeMap<>(Map.of(0xa01, A, 0xb02, B, 0x0c3, C)));

  private static final UserVxlanFuzzTarget TARGET = new UserVxlanFuzzTarget();

  private final LaneCounters<UserVxlanCounter> counters =
      new LaneCounters<>(UserVxlanCounter.class);
  private final Sink sink = new Sink();
  private final UserVxlanReceiver receiver =
      new UserVxlanReceiver(() -> SHORT_IDS, () -> SOURCES, this::check, sink, counters);
  private int from;

  private UserVxlanFuzzTarget() {}

  /** See {@link io.weft.gossip.fuzzing.FuzzInputs}. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length > 0xffff) {
      return;
    }
    TARGET.take(ByteBuffer.wrap(input), 0, NEIGHBOUR);
    TARGET.take(ByteBuffer.wrap(input), 0, STRANGER);
    RawHeartbeatReader.read(
        ByteBuffer.allocate(RawHeartbeatReader.ROOM)
            .put(0, input, 0, Math.min(input.length, RawHeartbeatReader.ROOM)),
        input.length);
    if (input.length > 2) {
      int segmentBytes = (input[1] & 0xff) * 8;
      ByteBuffer joined = ByteBuffer.allocate(input.length - 2).put(0, input, 2, input.length - 2);
      repair(joined, segmentBytes, (input[0] & 1) != 0, (input[0] & 2) != 0);
      TARGET.take(joined, segmentBytes, (input[0] & 4) != 0 ? STRANGER : NEIGHBOUR);
    }
  }

  /** Gives datagrams a header that is read, and their frames no checksum: few inputs have these. */
  private static void repair(
      ByteBuffer datagrams, int segmentBytes, boolean header, boolean unfinished) {
    int length = datagrams.limit();
    int step = segmentBytes == 0 ? length : segmentBytes;
    for (int at = 0; at + FastdpProtocol.VXLAN_BYTES <= length; at += step) {
      if (header) {
        VxlanHeader.put(datagrams, at, 0xa01, 0xb02);
      }
      int frame = at + FastdpProtocol.VXLAN_BYTES;
      int frameBytes = Math.min(step, length - at) - FastdpProtocol.VXLAN_BYTES;
      if (unfinished && frameBytes >= FastdpProtocol.ETHERNET_BYTES) {
        UnfinishedFrameFuzzTarget.leaveUnfinished(datagrams, frame, frameBytes);
      }
    }
  }

  private void take(ByteBuffer slab, int segmentBytes, int source) {
    from = source;
    long before = ended();
    long framesBefore = counters.get(UserVxlanCounter.FRAMES_RECEIVED);
    sink.frames = 0;
    int length = slab.limit();
    receiver.datagrams(slab, 0, length, segmentBytes, source);
    receiver.endOfVector();
    int step = segmentBytes == 0 ? Math.max(1, length) : segmentBytes;
    int sent = Math.max(1, (length + step - 1) / step);
    long counted = ended() - before;
    long frames = counters.get(UserVxlanCounter.FRAMES_RECEIVED) - framesBefore;
    if (counted != sent || sink.frames != frames) {
      throw new AssertionError(
          "%d datagrams, %d counted, %d frames handed over".formatted(sent, counted, sink.frames));
    }
    if (source == STRANGER && sink.frames != 0) {
      throw new AssertionError("a frame of somebody who is no neighbour");
    }
  }

  private long ended() {
    return ENDS.stream().mapToLong(counters::get).sum();
  }

  private void check(KernelEvent.Heartbeat heartbeat, long source) {
    if (heartbeat.connectionUid() != UID
        || heartbeat.from() != from
        || !NAMES.contains(source)
        || heartbeat.frameBytes() < FastdpProtocol.HEARTBEAT_LEAST_BYTES) {
      throw new AssertionError("no heartbeat of ours: " + heartbeat);
    }
  }

  private static UserVxlanForwarder forwarder() {
    UserVxlanOverlay overlay =
        new UserVxlanOverlay(
            Ipv4Address.ANY,
            PORT,
            MTU,
            true,
            null,
            EspSupport.unused(),
            null,
            new EventTime(0, 0),
            task -> true,
            () -> {});
    RemoteFeatures features = new RemoteFeatures(A, "", 1, 1, 1, false, "fastdp sleeve", Map.of());
    Ipv4Address here = Ipv4Address.parse("192.0.2.1");
    Ipv4Address there = new Ipv4Address(NEIGHBOUR);
    ForwarderParameters parameters =
        new ForwarderParameters(B, A, UID, null, true, socket(here), socket(there), features);
    try {
      return new UserVxlanForwarder(
          overlay, parameters, here, there, PORT + 1, new ForwarderLog(new ArrayList<>()));
    } catch (OverlayException e) {
      throw new IllegalStateException(e);
    }
  }

  private static InetSocketAddress socket(Ipv4Address address) {
    return new InetSocketAddress(InetAddress.ofLiteral(address.toString()), PORT);
  }

  /** Looks at what is handed over. */
  private static final class Sink implements FrameSink {
    private int frames;

    @Override
    public void captured(int lane, FrameBatch batch) {
      throw new AssertionError("nothing captures here");
    }

    @Override
    public void received(int lane, FrameBatch batch) {
      if (lane != Lanes.FASTPATH) {
        throw new AssertionError("another thread's lane");
      }
      for (int i = 0; i < batch.count(); i++) {
        ByteBuffer slab = batch.slab();
        int frame = batch.offset(i);
        int length = batch.length(i);
        if (!NAMES.contains(batch.sourcePeer(i)) || !NAMES.contains(batch.destinationPeer(i))) {
          throw new AssertionError("a frame of or for nobody");
        }
        boolean isHeartbeat = length >= OTHER_OCTETS;
        for (int octet = 0; octet < OTHER_OCTETS && isHeartbeat; octet++) {
          isHeartbeat = slab.get(frame + octet) == 0;
        }
        if (length < FastdpProtocol.ETHERNET_BYTES || isHeartbeat) {
          throw new AssertionError("what is no frame");
        }
        if (batch.offload(i) != Offload.NONE) {
          UnfinishedFrameFuzzTarget.expectFit(slab, frame, length, batch.offload(i), MTU);
        }
      }
      frames += batch.count();
    }
  }
}
