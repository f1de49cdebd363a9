package io.weft.router.forwarding;

import io.weft.gossip.PeerName;
import io.weft.gossip.Timed;
import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.Overlay;
import io.weft.gossip.overlay.OverlayConnection;
import io.weft.gossip.overlay.OverlayConnectionEvents;
import io.weft.gossip.overlay.OverlayException;
import io.weft.gossip.overlay.OverlayHost;
import io.weft.gossip.overlay.PathStatistics;
import io.weft.router.metrics.Counters;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * All overlays of this router, and for each mesh connection the one that carries frames (overlay.md
 * A). Conductor thread, but for {@link #addFeatures}.
 */
public final class OverlaySwitch implements OverlayHost, Timed {
  // By specification (overlay.md A.1, A.2, A.5).
  static final String FEATURE_KEY = "Overlays";
  static final int MAX_COMMON_OVERLAYS = 256;
  static final String LEGACY_OVERLAY = "sleeve";

  private final Map<String, Overlay> overlays = new LinkedHashMap<>();
  private final PathReasons reasons;
  private final Runnable onChange;
  private final Counters counters;
  private final Map<PeerName, SwitchedConnection> byPeer = new HashMap<>();
  private List<SwitchedConnection> connections = List.of();

  /**
   * A switch without connections.
   *
   * @param inPreferenceOrder our overlays, the best first
   * @param notOffered names of others and why we have them not, as words for status; those that are
   *     in neither were switched off
   * @param onChange called when {@link #forwarders} has a new answer
   */
  public OverlaySwitch(
      List<Overlay> inPreferenceOrder,
      Map<String, String> notOffered,
      Runnable onChange,
      Counters counters) {
    for (Overlay overlay : inPreferenceOrder) {
      overlays.put(overlay.name(), overlay);
    }
    reasons = new PathReasons(notOffered);
    this.onChange = onChange;
    this.counters = counters;
  }

  @Override
  public void addFeatures(Map<String, String> features) {
    features.put(FEATURE_KEY, String.join(" ", overlays.keySet()));
    for (Overlay overlay : overlays.values()) {
      overlay.addFeatures(features);
    }
  }

  /** Our overlays in preference order, and what each says of itself. */
  public Map<String, Map<String, Object>> diagnostics() {
    Map<String, Map<String, Object>> all = new LinkedHashMap<>();
    overlays.forEach((name, overlay) -> all.put(name, overlay.diagnostics()));
    return all;
  }

  @Override
  public OverlayConnection prepare(ForwarderParameters parameters, OverlayConnectionEvents events)
      throws OverlayException {
    String announced = parameters.features().overlays();
    boolean legacy = announced == null;
    List<Overlay> common = common(announced == null ? LEGACY_OVERLAY : announced);
    if (common.isEmpty()) {
      throw new OverlayException("no overlays in common with peer");
    }
    SwitchedConnection connection =
        new SwitchedConnection(this, parameters, events, legacy, counters);
    connection.prepare(common);
    List<SwitchedConnection> extended = new ArrayList<>(connections);
    extended.add(connection);
    connections = Collections.unmodifiableList(extended);
    return connection;
  }

  /** The overlays that both ends run, in our order: their position is their index (A.2). */
  private List<Overlay> common(String announced) {
    Set<String> theirs = new LinkedHashSet<>(Arrays.asList(announced.split(" ", -1)));
    return overlays.values().stream()
        .filter(overlay -> theirs.contains(overlay.name()))
        .limit(MAX_COMMON_OVERLAYS)
        .collect(Collectors.toUnmodifiableList());
  }

  /**
   * For each neighbour with a confirmed connection its overlays in the order in which frames are
   * offered to them (A.4).
   */
  public Map<PeerName, List<Forwarder>> forwarders() {
    Map<PeerName, List<Forwarder>> all = new HashMap<>();
    byPeer.forEach((peer, connection) -> all.put(peer, connection.order()));
    return all;
  }

  /** The overlay that carries frames to a neighbour, with its attributes. */
  public Optional<String> describe(PeerName neighbour) {
    SwitchedConnection connection = byPeer.get(neighbour);
    if (connection == null) {
      return Optional.empty();
    }
    StringBuilder text = new StringBuilder(connection.displayName());
    connection
        .attributes()
        .forEach((key, value) -> text.append(' ').append(key).append('=').append(value));
    return Optional.of(text.toString());
  }

  /** Whether an overlay of this name carries frames to a neighbour now. */
  public boolean carriedBy(PeerName neighbour, String overlay) {
    SwitchedConnection connection = byPeer.get(neighbour);
    return connection != null && connection.displayName().equals(overlay);
  }

  /** What an overlay gives way to has changed: chooses anew for every connection. */
  public void reconsider() {
    for (SwitchedConnection connection : connections) {
      connection.reconsider();
    }
  }

  /** For each neighbour with a confirmed connection what its overlays have counted. */
  public Map<PeerName, Map<String, PathStatistics>> statistics() {
    Map<PeerName, Map<String, PathStatistics>> all = new TreeMap<>();
    byPeer.forEach((peer, connection) -> all.put(peer, connection.statistics()));
    return all;
  }

  @Override
  public long nextDeadlineNanos() {
    long next = NEVER;
    for (SwitchedConnection connection : connections) {
      next = Math.min(next, connection.nextDeadlineNanos());
    }
    return next;
  }

  @Override
  public void onTime() {
    for (SwitchedConnection connection : connections) {
      connection.onTime();
    }
  }

  /** Why an overlay that not both ends offer is not there, as a word. */
  String whyMissing(String overlay) {
    return reasons.missing(overlay, overlays.containsKey(overlay));
  }

  void confirmed(SwitchedConnection connection) {
    byPeer.put(connection.remotePeer(), connection);
    onChange.run();
  }

  void orderChanged(SwitchedConnection connection) {
    if (byPeer.get(connection.remotePeer()) == connection) {
      onChange.run();
    }
  }

  void stopped(SwitchedConnection connection) {
    connections = connections.stream().filter(other -> other != connection).toList();
    if (byPeer.remove(connection.remotePeer(), connection)) {
      onChange.run();
    }
  }
}
