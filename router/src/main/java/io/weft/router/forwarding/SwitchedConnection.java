package io.weft.router.forwarding;

import io.weft.gossip.PeerName;
import io.weft.gossip.Timed;
import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.overlay.ForwarderEvents;
import io.weft.gossip.overlay.ForwarderParameters;
import io.weft.gossip.overlay.Overlay;
import io.weft.gossip.overlay.OverlayConnection;
import io.weft.gossip.overlay.OverlayConnectionEvents;
import io.weft.gossip.overlay.OverlayException;
import io.weft.gossip.overlay.PathStatistics;
import io.weft.gossip.wire.MeshMessage;
import io.weft.router.metrics.Counter;
import io.weft.router.metrics.Counters;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The overlays of one mesh connection: all run side by side, one carries (overlay.md A.4). */
final class SwitchedConnection implements OverlayConnection {
  private static final System.Logger LOGGER = System.getLogger(SwitchedConnection.class.getName());

  private final OverlaySwitch owner;
  private final ForwarderParameters parameters;
  private final OverlayConnectionEvents events;
  private final boolean legacy;
  private final Counters counters;
  private final List<Slot> slots = new ArrayList<>();
  private List<Overlay> common = List.of();
  private List<Slot> preferred = List.of();
  private List<Forwarder> order = List.of();
  private boolean establishedReported;
  private boolean failureReported;
  private boolean stopped;

  SwitchedConnection(
      OverlaySwitch owner,
      ForwarderParameters parameters,
      OverlayConnectionEvents events,
      boolean legacy,
      Counters counters) {
    this.owner = owner;
    this.parameters = parameters;
    this.events = events;
    this.legacy = legacy;
    this.counters = counters;
  }

  /** Prepares every overlay; one that cannot serve keeps its index, dead. */
  void prepare(List<Overlay> offeredByBoth) throws OverlayException {
    common = offeredByBoth;
    for (Overlay overlay : common) {
      Slot slot = new Slot(slots.size());
      slots.add(slot);
      try {
        slot.forwarder = overlay.prepare(parameters, slot);
      } catch (OverlayException e) {
        counters.increment(Counter.OVERLAY_FAILURES);
        LOGGER.log(
            Level.INFO,
            "overlay {0} cannot serve {1}: {2}",
            overlay.name(),
            parameters.remotePeer(),
            e.getMessage());
        slot.failed = true;
        slot.failure = PathReasons.failed(overlay.name(), String.valueOf(e.getMessage()));
      }
    }
    preferred = preferred();
    order = chooseOrder();
    if (order.isEmpty()) {
      throw new OverlayException(noWorkingForwarders());
    }
  }

  /** The order of indexes, but whoever gives way to another comes behind it. */
  private List<Slot> preferred() {
    List<Slot> inOrder = new ArrayList<>(slots);
    for (Slot slot : slots) {
      Overlay overlay = common.get(slot.index);
      for (Slot other : slots) {
        String name = common.get(other.index).name();
        if (other.index > slot.index && overlay.givesWay(name, parameters.features())) {
          inOrder.remove(slot);
          inOrder.add(inOrder.indexOf(other) + 1, slot);
        }
      }
    }
    return inOrder;
  }

  /** What an overlay gives way to has changed. */
  void reconsider() {
    preferred = preferred();
    choose();
  }

  PeerName remotePeer() {
    return parameters.remotePeer();
  }

  /** The overlays that work, the one that carries frames first. */
  List<Forwarder> order() {
    return order;
  }

  @Override
  public void confirm() {
    for (Slot slot : slots) {
      Forwarder forwarder = slot.forwarder;
      if (!stopped && slot.working() && forwarder != null) {
        forwarder.confirm();
      }
    }
    if (!stopped) {
      owner.confirmed(this);
    }
  }

  @Override
  public void onControl(int index, int subTag, byte[] body) {
    if (legacy || index < 0 || index >= slots.size()) {
      counters.increment(Counter.OVERLAY_CONTROL_IGNORED);
      return;
    }
    slots.get(index).control(subTag, body);
  }

  @Override
  public void onLegacyControl(int tag, byte[] body) {
    if (!legacy) {
      counters.increment(Counter.OVERLAY_CONTROL_IGNORED);
      return;
    }
    slots.getFirst().control(tag, body);
  }

  @Override
  public void stop() {
    if (stopped) {
      return;
    }
    stopped = true;
    order = List.of();
    owner.stopped(this);
    for (Slot slot : slots) {
      Forwarder forwarder = slot.forwarder;
      if (forwarder != null) {
        forwarder.stop();
      }
    }
  }

  @Override
  public String displayName() {
    return order.isEmpty() ? "none" : order.getFirst().displayName();
  }

  @Override
  public SortedMap<String, Object> attributes() {
    SortedMap<String, Object> attributes = new TreeMap<>();
    if (!order.isEmpty()) {
      attributes.putAll(order.getFirst().attributes());
      List<String> reasons = whyNotBetter(order.getFirst());
      if (!reasons.isEmpty()) {
        attributes.put("reason", String.join(",", reasons));
      }
    }
    return Collections.unmodifiableSortedMap(attributes);
  }

