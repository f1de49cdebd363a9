package io.weft.router.trace;

import io.weft.gossip.PeerName;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a router knows of its own host and of the mesh. Conductor thread. */
public interface TraceView {
  /** Our name. */
  PeerName self();

  /** All peers that can be reached, ourselves included. */
  Set<PeerName> peers();

  /** A peer's name with its nickname. */
  String describe(PeerName peer);

  /**
   * Looks for an end on this host.
   *
   * @param reply told on the conductor thread, exactly once
   */
  void locate(TraceEnd end, Consumer<Optional<Located>> reply);

  /**
   * What becomes of a frame here.
   *
   * @param source where it was captured
   * @param mac its destination
   * @param last the peer it is for; null where it was captured
   * @param before the router that sends it here; null where it was captured
   */
  Hop look(PeerName source, long mac, @Nullable PeerName last, @Nullable PeerName before);
}
