package io.weft.gossip;

import io.weft.gossip.channel.GossipData;
import io.weft.gossip.wire.MeshMessage;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be sent on one connection (mesh.md 8.4). State waits as data, merged with what
 * follows and encoded when the connection can take it; control messages and unicasts wait as they
 * are, up to a bound. So a peer that reads slowly costs no more memory than the state has.
 */
final class SendQueue {
  /**
   * State of a channel: by a broadcast's source, as a message of an extension, or from us as tag 4
   * when there is neither.
   */
  private record Key(
      String channel, @Nullable PeerName broadcastSource, @Nullable DeltaKind extension) {}

  /** State that is being sent, payload by payload. */
  private record Leaving(Key key, GossipData data, Iterator<byte[]> payloads) {}

  private final long link;
  private final PeerName self;
  private final boolean extended;
  private final MeshTransport transport;
  private final RelayRoom room;
  private final Counters counters;
  private final Queue<MeshMessage> control = new ArrayDeque<>();
  private final Queue<MeshMessage.GossipUnicast> unicasts = new ArrayDeque<>();
  private final Map<Key, GossipData> states = new LinkedHashMap<>();
  private long heldBytes;
  private @Nullable Leaving leaving;

  /**
   * An empty queue.
   *
   * @param extended whether both ends have announced the extension {@code delta}
   * @param room for what waits here and elsewhere
   */
  SendQueue(
      long link,
      PeerName self,
      boolean extended,
      MeshTransport transport,
      RelayRoom room,
      Counters counters) {
    this.link = link;
    this.self = self;
    this.extended = extended;
    this.transport = transport;
    this.room = room;
    this.counters = counters;
  }

  /** Sends a heartbeat, unless the connection is busy: what waits serves as one. */
  void heartbeat() {
    if (transport.takesControl(link)) {
      transport.send(link, new MeshMessage.Heartbeat());
    }
  }

  /** Sends an overlay's control message ahead of everything else. */
  void control(MeshMessage message) {
    if (control.size() >= MeshConstants.MAX_WAITING_CONTROL) {
      counters.increment(MeshMetric.CONTROL_DROPPED);
      return;
    }
    control.add(message);
    pump();
  }

  /** Sends a unicast, or drops it when too many wait. */
  void unicast(MeshMessage.GossipUnicast message) {
    if (unicasts.size() >= MeshConstants.MAX_WAITING_UNICASTS
        || message.encodedBytes() > MeshConstants.MAX_UNICAST_BYTES
        || !room.holdUnicast(message.data().length)) {
      counters.increment(MeshMetric.UNICASTS_DROPPED);
      return;
    }
    unicasts.add(message);
    pump();
  }

  /** Whether both ends have announced the extension {@code delta}. */
  boolean isExtended() {
    return extended;
  }

  /** Sends state as tag 4; of the topology only a summary, where the other end knows such. */
  void gossip(String channel, GossipData data) {
    if (extended && data instanceof TopologyData topology) {
      extension(DeltaKind.SUMMARY, channel, topology.summary());
    } else {
      merge(new Key(channel, null, null), data);
    }
  }

  /** Sends state as tag 6; of the topology as {@link #gossip} does. */
  void broadcast(String channel, PeerName source, GossipData data) {
    if (extended && data instanceof TopologyData) {
      gossip(channel, data);
    } else {
      merge(new Key(channel, source, null), data);
    }
  }

  /** Sends a message of the extension {@code delta}; only where both ends have announced it. */
  void extension(DeltaKind kind, String channel, GossipData data) {
    merge(new Key(channel, null, kind), data);
  }

  private void merge(Key key, GossipData data) {
    if (!states.containsKey(key) && states.size() >= MeshConstants.MAX_WAITING_STATES) {
      counters.increment(MeshMetric.RELAYS_DROPPED);
      return;
    }
    if (heldBytes + data.heldBytes() > MeshConstants.MAX_WAITING_RELAY_BYTES) {
      counters.increment(MeshMetric.RELAYS_DROPPED);
      return;
    }
    if (!room.hold(data)) {
      counters.increment(MeshMetric.SURROGATE_DROPPED);
      return;
    }
    GossipData waiting = states.get(key);
    GossipData merged = waiting == null ? data : room.merge(waiting, data);
    heldBytes += merged.heldBytes() - (waiting == null ? 0 : waiting.heldBytes());
    states.put(key, merged);
    pump();
  }

  /** The connection has ended: nothing waits for it any more. */
  void clear() {
    if (leaving != null) {
      room.release(leaving.data());
      leaving = null;
    }
    states.values().forEach(room::release);
    unicasts.forEach(message -> room.releaseUnicast(message.data().length));
    control.clear();
    unicasts.clear();
    states.clear();
    heldBytes = 0;
  }

  /** Sends as much as the connection takes. */
  void pump() {
    while (true) {
      MeshMessage message = null;
      if (transport.isWritable(link)) {
        message = next();
      } else if (transport.takesControl(link)) {
        message = control.poll();
      }
      if (message == null) {
        return;
      }
      transport.send(link, message);
    }
  }

  private @Nullable MeshMessage next() {
    MeshMessage message = control.poll();
    if (message != null) {
      return message;
    }
    MeshMessage.GossipUnicast unicast = unicasts.poll();
    if (unicast != null) {
      room.releaseUnicast(unicast.data().length);
      return unicast;
    }
    while (true) {
      Leaving current = leaving;
      if (current != null && current.payloads().hasNext()) {
        byte[] payload = current.payloads().next();
        if (payload.length <= MeshConstants.MAX_PAYLOAD_BYTES) {
          return message(current.key(), payload);
        }
        counters.increment(MeshMetric.RELAYS_DROPPED);
      } else if (!beginOldest()) {
        return null;
      }
    }
  }

  /** Goes on with the state that has waited longest; false when none waits. */
  private boolean beginOldest() {
    if (leaving != null) {
      heldBytes -= leaving.data().heldBytes();
      room.release(leaving.data());
      leaving = null;
    }
    if (states.isEmpty()) {
      return false;
    }
    Map.Entry<Key, GossipData> oldest = states.entrySet().iterator().next();
    GossipData data = oldest.getValue();
    states.remove(oldest.getKey());
    leaving = new Leaving(oldest.getKey(), data, data.payloads());
    return true;
  }

  private MeshMessage message(Key key, byte[] payload) {
    DeltaKind extension = key.extension();
    if (extension != null) {
      counters.increment(extension.sent());
      counters.add(MeshMetric.DELTA_BYTES_SENT, payload.length + 1L);
      return new MeshMessage.Extension(payload);
    }
    PeerName source = key.broadcastSource();
    return source == null
        ? new MeshMessage.Gossip(key.channel(), self, payload)
        : new MeshMessage.GossipBroadcast(key.channel(), source, payload);
  }
}
