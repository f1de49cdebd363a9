package io.weft.ipam;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.UnreachablePeerException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Waits for an address out of a subnet (ipam.md 6.2). */
final class AllocateRequest extends Request {
  private static final Logger LOG = System.getLogger(AllocateRequest.class.getName());

  private final String ident;
  private final Cidr subnet;
  private final boolean isContainer;

  AllocateRequest(
      RequestDesk desk,
      String ident,
      Cidr subnet,
      boolean isContainer,
      Patience patience,
      Consumer<AllocationResult> reply) {
    super(desk, patience, reply);
    this.ident = ident;
    this.subnet = subnet;
    this.isContainer = isContainer;
  }

  @Override
  String ident() {
    return ident;
  }

  Cidr subnet() {
    return subnet;
  }

  @Override
  boolean attempt() {
    LocalState state = desk().state();
    if (!ident.equals(IpamProtocol.UNKNOWN_IDENT)) {
      List<Cidr> held = state.holdings().find(ident, subnet.range());
      if (!held.isEmpty()) {
        state.holdings().markAlive(ident);
        return succeed(held.getFirst());
      }
    }
    if (!subnet.range().overlaps(state.ring().universe())) {
      return fail(
          "range %s out of bounds: %s".formatted(subnet, state.ring().universe().toCidrText()));
    }
    desk().establishRing();
    Optional<Cidr> allocated = state.allocate(ident, subnet, isContainer);
    if (allocated.isPresent()) {
      state.holdings().markAlive(ident);
      return succeed(allocated.get());
    }
    askForSpace();
    return false;
  }

  /** Asks one donor, unless an earlier request for the same subnet has done so. */
  private void askForSpace() {
    if (!desk().mayAskFor(this)) {
      return;
    }
    for (PeerName donor : desk().donorsFor(subnet)) {
      try {
        desk().outbox().ask(donor, subnet.range());
        return;
      } catch (UnreachablePeerException e) {
        // Somebody else may have space, too.
        LOG.log(Level.DEBUG, "cannot ask {0} for space: {1}", donor, e.getMessage());
      }
    }
  }
}