  /** What keeps each path that is better than the one that carries from carrying; words. */
  private List<String> whyNotBetter(Forwarder carrying) {
    List<String> reasons = new ArrayList<>();
    Slot present =
        slots.stream().filter(slot -> carrying.equals(slot.forwarder)).findFirst().orElseThrow();
    int rank = PathReasons.BEST_FIRST.indexOf(present.name());
    for (String name : PathReasons.BEST_FIRST) {
      Slot slot = slots.stream().filter(one -> one.name().equals(name)).findFirst().orElse(null);
      boolean better = PathReasons.BEST_FIRST.indexOf(name) < rank;
      if (slot == null && better && PathReasons.mayHave(name, parameters.features())) {
        reasons.add(owner.whyMissing(name));
      } else if (slot != null && preferred.indexOf(slot) < preferred.indexOf(present)) {
        reasons.add(slot.whyNotCarrying());
      } else if (slot != null && better) {
        reasons.add(slot.failed ? slot.failure : PathReasons.gaveWay(name));
      }
    }
    return reasons;
  }

  /** What each of our overlays has counted, those that count by neighbour. */
  Map<String, PathStatistics> statistics() {
    Map<String, PathStatistics> all = new TreeMap<>();
    for (Slot slot : slots) {
      Forwarder forwarder = slot.forwarder;
      PathStatistics counted = forwarder == null ? null : forwarder.statistics();
      if (forwarder != null && counted != null) {
        all.put(forwarder.displayName(), counted);
      }
    }
    return all;
  }

  long nextDeadlineNanos() {
    long next = Timed.NEVER;
    for (Slot slot : slots) {
      Forwarder forwarder = slot.forwarder;
      if (slot.working() && forwarder != null) {
        next = Math.min(next, forwarder.nextDeadlineNanos());
      }
    }
    return next;
  }

  void onTime() {
    for (Slot slot : slots) {
      Forwarder forwarder = slot.forwarder;
      if (!stopped && slot.working() && forwarder != null) {
        forwarder.onTime();
      }
    }
  }

  /** Who carries, then who else may be tried: in order of preference, established or not. */
  private List<Forwarder> chooseOrder() {
    Slot best = null;
    for (Slot slot : preferred) {
      boolean usable = slot.working() && !slot.onHold;
      if (usable && (best == null || (slot.established && !best.established))) {
        best = slot;
      }
    }
    List<Forwarder> chosen = new ArrayList<>();
    if (best == null) {
      return chosen;
    }
    chosen.add(best.requireForwarder());
    for (Slot slot : preferred.subList(preferred.indexOf(best) + 1, preferred.size())) {
      if (slot.working()) {
        chosen.add(slot.requireForwarder());
      }
    }
    return Collections.unmodifiableList(chosen);
  }

  private void choose() {
    if (stopped || failureReported) {
      return;
    }
    List<Forwarder> chosen = chooseOrder();
    if (!chosen.equals(order)) {
      order = chosen;
      owner.orderChanged(this);
    }
    if (chosen.isEmpty()) {
      failureReported = true;
      events.failed(noWorkingForwarders());
    }
  }

  private String noWorkingForwarders() {
    return "no working forwarders to %s(%s)"
        .formatted(parameters.remotePeer(), parameters.features().nickName());
  }

  /** One overlay's place in the common list, and what it has reported of itself. */
  private final class Slot implements ForwarderEvents {
    final int index;
    @Nullable Forwarder forwarder;
    boolean established;
    boolean onHold;
    boolean failed;
    String failure = "";

    Slot(int index) {
      this.index = index;
    }

    String name() {
      return common.get(index).name();
    }

    /** Asked while another one carries, though this one is preferred to it. */
    String whyNotCarrying() {
      Forwarder present = forwarder;
      if (failed || present == null) {
        return failure;
      }
      String complaint = present.complaint();
      return complaint.isEmpty() ? PathReasons.unproven(name()) : complaint;
    }

    boolean working() {
      return !failed && forwarder != null;
    }

    Forwarder requireForwarder() {
      Forwarder present = forwarder;
      if (present == null) {
        throw new IllegalStateException("a slot that works has a forwarder");
      }
      return present;
    }

    void control(int subTag, byte[] body) {
      Forwarder present = forwarder;
      if (stopped || failed || present == null) {
        counters.increment(Counter.OVERLAY_CONTROL_IGNORED);
      } else {
        present.onControl(subTag, body);
      }
    }

    @Override
    public void established() {
      if (stopped || failed) {
        return;
      }
      established = true;
      choose();
      if (!establishedReported && !stopped) {
        establishedReported = true;
        events.established();
      }
    }

    @Override
    public void healthy(boolean healthy) {
      if (!healthy && !onHold) {
        counters.increment(Counter.OVERLAY_HOLDS);
      }
      onHold = !healthy;
      choose();
    }

    @Override
    public void failed(String reason) {
      if (stopped || failed) {
        return;
      }
      failed = true;
      failure = PathReasons.failed(name(), reason);
      counters.increment(Counter.OVERLAY_FAILURES);
      LOGGER.log(Level.INFO, "an overlay toward {0} failed: {1}", parameters.remotePeer(), reason);
      choose();
    }

    @Override
    public void sendControl(int subTag, byte[] body) {
      if (stopped) {
        return;
      }
      events.send(
          legacy
              ? new MeshMessage.LegacyOverlayControl(subTag, body)
              : new MeshMessage.OverlayControl(index, subTag, body));
    }
  }
}
