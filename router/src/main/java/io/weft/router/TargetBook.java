package io.weft.router;

import io.weft.gossip.EventTime;
import io.weft.gossip.Mesh;
import io.weft.gossip.Target;
import io.weft.gossip.Timed;
import io.weft.router.http.PeerResolver;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * The peers an operator wants connected: told to the mesh once their names are resolved, and kept
 * in the state file. A name that cannot be resolved at the start is tried again until it can be, or
 * is forgotten. Conductor thread.
 */
final class TargetBook implements Timed {
  private static final long RETRY_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final System.Logger LOGGER = System.getLogger(TargetBook.class.getName());

  private final EventTime time;
  private final Mesh mesh;
  private final StateKeeper keeper;
  private final PeerResolver resolver;
  private final Executor conductor;
  private final int port;
  private final TreeSet<String> texts = new TreeSet<>();
  private final TreeSet<String> unresolved = new TreeSet<>();
  private final TreeSet<String> ourselves = new TreeSet<>();
  private long retryNanos = NEVER;

  TargetBook(
      EventTime time,
      Mesh mesh,
      StateKeeper keeper,
      PeerResolver resolver,
      Executor conductor,
      int port) {
    this.time = time;
    this.mesh = mesh;
    this.keeper = keeper;
    this.resolver = resolver;
    this.conductor = conductor;
    this.port = port;
  }

  /** All targets as typed, in order of their text. */
  List<String> texts() {
    return List.copyOf(texts);
  }

  /** The targets of a router that starts, none of them resolved yet. */
  void start(Collection<String> peers) {
    texts.addAll(peers);
    unresolved.addAll(peers);
    store();
    resolveRest();
  }

  /** More targets, or these instead. */
  void connect(List<Target> targets, boolean replace) {
    if (replace) {
      texts.clear();
      unresolved.clear();
    }
    for (Target target : targets) {
      texts.add(target.text());
      unresolved.remove(target.text());
    }
    noteOurselves(targets);
    mesh.connect(targets, replace);
    store();
  }

  /** Fewer targets. */
  void forget(List<String> forgotten) {
    forgotten.forEach(texts::remove);
    forgotten.forEach(unresolved::remove);
    mesh.forget(forgotten);
    store();
  }

  /**
   * Targets that may be other peers and are not known to be pointless. A name that is not resolved
   * yet counts: what it will lead to is a peer that somebody wants.
   */
  int countOthers() {
    return mesh.activeTargetCount(ourselves) + unresolved.size();
  }

  /** A list that is the same on every host names each of them, too. */
  private void noteOurselves(List<Target> targets) {
    for (Target target : targets) {
      if (target.addresses().stream().anyMatch(this::isOurs)) {
        ourselves.add(target.text());
      }
    }
  }

  private boolean isOurs(InetSocketAddress address) {
    try {
      return address.getPort() == port
          && NetworkInterface.getByInetAddress(address.getAddress()) != null;
    } catch (SocketException e) {
      LOGGER.log(Level.DEBUG, "cannot tell whether {0} is ours: {1}", address, e.toString());
      return false;
    }
  }

  private void resolveRest() {
    if (!unresolved.isEmpty()) {
      resolver.resolve(
          List.copyOf(unresolved), resolution -> conductor.execute(() -> resolved(resolution)));
    }
  }

  private void resolved(PeerResolver.Resolution resolution) {
    List<Target> wanted =
        resolution.targets().stream().filter(target -> unresolved.remove(target.text())).toList();
    noteOurselves(wanted);
    mesh.connect(wanted, false);
    if (!unresolved.isEmpty()) {
      LOGGER.log(Level.WARNING, "cannot resolve {0}, trying again", String.join(", ", unresolved));
      retryNanos = time.nanos() + RETRY_INTERVAL_NANOS;
    }
  }

  private void store() {
    keeper.storeTargets(List.copyOf(texts));
  }

  @Override
  public long nextDeadlineNanos() {
    return retryNanos;
  }

  @Override
  public void onTime() {
    if (retryNanos != NEVER && retryNanos - time.nanos() <= 0) {
      retryNanos = NEVER;
      resolveRest();
    }
  }
}
