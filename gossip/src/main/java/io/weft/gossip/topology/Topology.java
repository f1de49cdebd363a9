package io.weft.gossip.topology;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.GossipException;
import io.weft.gossip.wire.RemoteFeatures;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The table of peers and its merge rules (mesh.md 6). Conductor thread only.
 *
 * <p>Each peer alone decides what its own record says; a version number tells which of two copies
 * is newer.
 */
public final class Topology {
  /** Our choice: most peers kept, as many as there are short ids (mesh.md 13, C12). */
  public static final int MAX_PEERS = ShortIds.COUNT;

  /**
   * Our choice: connections kept, of all peers together, at 16 bytes each; a full mesh of 700 has
   * 490,000, and 2,600 peers at Weave Net's usual limit have as many. One whose address is not IPv4
   * counts as several.
   */
  static final int MAX_CONNECTIONS = 1 << 19;

  private final PeerRecords records;
  private final PeerTable peers;
  private final Peer self;
  private final RandomGenerator random;
  private final TopologyEvents events;
  private final EncodedRecords encoded = new EncodedRecords();
  private PeerGraph graph;
  private @Nullable Routes routes;

  /** A topology of ourselves, with a random short id and version 0. */
  public Topology(
      PeerName name, String nickName, long uid, RandomGenerator random, TopologyEvents events) {
    this(name, nickName, uid, 0, random, events);
  }

  /**
   * A topology of ourselves, with a random short id.
   *
   * @param firstVersion of our own record; when it is higher than that of our earlier life, others
   *     believe us at once (mesh.md 13, C10)
   */
  public Topology(
      PeerName name,
      String nickName,
      long uid,
      long firstVersion,
      RandomGenerator random,
      TopologyEvents events) {
    this.random = random;
    this.events = events;
    self = new Peer(name);
    self.describe(nickName, uid, firstVersion);
    self.setShortId(random.nextInt(ShortIds.COUNT));
    self.addReference();
    records = new PeerRecords(self, events);
    peers = records.table();
    graph = PeerGraph.of(peers.asList());
  }

  /** Takes the short id that frames on their way still name; before anybody knows us. */
  public void preferShortId(int shortId) {
    records.preferShortId(shortId);
  }

  /** Our own record. */
  public Peer self() {
    return self;
  }

  /** A known peer's record; null for others. */
  public @Nullable Peer peer(PeerName name) {
    return peers.get(name);
  }

  /** Every known peer in order of name; a live view. */
  public List<Peer> peers() {
    return peers.asList();
  }

  /** The name of every known peer in order; a live view. */
  public List<PeerName> names() {
    return peers.namesAsList();
  }

  /** The same as a table, for readers that look for many of them. */
  PeerTable table() {
    return peers;
  }

  /** The peer that a short id belongs to; null for none. */
  public @Nullable PeerName peerOfShortId(int shortId) {
    return records.principal(shortId);
  }

  /**
   * Notes the other end of a connection whose handshake is complete and keeps its record until
   * {@link #release} (mesh.md 6.2). A record that exists is not changed.
   *
   * @param mayIntroduce false for an address learnt from others, which must lead to a known peer
   * @param address the remote address, for the reason of a refusal
   * @return whether the peer announces another UID than its record: it has been restarted
   * @throws RegistrationException when the peer is unknown or bears our own name
   */
  public boolean register(RemoteFeatures features, boolean mayIntroduce, String address)
      throws RegistrationException {
    PeerName name = features.name();
    if (name.equals(self.name())) {
      if (features.uid() == self.uid()) {
        throw new RegistrationException("cannot connect to ourself", true);
      }
      throw new RegistrationException(
          "local \"%s(%s)\" and remote \"%s(%s)\" peer names collision"
              .formatted(name, self.nickName(), name, features.nickName()),
          true);
    }
    Peer peer = peers.get(name);
    if (peer == null) {
      if (!mayIntroduce) {
        throw new RegistrationException(
            "Found unknown remote name: %s at %s".formatted(name, address), false);
      }
      if (name.equals(PeerName.UNKNOWN)) {
        throw new RegistrationException("the peer name " + name + " is reserved", false);
      }
      peer = new Peer(name);
      peer.describe(TopologyPayload.cutNickName(features.nickName()), features.uid(), 0);
      peer.setShortId(features.shortId());
      records.insert(peer);
      reassignIfWanted();
    }
    peer.addReference();
    return peer.uid() != features.uid();
  }

  /** Takes back one {@link #register}; the record stays until the next garbage collection. */
  public void release(PeerName name) {
    Peer peer = peers.get(name);
    if (peer != null && peer != self) {
      records.dropReference(peer);
    }
  }

  /** Adds a connection of our own to a registered peer. */
  public void addConnection(PeerName remote, String address, boolean outbound) {
    Peer peer = peers.get(remote);
    if (peer != null) {
      // While it was unreachable its neighbours may have been collected.
      records.ensureRemotesPresent(peer.connections());
    }
    changeSelf(self.connections().with(new Connection(remote, address, outbound, false)));
  }

  /** Marks a connection of our own as established. */
  public void establishConnection(PeerName remote) {
    Connection old = self.connections().get(remote);
    if (old != null && !old.established()) {
      Connection working = new Connection(remote, old.remoteTcpAddress(), old.outbound(), true);
      changeSelf(self.connections().with(working));
    }
  }

