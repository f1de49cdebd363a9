package io.weft.sleeve;

import io.weft.gossip.EventTime;
import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.overlay.ForwarderEvents;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.FrameSink;
import io.weft.gossip.overlay.Overlay;
import io.weft.gossip.overlay.OverlayException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executor;

/**
 * The user-space overlay (overlay.md B): frames travel in UDP datagrams on the mesh port, sealed
 * when the connection has a session key.
 *
 * <p>{@link #start} opens the socket that all connections share and starts the one thread that owns
 * {@link io.weft.gossip.overlay.Lanes#RECEIVE}. Everything else but {@link #counters} runs on the
 * conductor thread.
 */
public final class SleeveOverlay implements Overlay, AutoCloseable {
  private final SleeveCounters counters = new SleeveCounters();

  /**
   * An overlay that is not open yet.
   *
   * @param bindAddress IPv4 address and port of the mesh; the UDP port is the TCP port (overlay.md
   *     B.1)
   * @param time the conductor's event time
   * @param conductor runs tasks on the conductor thread, in order, with the event time set; it is
   *     bounded and throws {@link java.util.concurrent.RejectedExecutionException} when full
   */
  public SleeveOverlay(InetSocketAddress bindAddress, EventTime time, Executor conductor) {}

  /**
   * Binds the shared socket and starts receiving.
   *
   * @param sink takes the frames that arrive; a message for a container (overlay.md B.11) is given
   *     to it from inside {@link Forwarder#forward}, on the caller's lane
   * @throws IOException when the address cannot be bound
   */
  public void start(FrameSink sink) throws IOException {}

  /** Totals over all connections; readable on any thread. */
  public SleeveCounters counters() {
    return counters;
  }

  @Override
  public String name() {
    return "sleeve";
  }

  @Override
  public Forwarder prepare(ForwarderParameters parameters, ForwarderEvents events)
      throws OverlayException {
    throw new OverlayException("sleeve cannot serve " + parameters.remote());
  }

  /** Stops the receive thread and closes every socket; forwarders drop what they are given. */
  @Override
  public void close() {}
}
