package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What peers say to each other on the channel of takeovers (docs/protocol.md). */
sealed interface TakeoverMessage {
  /**
   * Peers that speak on this channel, as far as the sender knows.
   *
   * @param peers their names, the sender's among them
   * @param halfMinutes the sender's time since 1970; 0 where an earlier version does not say it
   */
  record Presence(List<PeerName> peers, int halfMinutes) implements TakeoverMessage {
    /** Takes a copy of the list. */
    public Presence {
      peers = List.copyOf(peers);
    }
  }

  /** About one vanished peer's space. */
  sealed interface About extends TakeoverMessage {
    /** The vanished peer. */
    PeerName victim();

    /** The attempt it belongs to. */
    Ballot ballot();
  }

  /**
   * Asks for a promise.
   *
   * @param epoch hash over the victim's entries in the proposer's ring, 32 bits
   * @param isAutomatic whether no operator asks, so that the voter's own clock decides, too
   */
  record Prepare(PeerName victim, Ballot ballot, long epoch, boolean isAutomatic)
      implements About {}

  /**
   * Promises to vote for no lower ballot.
   *
   * @param accepted the ballot that has the sender's vote already; not valid for none
   * @param taker for whom
   */
  record Promise(PeerName victim, Ballot ballot, Ballot accepted, PeerName taker)
      implements About {}

  /**
   * Asks for a vote.
   *
   * @param taker for whom
   */
  record Accept(PeerName victim, Ballot ballot, PeerName taker) implements About {}

  /** Gives the vote asked for. */
  record Accepted(PeerName victim, Ballot ballot) implements About {}

  /**
   * Gives neither promise nor vote.
   *
   * @param reason why
   * @param promised the higher ballot that was promised, when that is why
   */
  record Refusal(PeerName victim, Ballot ballot, Reason reason, Ballot promised) implements About {}

  /**
   * Tells the taker that a majority has voted for it, when another has collected the votes.
   *
   * @param taker the receiver
   */
  record Decided(PeerName victim, Ballot ballot, PeerName taker) implements About {}

  /** Why a voter refuses. */
  enum Reason {
    /** The voter has the victim in its topology. */
    VICTIM_IS_REACHABLE(1),
    /** A higher ballot has its promise. */
    PROMISED_HIGHER(2),
    /** The victim has not been gone for as long as the voter's option asks, or it is not set. */
    NOT_GONE_LONG_ENOUGH(3),
    /** The voter's ring knows the victim otherwise than the proposer's; it is on its way. */
    RING_IS_OLD(4),
    /** The voter does not know yet what it owns itself. */
    NOT_READY(5);

    private final int code;

    Reason(int code) {
      this.code = code;
    }

    /** Its number on the wire. */
    byte code() {
      return (byte) code;
    }

    static Optional<Reason> of(byte code) {
      return Arrays.stream(values()).filter(reason -> reason.code == code).findFirst();
    }
  }
}
