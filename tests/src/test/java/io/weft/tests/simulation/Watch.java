package io.weft.tests.simulation;

import io.weft.gossip.PeerName;
import io.weft.ipam.AddressRange;
import io.weft.ipam.Cidr;
import io.weft.ipam.Ring;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Looks at all hosts together every virtual second, whatever is broken at the moment. What is seen
 * with each step is the business of {@link Witness}, what is true after quiet that of {@link
 * Examination}.
 */
final class Watch {
  private record Part(AddressRange range, PeerName owner) {}

  /** The parts of one host in a ring. */
  private record Owned(Ring ring, List<Part> parts) {}

  private final Schedule schedule;
  private final Population population;
  private final Witness witness;
  private final Map<PeerName, Owned> owned = new HashMap<>();

  Watch(Schedule schedule, Population population, Witness witness) {
    this.schedule = schedule;
    this.population = population;
    this.witness = witness;
  }

  /** Looks from now on. */
  void begin() {
    schedule.after(Schedule.SECOND, this::look);
  }

  private void look() {
    begin();
    List<SimulatedHost> up = population.up();
    up.forEach(host -> host.checkDurablePromises("while it runs"));
    checkOwners(up);
  }

  /** What a host owns, worked out anew when its ring on disk is another one. */
  @SuppressWarnings("ReferenceEquality") // Rings do not change, and comparing takes as long.
  private List<Part> partsOf(SimulatedHost host) {
    Ring ring = host.ring();
    Owned before = owned.get(host.name());
    if (before == null || before.ring != ring) {
      List<Part> parts = new ArrayList<>();
      ring.rangesOf(host.name()).forEach(range -> parts.add(new Part(range, host.name())));
      before = new Owned(ring, parts);
      owned.put(host.name(), before);
    }
    return before.parts;
  }

  /** No two hosts may be ready to hand out the same addresses. */
  private void checkOwners(List<SimulatedHost> up) {
    List<Part> parts = new ArrayList<>();
    for (SimulatedHost host : up) {
      PeerName name = host.name();
      if (!witness.ledger().isRobbed(name) && host.router().allocator().whyWithheld().isEmpty()) {
        parts.addAll(partsOf(host));
      }
    }
    parts.sort(Comparator.comparingLong(part -> part.range.start()));
    for (int i = 1; i < parts.size(); i++) {
      Part before = parts.get(i - 1);
      Part part = parts.get(i);
      if (part.range.start() < before.range.end()) {
        witness
            .violations()
            .add(
                "%s and %s both hand out addresses from %s on"
                    .formatted(
                        before.owner, part.owner, new Cidr(part.range.start(), 32).addressText()));
      }
    }
  }
}