  /** Removes a connection of our own. */
  public void removeConnection(PeerName remote) {
    if (self.connections().contains(remote)) {
      changeSelf(self.connections().without(remote));
    }
  }

  /**
   * Merges a payload of the topology channel (mesh.md 6.3).
   *
   * @throws GossipException when it cannot be decoded; nothing is changed then
   */
  public MergeResult merge(byte[] payload) throws GossipException {
    return merge(payload, 0);
  }

  /** The same with a payload that reaches from an offset to the end of an array. */
  public MergeResult merge(byte[] data, int offset) throws GossipException {
    List<RecordUpdate> updates = new ArrayList<>();
    for (PeerRecord incoming :
        TopologyPayload.decode(data, offset, this::isWanted, events::peersDropped)) {
      updates.add(new RecordUpdate(incoming, null));
    }
    return merge(updates);
  }

  /** Whether a record's connections matter to us: it is not about us and is newer. */
  private boolean isWanted(PeerRecord record) {
    Peer stored = peers.get(record.name());
    return stored == null || (stored != self && PeerVersion.isNewer(record, stored));
  }

  /** Merges records (mesh.md 6.3). */
  MergeResult merge(List<RecordUpdate> updates) {
    SortedSet<PeerName> received = new TreeSet<>();
    SortedSet<PeerName> improved = new TreeSet<>();
    List<RecordUpdate> known = new ArrayList<>();
    int dropped = 0;
    for (RecordUpdate update : updates) {
      PeerRecord incoming = update.record();
      received.add(incoming.name());
      if (peers.contains(incoming.name())) {
        known.add(update);
      } else if (records.hasRoom()) {
        records.insert(incoming);
        improved.add(incoming.name());
      } else {
        dropped++;
      }
    }
    for (RecordUpdate update : updates) {
      dropped += records.ensureRemotesPresent(update.record().connections());
    }
    for (RecordUpdate update : known) {
      if (update(update)) {
        improved.add(update.record().name());
      }
    }
    if (dropped > 0) {
      events.peersDropped(dropped);
    }
    reassignIfWanted();
    return new MergeResult(received, improved);
  }

  /**
   * Removes every peer that nobody reaches from here and that no handshake refers to (mesh.md 6.5).
   *
   * @return the removed peers in order of name
   */
  public SortedSet<PeerName> collectGarbage() {
    SortedSet<PeerName> removed = new TreeSet<>();
    records.removeGarbage().forEach(peer -> removed.add(peer.name()));
    reassignIfWanted();
    return removed;
  }

  /**
   * Those of the named peers that nobody reaches from here: they are gone, or the way to them has
   * not been told yet.
   */
  public SortedSet<PeerName> unreached(Collection<PeerName> names) {
    return records.unreached(names);
  }

  /**
   * Payloads about named peers of which we know all (mesh.md 5.6), made when asked for: ourselves
   * first, then the others as they are reached from us.
   */
  public Iterator<byte[]> payloads(Collection<PeerName> names) {
    graph = graph.update(peers.asList());
    return PayloadSequence.outwards(graph, self.name(), names, this::peer, encoded);
  }

  /** All {@link #payloads} at once. */
  public List<byte[]> encode(Collection<PeerName> names) {
    return TopologyPayload.all(payloads(names));
  }

  /** Bytes of records that are kept. */
  long encodedBytes() {
    return encoded.bytes();
  }

  /** Forgets the bytes of records that were kept for the next who asks for {@link #payloads}. */
  public void forgetEncoded() {
    encoded.forget();
  }

  /** Forgets what nobody at rest will ask for. */
  public void forgetOldChanges() {
    peers.asList().forEach(Peer::forgetOldChanges);
  }

  /** Routes from what is known now; the same object as before when no way has changed. */
  public Routes routes() {
    graph = graph.update(peers.asList());
    routes = routes == null ? new Routes(self.name(), graph) : routes.over(graph);
    return routes;
  }

  private boolean update(RecordUpdate update) {
    PeerRecord incoming = update.record();
    Peer stored = peers.get(incoming.name());
    if (stored == null) {
      return false;
    }
    if (stored == self) {
      hearOfOurselves(PeerVersion.of(incoming));
      return false;
    }
    if (!PeerVersion.isNewer(incoming, stored)) {
      return false;
    }
    records.accept(update, stored);
    records.setShortId(stored, incoming.shortId());
    return true;
  }

  /**
   * Somebody tells us about ourselves. What an earlier life of ours announced would win over what
   * we announce now, so we go past its version; nothing else is believed.
   */
  void hearOfOurselves(PeerVersion incoming) {
    int byVersion = Long.compareUnsigned(incoming.version(), self.version());
    boolean ours = incoming.uid() == self.uid();
    if (byVersion < 0 || (ours && byVersion == 0)) {
      return;
    }
    events.foreignClaim();
    if (!ours) {
      self.setVersion(PeerVersion.successor(incoming.version()));
      events.selfChanged();
    }
  }

  private void changeSelf() {
    self.setVersion(PeerVersion.successor(self.version()));
    events.selfChanged();
  }

  private void changeSelf(ConnectionList connections) {
    changeSelf();
    records.replaceOwnConnections(connections);
  }

  /** Moves us to a free short id after a peer with a lower name took ours. */
  private void reassignIfWanted() {
    Integer free = records.takeSelfDisplaced() ? records.pickFreeShortId(random) : null;
    if (free == null) {
      return;
    }
    records.setShortId(self, free);
    events.shortIdReassigned();
    changeSelf();
  }
}
