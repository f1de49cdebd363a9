package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** From no ring to the first one (ipam.md 4). Conductor thread only. */
final class Bootstrap {
  private static final Logger LOG = System.getLogger(Bootstrap.class.getName());

  private final IpamConfig config;
  private final MeshView mesh;
  private final LocalState state;
  private final Outbox outbox;
  private final Consumer<Ring> onCreated;
  private @Nullable Paxos paxos;
  private boolean isAwaiting;

  /**
   * Begins idle.
   *
   * @param onCreated adopts a ring that was agreed
   */
  Bootstrap(
      IpamConfig config, MeshView mesh, LocalState state, Outbox outbox, Consumer<Ring> onCreated) {
    this.config = config;
    this.mesh = mesh;
    this.state = state;
    this.outbox = outbox;
    this.onCreated = onCreated;
    NodeId self = new NodeId(config.self(), config.uid());
    boolean isObserver = config.mode() instanceof BootstrapMode.Observer;
    this.paxos = isObserver ? Paxos.observer(self) : Paxos.elector(self);
  }

  /** Goes on with the votes given before a restart. */
  void resume(PaxosMemory memory) {
    if (!(config.mode() instanceof BootstrapMode.Observer)) {
      paxos = Paxos.resumed(config.self(), memory);
    }
  }

  /** Creates the ring at once when the option says so. */
  void seed() {
    if (config.mode() instanceof BootstrapMode.Seed(List<PeerName> peers) && !peers.isEmpty()) {
      createRing(peers);
    }
  }

  /** Starts to agree on a ring, unless there is one or that has begun. */
  void establishRing() {
    Paxos agreement = paxos;
    if (agreement == null || isAwaiting || !state.ring().isEmpty()) {
      return;
    }
    isAwaiting = true;
    agreement.setQuorum(quorum());
    propose(agreement);
  }

  /**
   * A true majority (features.md 9, 17): of the peers that are expected or, when more of them are
   * configured, of these and ourselves.
   */
  private int quorum() {
    int clusterSize = mesh.activeTargets() + 1;
    if (config.mode() instanceof BootstrapMode.Consensus(int expected)) {
      clusterSize = Math.max(clusterSize, expected);
    }
    return clusterSize / 2 + 1;
  }

  /** Proposes again while waiting. */
  void onTick() {
    Paxos agreement = paxos;
    if (agreement != null && isAwaiting) {
      propose(agreement);
    }
  }

  private void propose(Paxos agreement) {
    agreement.propose();
    // An observer's broadcast asks the electors to agree on its behalf.
    outbox.broadcast();
    if (agreement.isElector()) {
      state.markChanged();
    }
    createIfDecided(agreement);
  }

  /** Takes in what a peer without a ring knows of the agreement. */
  void onPaxos(Map<NodeId, NodeClaims> received) {
    Paxos agreement = paxos;
    if (agreement == null || !agreement.update(received)) {
      return;
    }
    state.markChanged();
    if (agreement.think()) {
      outbox.broadcast();
    }
    createIfDecided(agreement);
  }

  /** An observer has asked for a ring. */
  void onRingWanted() {
    Paxos agreement = paxos;
    if (agreement != null && agreement.isElector()) {
      establishRing();
    }
  }

  private void createIfDecided(Paxos agreement) {
    Optional<List<PeerName>> creators = agreement.consensus();
    creators.ifPresent(this::createRing);
  }

  private void createRing(Collection<PeerName> creators) {
    Ring ring = Ring.seeded(state.ring().universe(), config.self(), creators);
    LOG.log(Level.INFO, "IP allocation ring created for {0}", ring.seeds());
    onCreated.accept(ring);
    outbox.broadcast();
  }

  /** A ring is there, of whoever's making. */
  void leave() {
    paxos = null;
    isAwaiting = false;
  }

  boolean isAwaiting() {
    return isAwaiting;
  }

  /** What to gossip while there is no ring; null for an observer. */
  @Nullable Map<NodeId, NodeClaims> gossip() {
    Paxos agreement = paxos;
    return agreement == null ? null : agreement.state();
  }

  /** What to store while there is no ring. */
  Optional<PaxosMemory> memory() {
    Paxos agreement = paxos;
    return agreement == null ? Optional.empty() : agreement.memory();
  }

  /** The agreement as operators see it; null unless we wait for it. */
  IpamStatus.@Nullable Bootstrap status() {
    Paxos agreement = paxos;
    if (agreement == null || !isAwaiting) {
      return null;
    }
    return agreement.isElector()
        ? new IpamStatus.Bootstrap(true, agreement.knownNodes(), agreement.quorum())
        : new IpamStatus.Bootstrap(false, 0, 0);
  }
}
