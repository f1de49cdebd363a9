package io.weft.gossip;

import io.weft.gossip.channel.GossipChannel;
import io.weft.gossip.channel.GossipData;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Relays a channel that no subsystem of this router owns (mesh.md 8.7). It remembers which payloads
 * it has passed on, for one gossip interval and after it until another one comes; when it cannot
 * remember more it passes on nothing, so that payloads do not run in circles.
 */
final class Surrogate implements GossipChannel {
  private final String name;
  private final EventTime time;
  private final Counters counters;
  private final Map<ByteBuffer, Long> seenAtNanos = new LinkedHashMap<>();

  Surrogate(String name, EventTime time, Counters counters) {
    this.name = name;
    this.time = time;
    this.counters = counters;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public @Nullable GossipData fullState() {
    return null;
  }

  @Override
  public @Nullable GossipData onGossip(byte[] payload) {
    ByteBuffer digest = digest(payload);
    if (seenAtNanos.containsKey(digest)) {
      return null;
    }
    // Only something new makes room: what is repeated alone goes round once, however long.
    forgetOld();
    if (seenAtNanos.size() >= MeshConstants.MAX_SURROGATE_MEMORIES) {
      counters.increment(MeshMetric.SURROGATE_DROPPED);
      return null;
    }
    seenAtNanos.put(digest, time.nanos());
    return new Payloads(List.of(payload), payload.length, counters);
  }

  @Override
  public GossipData onBroadcast(PeerName source, byte[] payload) {
    return new Payloads(List.of(payload), payload.length, counters);
  }

  @Override
  public void onUnicast(PeerName source, byte[] payload) {
    // The owner of this channel runs elsewhere or not at all.
  }

  private void forgetOld() {
    Iterator<Long> oldestFirst = seenAtNanos.values().iterator();
    while (oldestFirst.hasNext()
        && time.nanos() - oldestFirst.next() >= MeshConstants.GOSSIP_INTERVAL_NANOS) {
      oldestFirst.remove();
    }
  }

  private static ByteBuffer digest(byte[] payload) {
    try {
      return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(payload));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Payloads to be passed on as they came, up to a bound. */
  private record Payloads(List<byte[]> contents, int bytes, Counters counters)
      implements GossipData {
    @Override
    public List<byte[]> encode() {
      return contents;
    }

    @Override
    public int heldBytes() {
      return bytes;
    }

    @Override
    public GossipData merge(GossipData later) {
      List<byte[]> both = new ArrayList<>(contents);
      int size = bytes;
      for (byte[] payload : later.encode()) {
        if (size + payload.length > MeshConstants.MAX_SURROGATE_BYTES) {
          counters.increment(MeshMetric.SURROGATE_DROPPED);
        } else {
          both.add(payload);
          size += payload.length;
        }
      }
      return new Payloads(both, size, counters);
    }
  }
}
