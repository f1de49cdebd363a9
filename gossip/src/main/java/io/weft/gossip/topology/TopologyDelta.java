package io.weft.gossip.topology;

import io.weft.gossip.PeerName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A topology by digest and difference (docs/protocol.md): which records two routers have, and what
 * the one lacks that the other has. What is learnt is merged by the same rules as a payload.
 */
public final class TopologyDelta {
  private final Topology topology;

  /**
   * What a summary means to us.
   *
   * @param wanted what we have of the peers of which the other end has newer records
   * @param newerHere peers of which we have newer records, in order of name
   */
  public record Comparison(List<PeerVersion> wanted, List<PeerName> newerHere) {}

  /**
   * What a delta has brought.
   *
   * @param wanted what we have of the peers whose changes do not fit it
   */
  public record Outcome(MergeResult merged, List<PeerVersion> wanted) {}

  /** The differences of a topology. */
  public TopologyDelta(Topology topology) {
    this.topology = topology;
  }

  /** A hash over the records of all peers, in whatever order they came. */
  public long digest() {
    long sum = 0;
    for (Peer peer : topology.peers()) {
      if (!peer.isPlaceholder()) {
        Integer shortId = peer.shortId();
        long hash = mix(peer.name().value());
        hash = mix(hash + peer.uid());
        hash = mix(hash + peer.version());
        sum += mix(hash + (shortId == null ? 0 : shortId + 1));
      }
    }
    return sum;
  }

