package io.weft.gossip;

import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.OverlayConnection;
import io.weft.gossip.overlay.OverlayConnectionEvents;
import io.weft.gossip.overlay.OverlayException;
import io.weft.gossip.overlay.OverlayHost;
import io.weft.gossip.topology.RegistrationException;
import io.weft.gossip.topology.Topology;
import io.weft.gossip.wire.AddressText;
import io.weft.gossip.wire.Extensions;
import io.weft.gossip.wire.Handshaken;
import io.weft.gossip.wire.MeshMessage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The life of our connections from the end of their handshake (mesh.md 1.2, REGISTER onwards). */
final class Connections {
  private static final System.Logger LOG = System.getLogger(Connections.class.getName());

  private final MeshConfig config;
  private final MeshTransport transport;
  private final OverlayHost overlays;
  private final TopologyUpkeep upkeep;
  private final Topology topology;
  private final Gossip gossip;
  private final ConnectionMaker maker;
  private final LinkTable links;
  private final Counters counters;

  private final Heartbeats heartbeats;

  Connections(
      MeshConfig config,
      EventTime time,
      MeshTransport transport,
      OverlayHost overlays,
      TopologyUpkeep upkeep,
      Gossip gossip,
      ConnectionMaker maker,
      LinkTable links,
      Counters counters) {
    this.config = config;
    this.transport = transport;
    this.overlays = overlays;
    this.upkeep = upkeep;
    this.topology = upkeep.topology();
    this.gossip = gossip;
    this.maker = maker;
    this.links = links;
    this.counters = counters;
    heartbeats = new Heartbeats(time, config.extensions());
  }

  /** REGISTER, PREPARE, ADD and READY of mesh.md 1.2. */
  void onHandshaken(long number, Handshaken handshaken) {
    PeerName peer = handshaken.features().name();
    boolean restarted;
    try {
      restarted =
          topology.register(
              handshaken.features(),
              !handshaken.outbound() || maker.mayIntroduce(number),
              AddressText.of(handshaken.remote()));
    } catch (RegistrationException e) {
      refuse(number, reason(e), e.isPermanent());
      return;
    }
    maker.identified(number, peer, handshaken.features().uid());
    boolean encrypted = handshaken.sessionKey() != null && !isMutuallyTrusted(handshaken);
    SendQueue queue =
        new SendQueue(
            number, config.name(), isExtended(handshaken), transport, gossip.relayRoom(), counters);
    MeshLink link = new MeshLink(number, handshaken, encrypted, queue);
    try {
      link.setOverlay(overlays.prepare(parameters(link), new Events(link)));
    } catch (OverlayException e) {
      reject(link, reason(e));
      return;
    }
    if (link.state() == MeshLink.State.CLOSED) {
      // An overlay gave up while it was being made.
      stopOverlay(link);
      return;
    }
    boolean reachable = upkeep.routes().unicast(peer) != null;
    boolean duplicate = links.toPeer(peer) != null;
    String refusal = makeRoom(link);
    if (refusal != null) {
      reject(link, refusal);
      return;
    }
    add(link);
    if (duplicate) {
      upkeep.collectGarbage();
    } else {
      upkeep.postponeGarbage();
    }
    if (restarted || !reachable) {
      gossip.sendFullStates(link);
    }
    makeReady(link);
  }

  private ForwarderParameters parameters(MeshLink link) {
    Handshaken handshaken = link.handshaken();
    return new ForwarderParameters(
        config.name(),
        link.peer(),
        handshaken.connectionUid(),
        link.encrypted() ? handshaken.sessionKey() : null,
        handshaken.outbound(),
        handshaken.local(),
        handshaken.remote(),
        handshaken.features());
  }

  private boolean isExtended(Handshaken handshaken) {
    String announced = handshaken.features().all().get(Extensions.KEY);
    return config.extensions()
        && handshaken.protocolVersion() > 1
        && Extensions.names(announced, Extensions.DELTA);
  }

  private boolean isMutuallyTrusted(Handshaken handshaken) {
    return handshaken.features().trusted()
        && LocalFeatures.isTrusted(config.trustedSubnets(), handshaken.remote());
  }

  /**
   * Settles with an older connection to the same peer (mesh.md 6.7) and checks the limit (6.6).
   *
   * @return why the new connection cannot be added, or null
   */
  private @Nullable String makeRoom(MeshLink link) {
    MeshLink old = links.toPeer(link.peer());
    if (old == null) {
      int limit = config.connectionLimit();
      return limit != 0 && links.size() >= limit
          ? "Connection limit reached (" + limit + ")"
          : null;
    }
    if (old.handshaken().features().uid() != link.handshaken().features().uid()) {
      // The peer has been restarted: what is left of its earlier life cannot be the better one.
      end(old, "peer restarted", true);
      return null;
    }
    String reason =
        "Multiple connections to %s(%s) added to %s(%s)"
            .formatted(
                link.peer(),
                Printable.text(link.handshaken().features().nickName()),
                config.name(),
                config.nickName());
    int order =
        Long.compareUnsigned(link.handshaken().connectionUid(), old.handshaken().connectionUid());
    if (order <= 0) {
      end(old, reason, true);
    }
    return order < 0 ? null : reason;
  }

