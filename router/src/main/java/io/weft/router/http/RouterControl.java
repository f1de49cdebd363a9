package io.weft.router.http;

import io.weft.gossip.Target;
import io.weft.gossip.netty.MeshTransportCounters;
import io.weft.router.host.AddressScan;
import io.weft.router.status.RouterStatus;
import io.weft.router.trace.TraceEnd;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** What the API asks of the router. Conductor thread. */
public interface RouterControl {
  /** The router at this moment. */
  RouterStatus status();

  /** Connects to more peers, or to these instead of the present ones. */
  void connect(List<Target> targets, boolean replace);

  /** Forgets peers by the text they were added with. */
  void forget(List<String> texts);

  /** Finds out which way a frame would take; the reply is called once, with lines for people. */
  void trace(TraceEnd source, TraceEnd destination, Consumer<List<String>> reply);

  /**
   * Finds out what hangs on the bridge.
   *
   * @param reply called once, on any thread; empty when this host could not be searched
   */
  void attachments(Consumer<Optional<List<AddressScan.Attachment>>> reply);

  /** What the mesh's TCP sockets have counted, if there are any. Callable on any thread. */
  default Optional<MeshTransportCounters> transportCounters() {
    return Optional.empty();
  }
}
