package io.weft.gossip;

import io.weft.gossip.channel.GossipChannel;
import io.weft.gossip.channel.GossipData;
import io.weft.gossip.channel.GossipException;
import io.weft.gossip.gob.GobException;
import io.weft.gossip.gob.GobReader;
import io.weft.gossip.gob.GobStruct;
import io.weft.gossip.gob.GobType;
import org.jspecify.annotations.Nullable;

/**
 * Relays the names of Weave Net's DNS, which this router does not have (mesh.md 5.7). Whoever has
 * it closes a connection that delivers something unreadable or something dated by a clock that is
 * wrong, and so does this router: passed on, it would cost connections that have no part in it.
 */
final class NameserverRelay implements GossipChannel {
  /** The channel's name on the wire. */
  static final String CHANNEL = "nameserver";

  private static final GobType.Struct ENTRY =
      GobType.struct(
          "Entry",
          GobType.field("ContainerID", GobType.STRING),
          GobType.field("Origin", GobType.UINT64),
          GobType.field("Addr", GobType.UINT32),
          GobType.field("Hostname", GobType.STRING),
          GobType.field("Version", GobType.INT64),
          GobType.field("Tombstone", GobType.INT64));

  private static final GobType.Field TIMESTAMP = GobType.field("Timestamp", GobType.INT64);

  private static final GobType.Struct NAMES =
      GobType.struct(
          "GossipData", TIMESTAMP, GobType.field("Entries", GobType.slice("Entries", ENTRY)));

  // Read alone, so that the entries cost no memory.
  private static final GobType.Struct DATE = GobType.struct("GossipData", TIMESTAMP);

  private final EventTime time;
  private final Surrogate surrogate;

  NameserverRelay(EventTime time, Counters counters) {
    this.time = time;
    surrogate = new Surrogate(CHANNEL, time, counters);
  }

  @Override
  public String name() {
    return CHANNEL;
  }

  @Override
  public @Nullable GossipData fullState() {
    return null;
  }

  @Override
  public @Nullable GossipData onGossip(byte[] payload) throws GossipException {
    check(payload);
    return surrogate.onGossip(payload);
  }

  @Override
  public GossipData onBroadcast(PeerName source, byte[] payload) throws GossipException {
    check(payload);
    return surrogate.onBroadcast(source, payload);
  }

  @Override
  public void onUnicast(PeerName source, byte[] payload) {
    // There is none on this channel.
  }

  private void check(byte[] payload) throws GossipException {
    long skewSeconds;
    try {
      new GobReader(payload).skip(NAMES);
      GobStruct names = new GobReader(payload).readStruct(DATE);
      skewSeconds = names.integer("Timestamp") - time.unixSeconds();
    } catch (GobException e) {
      throw new GossipException("undecodable DNS gossip: " + e.getMessage(), e);
    }
    long limit = MeshConstants.MAX_CLOCK_SKEW_SECONDS;
    if (skewSeconds > limit || skewSeconds < -limit) {
      throw new GossipException(
          "host clock skew of " + skewSeconds + "s exceeds " + limit + "s limit");
    }
  }
}