  private void add(MeshLink link) {
    link.setState(MeshLink.State.ADDED);
    links.add(link);
    topology.addConnection(link.peer(), link.address(), link.handshaken().outbound());
    if (link.isEstablished()) {
      topology.establishConnection(link.peer());
    }
    upkeep.connectionAdded(link.peer());
    maker.connected(link.number());
  }

  private void makeReady(MeshLink link) {
    heartbeats.add(link);
    OverlayConnection overlay = link.overlay();
    if (overlay != null) {
      overlay.confirm();
    }
    if (link.state() == MeshLink.State.ADDED) {
      transport.startReading(link.number());
      LOG.log(
          System.Logger.Level.INFO,
          "connection to {0}({1}) at {2} added",
          link.peer(),
          Printable.text(link.handshaken().features().nickName()),
          link.address());
    }
  }

  /** Overlay control; everything else is gossip and not for here. */
  void onControl(MeshLink link, MeshMessage message) {
    OverlayConnection overlay = link.overlay();
    if (overlay == null) {
      return;
    }
    switch (message) {
      case MeshMessage.OverlayControl m -> overlay.onControl(m.index(), m.subTag(), m.body());
      case MeshMessage.LegacyOverlayControl m -> overlay.onLegacyControl(m.tag(), m.body());
      default -> counters.increment(MeshMetric.UNKNOWN_TAGS);
    }
  }

  /** The shell reports the end of a link. */
  void onClosed(long number, String reason) {
    MeshLink link = links.numbered(number);
    if (link != null) {
      end(link, reason, false);
      upkeep.collectGarbage();
    } else if (maker.ended(number, reason, false)) {
      counters.increment(MeshMetric.DIALS_FAILED);
    }
  }

  /** Ends a connection for a reason of ours. */
  void terminate(MeshLink link, String reason) {
    if (link.state() == MeshLink.State.ADDED) {
      end(link, reason, true);
      upkeep.collectGarbage();
    } else if (link.state() == MeshLink.State.PREPARING) {
      reject(link, reason);
    }
  }

  /** Ends every connection without telling anybody. */
  void stop(String reason) {
    for (MeshLink link : List.copyOf(links.all())) {
      end(link, reason, true);
    }
  }

  /** Takes a connection out of everything; garbage is collected by the caller, once. */
  private void end(MeshLink link, String reason, boolean close) {
    link.setState(MeshLink.State.CLOSED);
    links.remove(link);
    link.queue().clear();
    heartbeats.remove(link);
    stopOverlay(link);
    if (close) {
      transport.close(link.number(), reason);
    }
    topology.release(link.peer());
    topology.removeConnection(link.peer());
    upkeep.requestRoutes();
    maker.ended(link.number(), reason, false);
    counters.increment(MeshMetric.CONNECTIONS_TERMINATED);
    LOG.log(
        System.Logger.Level.INFO,
        "connection to {0}({1}) at {2} ended: {3}",
        link.peer(),
        Printable.text(link.handshaken().features().nickName()),
        link.address(),
        reason);
  }

  /** Ends a connection that was registered but is not added. */
  private void reject(MeshLink link, String reason) {
    link.setState(MeshLink.State.CLOSED);
    link.queue().clear();
    stopOverlay(link);
    topology.release(link.peer());
    refuse(link.number(), reason, false);
    // Or strangers that are turned away one after the other would all be remembered.
    upkeep.collectGarbage();
  }

  private void refuse(long number, String reason, boolean permanent) {
    counters.increment(MeshMetric.CONNECTIONS_REFUSED);
    LOG.log(System.Logger.Level.INFO, "connection refused: {0}", reason);
    maker.ended(number, reason, permanent);
    transport.close(number, reason);
  }

  private static void stopOverlay(MeshLink link) {
    OverlayConnection overlay = link.overlay();
    if (overlay != null) {
      overlay.stop();
    }
  }

  long nextDeadlineNanos() {
    return heartbeats.nextDeadlineNanos();
  }

  void onTime() {
    heartbeats.onTime();
  }

  private static String reason(Exception failure) {
    String message = failure.getMessage();
    return message == null ? failure.toString() : message;
  }

  /** What the overlays of one connection report; nothing counts once it has ended. */
  private final class Events implements OverlayConnectionEvents {
    private final MeshLink link;

    Events(MeshLink link) {
      this.link = link;
    }

    @Override
    public void established() {
      if (link.state() == MeshLink.State.CLOSED || link.isEstablished()) {
        return;
      }
      link.setEstablished();
      if (link.state() == MeshLink.State.ADDED) {
        topology.establishConnection(link.peer());
        upkeep.requestRoutes();
      }
    }

    @Override
    public void failed(String reason) {
      terminate(link, reason);
    }

    @Override
    public void send(MeshMessage control) {
      if (link.state() != MeshLink.State.CLOSED) {
        link.queue().control(control);
      }
    }
  }
}
