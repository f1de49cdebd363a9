package io.weft.ipam;

import io.weft.gossip.PeerName;
import io.weft.gossip.channel.UnreachablePeerException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Waits for a certain address (ipam.md 6.3). A caller that wants no error while the owner is
 * unknown is answered early; the claim then goes on without it until it is decided.
 */
final class ClaimRequest extends Request {
  private static final Logger LOG = System.getLogger(ClaimRequest.class.getName());

  private final String ident;
  private final Cidr cidr;
  private final boolean isContainer;
  private final boolean noErrorOnUnknown;
  private int tries;

  ClaimRequest(
      RequestDesk desk,
      String ident,
      Cidr cidr,
      boolean isContainer,
      boolean noErrorOnUnknown,
      Patience patience,
      Consumer<AllocationResult> reply) {
    super(desk, patience, reply);
    this.ident = ident;
    this.cidr = cidr;
    this.isContainer = isContainer;
    this.noErrorOnUnknown = noErrorOnUnknown;
  }

  @Override
  String ident() {
    return ident;
  }

  Cidr cidr() {
    return cidr;
  }

  /** The identity under which the address will be held. */
  String key() {
    return Holdings.keyOf(ident, cidr.address());
  }

  @Override
  boolean attempt() {
    LocalState state = desk().state();
    tries++;
    state.holdings().markAlive(ident);
    if (!state.contains(cidr.address())) {
      return claimOutside(state);
    }
    desk().establishRing();
    PeerName owner = state.ring().owner(cidr.address());
    String holder = state.holdings().ownerOf(cidr.address());
    if (holder != null && isFor(holder)) {
      // Even when it is disputed: its claim to the owner is on its way.
      return succeed(cidr);
    }
    if (owner == null) {
      if (noErrorOnUnknown) {
        succeed(cidr);
      }
      return false;
    }
    return owner.equals(state.ring().self()) ? claimOurs(state) : askOwner(owner);
  }

  private boolean claimOutside(LocalState state) {
    String holder = state.holdings().ownerOf(cidr.address());
    if (holder == null) {
      state.hold(ident, cidr, isContainer);
    } else if (!isFor(holder) && !isUnknownIdent()) {
      if (!state.holdings().isDead(holder)) {
        return refuse("address %s already in use by %s".formatted(cidr, holder));
      }
      state.release(holder, cidr.address());
      state.hold(ident, cidr, isContainer);
    }
    return succeed(cidr);
  }

  private boolean claimOurs(LocalState state) {
    String holder = state.holdings().ownerOf(cidr.address());
    if (holder == null && state.space().isWithheld(cidr.address())) {
      if (!isAnswered()) {
        return false;
      }
      // Found in use on this host, or promised to be claimed: that is a fact.
      state.claimWithheld(ident, cidr, isContainer);
    } else if (holder == null) {
      try {
        state.claim(ident, cidr, isContainer);
      } catch (IpamException e) {
        return refuse(String.valueOf(e.getMessage()));
      }
    } else if (!isFor(holder) && !isUnknownIdent()) {
      return refuse(
          holder.equals(cidr.addressText())
              ? "address %s already in use".formatted(cidr)
              : "address %s is already owned by %s".formatted(cidr, holder));
    }
    return succeed(cidr);
  }

  private boolean askOwner(PeerName owner) {
    try {
      desk().outbox().ask(owner, AddressRange.single(cidr.address()));
      return false;
    } catch (UnreachablePeerException e) {
      if (noErrorOnUnknown) {
        succeed(cidr);
        return false;
      }
      return tries > IpamProtocol.CLAIM_TRIES && denied(owner, e.getMessage());
    }
  }

  /** The owner has it in use, or cannot be asked for the reason given. */
  boolean denied(PeerName owner, @Nullable String reason) {
    String nickname = desk().nicknames().of(owner);
    return refuse(
        "address %s is owned by other peer %s%s%s"
            .formatted(
                cidr,
                owner,
                nickname.isEmpty() ? "" : " (" + nickname + ")",
                reason == null ? "" : " - " + reason));
  }

  private boolean refuse(String message) {
    if (isAnswered()) {
      LOG.log(Level.WARNING, "claim for {0} given up: {1}", ident, message);
    }
    return fail(message);
  }

  private boolean isFor(String holder) {
    return holder.equals(key());
  }

  private boolean isUnknownIdent() {
    return ident.equals(IpamProtocol.UNKNOWN_IDENT);
  }
}