  /** The finalizer of SplitMix64: every bit of the input matters to every bit of the result. */
  private static long mix(long value) {
    long z = value + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /** A summary of everything that we could pass on. */
  public byte[] completeSummary() {
    return summary(true, topology.names());
  }

  /** A summary of those of the named peers that are known. */
  public byte[] summary(Collection<PeerName> names) {
    return summary(false, names);
  }

  private byte[] summary(boolean complete, Collection<PeerName> names) {
    List<PeerVersion> versions = new ArrayList<>(names.size());
    boolean all = true;
    for (PeerName name : names) {
      Peer peer = topology.peer(name);
      if (peer != null && isShareable(peer)) {
        // Neighbours of ours are kept above the bound, but nobody reads more than that.
        all = versions.size() < Topology.MAX_PEERS;
        if (!all) {
          break;
        }
        versions.add(PeerVersion.of(peer));
      }
    }
    return DeltaCodec.encode(new DeltaMessage.Summary(complete && all, versions));
  }

  /** Compares a neighbour's records with ours, and hears what it says about ourselves. */
  public Comparison compare(DeltaMessage.Summary summary) {
    PeerTable table = topology.table();
    List<PeerVersion> wanted = new ArrayList<>();
    BitSet newerHere = new BitSet(table.size());
    BitSet listed = new BitSet(table.size());
    Set<PeerName> strangers = new HashSet<>();
    int room = Topology.MAX_PEERS - table.size();
    for (PeerVersion theirs : summary.peers()) {
      int index = table.find(theirs.name().value());
      if (index < 0) {
        if (theirs.uid() != 0 && strangers.add(theirs.name()) && room-- > 0) {
          wanted.add(PeerVersion.nothing(theirs.name()));
        }
        continue;
      }
      boolean isFirst = !listed.get(index);
      listed.set(index);
      if (isFirst && theirs.uid() != 0) {
        compare(theirs, index, wanted, newerHere);
      }
    }
    if (summary.isComplete()) {
      for (int i = listed.nextClearBit(0); i < table.size(); i = listed.nextClearBit(i + 1)) {
        newerHere.set(i);
      }
    }
    List<PeerName> names = new ArrayList<>();
    newerHere.stream()
        .mapToObj(table::at)
        .filter(TopologyDelta::isShareable)
        .forEach(peer -> names.add(peer.name()));
    return new Comparison(wanted, names);
  }

  private void compare(PeerVersion theirs, int index, List<PeerVersion> wanted, BitSet newerHere) {
    Peer ours = topology.table().at(index);
    boolean self = ours == topology.self();
    if (self) {
      topology.hearOfOurselves(theirs);
    }
    PeerVersion known = PeerVersion.of(ours);
    if (known.isNewerThan(theirs)) {
      newerHere.set(index);
    } else if (!self && theirs.isNewerThan(known)) {
      wanted.add(base(ours));
    }
  }

  /** Those of the records asked about that we know something of. */
  public List<PeerVersion> known(Collection<PeerVersion> asked) {
    return asked.stream().filter(version -> topology.peer(version.name()) != null).toList();
  }

  /** Messages with what a neighbour lacks that has these records, each made when asked for. */
  public Iterator<byte[]> changes(Collection<PeerVersion> asked) {
    return new ChangeSequence(asked.iterator(), this::change);
  }

  private @Nullable PeerChange change(PeerVersion theirs) {
    Peer ours = topology.peer(theirs.name());
    return ours != null && isShareable(ours) && PeerVersion.of(ours).isNewerThan(theirs)
        ? change(ours, theirs)
        : null;
  }

  private static PeerChange change(Peer ours, PeerVersion theirs) {
    ConnectionList connections = ours.connections();
    long[] names = theirs.uid() == ours.uid() ? ours.changesSince(theirs.version()) : null;
    if (names == null || names.length > connections.size()) {
      return PeerChange.whole(record(ours, connections));
    }
    ConnectionList.Builder altered = new ConnectionList.Builder();
    long[] removed = new long[names.length];
    int removals = 0;
    for (long name : names) {
      int index = connections.find(name);
      if (index < 0) {
        removed[removals++] = name;
      } else {
        altered.addFrom(connections, index);
      }
    }
    return PeerChange.since(
        theirs.version(), record(ours, altered.build()), Arrays.copyOf(removed, removals));
  }

  private static PeerRecord record(Peer peer, ConnectionList connections) {
    return new PeerRecord(
        peer.name(), peer.nickName(), peer.uid(), peer.version(), peer.shortId(), connections);
  }

  /** Merges changes, the first of each peer, by the rules of a payload (mesh.md 6.3). */
  public Outcome apply(DeltaMessage.Delta delta) {
    List<RecordUpdate> updates = new ArrayList<>();
    List<PeerVersion> wanted = new ArrayList<>();
    Set<PeerName> seen = new HashSet<>();
    long weight = 0;
    for (PeerChange change : delta.changes()) {
      PeerRecord incoming = change.record();
      if (!seen.add(incoming.name())) {
        continue;
      }
      Peer stored = topology.peer(incoming.name());
      if (change.isWhole() || stored == topology.self()) {
        updates.add(new RecordUpdate(incoming, null));
      } else if (stored == null) {
        wanted.add(PeerVersion.nothing(incoming.name()));
      } else if (PeerVersion.isNewer(incoming, stored)) {
        long sum = weight + stored.connections().weight() + incoming.connections().weight();
        if (!fits(stored, change) || sum > Topology.MAX_CONNECTIONS) {
          wanted.add(base(stored));
        } else if (isTooLarge(stored, change)) {
          // The same difference would come for ever.
          wanted.add(PeerVersion.nothing(stored.name()));
        } else {
          weight = sum;
          ConnectionList connections =
              stored.connections().patched(incoming.connections(), change.removed());
          updates.add(new RecordUpdate(incoming.with(connections), mentioned(change)));
        }
      }
    }
    return new Outcome(topology.merge(updates), wanted);
  }

  /** Whether a change is one of the stored record. */
  private static boolean fits(Peer stored, PeerChange change) {
    return stored.uid() == change.record().uid()
        && stored.isComplete()
        && Long.compareUnsigned(stored.version(), change.baseVersion()) >= 0;
  }

  private static boolean isTooLarge(Peer stored, PeerChange change) {
    int altered = change.record().connections().size();
    return stored.connections().size() + altered > ConnectionList.MAX_SIZE;
  }

  private static long[] mentioned(PeerChange change) {
    ConnectionList altered = change.record().connections();
    long[] removed = change.removed();
    long[] names = Arrays.copyOf(removed, removed.length + altered.size());
    for (int i = 0; i < altered.size(); i++) {
      names[removed.length + i] = altered.remoteValue(i);
    }
    return names;
  }

  /** What changes can be applied to; nothing if only a whole record helps. */
  private static PeerVersion base(Peer peer) {
    return peer.isComplete() ? PeerVersion.of(peer) : PeerVersion.nothing(peer.name());
  }

  private static boolean isShareable(@Nullable Peer peer) {
    return peer != null && !peer.isPlaceholder() && peer.isComplete();
  }
}
