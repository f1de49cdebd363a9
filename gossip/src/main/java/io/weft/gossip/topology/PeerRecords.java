package io.weft.gossip.topology;

import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The records of all peers and what follows from keeping them: whose a short id is, how much memory
 * the connections take, and whether any peer may have become unreachable. Which record to believe
 * is the business of {@link Topology}.
 */
final class PeerRecords {
  private final PeerTable table = new PeerTable();
  private final ShortIds shortIds = new ShortIds();
  private final Peer self;
  private final TopologyEvents events;

  /** Weight of all connections in the table. */
  private long connectionWeight;

  private boolean selfDisplaced;

  /** Whether anything has happened since the last look that can leave a peer unreachable. */
  private boolean garbagePossible;

  PeerRecords(Peer self, TopologyEvents events) {
    this.self = self;
    this.events = events;
    table.add(self);
    shortIds.add(self.name(), self.shortId());
  }

  PeerTable table() {
    return table;
  }

  /** Whether one more peer may be kept that others tell of. */
  boolean hasRoom() {
    return table.size() < Topology.MAX_PEERS;
  }

  /** Adds a peer that is not there yet. */
  void insert(Peer peer) {
    table.add(peer);
    garbagePossible = true;
    noteChange(shortIds.add(peer.name(), peer.shortId()));
  }

  /** Adds a peer with all that a record says. */
  void insert(PeerRecord record) {
    Peer peer = new Peer(record.name());
    peer.setShortId(record.shortId());
    accept(new RecordUpdate(record, null), peer);
    insert(peer);
  }

  /**
   * Adds a placeholder for each remote that is not known.
   *
   * @return how many could not be added
   */
  int ensureRemotesPresent(ConnectionList connections) {
    int dropped = 0;
    int next = 0;
    for (int i = 0; i < connections.size(); i++) {
      long remote = connections.remoteValue(i);
      int found = table.find(next, remote);
      if (found < 0 && hasRoom()) {
        insert(new Peer(new PeerName(remote)));
        found = -found - 1;
      } else if (found < 0) {
        dropped++;
        next = -found - 1;
        continue;
      }
      next = found + 1;
    }
    return dropped;
  }

  /** Stores a newer record; of too many connections only the one to us, so that a way stays. */
  void accept(RecordUpdate update, Peer peer) {
    PeerRecord incoming = update.record();
    long without = connectionWeight - peer.connections().weight();
    boolean tooMany = without + incoming.connections().weight() > Topology.MAX_CONNECTIONS;
    ConnectionList connections =
        tooMany ? incoming.connections().only(self.name()) : incoming.connections();
    garbagePossible |= !connections.hasRemotesOf(peer.connections());
    peer.accept(incoming.with(connections), update.mentioned());
    connectionWeight = without + connections.weight();
    if (tooMany) {
      peer.markIncomplete();
      events.peersDropped(1);
    }
  }

  /** Sets the connections of our own record. */
  void replaceOwnConnections(ConnectionList connections) {
    garbagePossible |= !connections.hasRemotesOf(self.connections());
    connectionWeight += connections.weight() - self.connections().weight();
    self.replaceConnections(connections);
  }

  /** No handshake refers to a peer any more, perhaps. */
  void dropReference(Peer peer) {
    peer.dropReference();
    garbagePossible = true;
  }

  /** Removes every peer that nobody reaches from us and that no handshake refers to. */
  List<Peer> removeGarbage() {
    if (!garbagePossible) {
      return new ArrayList<>();
    }
    garbagePossible = false;
    List<Peer> gone = Reachability.garbage(table, self);
    table.removeAll(gone);
    for (Peer peer : gone) {
      connectionWeight -= peer.connections().weight();
      noteChange(shortIds.remove(peer.name(), peer.shortId()));
    }
    Integer ours = self.shortId();
    if (!gone.isEmpty() && ours != null && !self.name().equals(shortIds.principal(ours))) {
      selfDisplaced = true;
    }
    return gone;
  }

  /** Those of the named peers that {@link #removeGarbage} would remove now. */
  SortedSet<PeerName> unreached(Collection<PeerName> names) {
    SortedSet<PeerName> unreached = new TreeSet<>();
    if (!garbagePossible) {
      return unreached;
    }
    BitSet missing = new BitSet(table.size());
    for (PeerName name : names) {
      int index = table.find(name.value());
      if (index >= 0 && table.at(index) != self && !table.at(index).isReferenced()) {
        missing.set(index);
      }
    }
    Reachability.search(table, table.find(self.name().value()), missing);
    missing.stream().forEach(index -> unreached.add(table.at(index).name()));
    return unreached;
  }

  /** Changes the short id that a peer claims. */
  void setShortId(Peer peer, @Nullable Integer shortId) {
    if (!Objects.equals(peer.shortId(), shortId)) {
      noteChange(shortIds.remove(peer.name(), peer.shortId()));
      peer.setShortId(shortId);
      noteChange(shortIds.add(peer.name(), shortId));
    }
  }

  /** Takes the short id that frames on their way still name; before anybody knows us. */
  void preferShortId(int shortId) {
    shortIds.remove(self.name(), self.shortId());
    self.setShortId(shortId);
    shortIds.add(self.name(), shortId);
  }

  /** The peer that a short id belongs to; null for none. */
  @Nullable PeerName principal(int shortId) {
    return shortIds.principal(shortId);
  }

  /** A random short id that belongs to nobody; null when all are taken. */
  @Nullable Integer pickFreeShortId(RandomGenerator random) {
    return shortIds.pickFree(random);
  }

  /** Whether a peer with a lower name has taken our short id since this was last asked. */
  boolean takeSelfDisplaced() {
    boolean displaced = selfDisplaced;
    selfDisplaced = false;
    return displaced;
  }

  private void noteChange(ShortIds.Change change) {
    if (self.name().equals(change.displaced())) {
      selfDisplaced = true;
    }
    if (change.invalidate()) {
      events.shortIdsInvalidated();
    }
  }
}
