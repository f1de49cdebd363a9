package io.weft.ipam;

import io.weft.gossip.channel.GossipException;
import java.util.HashSet;
import java.util.Set;

/**
 * What peers send about allocation, to a router with a ring and to one that still wants a first
 * one: refused or taken in, and either way the ring stays whole, what is in use stays listed and no
 * address is given out twice.
 */
public final class PeerMessageFuzzTarget {
  private static final int ALLOCATIONS = 3;

  private PeerMessageFuzzTarget() {}

  /** See {@link io.weft.gossip.fuzzing.FuzzInputs}. */
  public static void fuzzerTestOneInput(byte[] input) {
    SingleNode ringed = SingleNode.shared();
    Cidr held = ringed.allocate("held").cidr();
    receive(ringed.allocator, input);
    ringed.pass(6);
    check(ringed);
    if (!ringed.allocator.list().containsKey("held")) {
      throw new AssertionError(held + " is in use and no longer listed");
    }
    Set<Long> given = new HashSet<>();
    given.add(held.address());
    for (int i = 0; i < ALLOCATIONS; i++) {
      Answer answer = ringed.allocate("container" + i);
      if (!answer.isPending() && !given.add(answer.cidr().address())) {
        throw new AssertionError(answer.cidr() + " is given out twice");
      }
    }

    SingleNode ringless = SingleNode.started(new BootstrapMode.Consensus(3), null);
    ringless.allocator.prime(() -> {});
    receive(ringless.allocator, input);
    ringless.pass(6);
    check(ringless);
  }

  /** Hands it in by every way that leads to the allocator. */
  private static void receive(Allocator allocator, byte[] payload) {
    for (int way = 0; way < 3; way++) {
      try {
        switch (way) {
          case 0 -> allocator.onGossip(payload);
          case 1 -> allocator.onBroadcast(SingleNode.OTHER, payload);
          default -> allocator.onUnicast(SingleNode.OTHER, payload);
        }
      } catch (GossipException e) {
        if (e.getMessage() == null || e.getMessage().isEmpty()) {
          throw new AssertionError("a refusal without a reason", e);
        }
      }
    }
  }

  private static void check(SingleNode node) {
    node.lastStored()
        .ring()
        .violation()
        .ifPresent(violation -> {
          throw new AssertionError(violation);
        });
    IpamStatus status = node.allocator.status();
    long covered = status.entries().stream().mapToLong(IpamStatus.Entry::size).sum();
    if (!status.entries().isEmpty() && covered != status.universeSize()) {
      throw new AssertionError(covered + " addresses in the ring of " + status.universeSize());
    }
    try {
      PersistedState again = PersistedState.decode(node.lastStored().encode());
      if (!again.equals(node.lastStored())) {
        throw new AssertionError(node.lastStored() + " is stored as " + again);
      }
    } catch (CorruptStateException e) {
      throw new AssertionError("our own state cannot be read", e);
    }
  }
}
