package io.weft.gossip;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A line of {@code status connections}: one of our connections, or a target being tried (ipam.md
 * 9.3).
 *
 * @param address {@code IP:port}
 * @param outbound we dialled or are about to
 * @param info what follows the state, padded as printed
 * @param attributes of the overlay in use, {@code name} included; null for targets
 */
public record ConnectionStatus(
    String address,
    boolean outbound,
    State state,
    String info,
    @Nullable SortedMap<String, Object> attributes) {
  /** Copies the attributes. */
  public ConnectionStatus {
    attributes =
        attributes == null ? null : Collections.unmodifiableSortedMap(new TreeMap<>(attributes));
  }

  /** What a connection or target is doing. */
  public enum State {
    /** A connection with a working overlay. */
    ESTABLISHED,
    /** A connection whose overlay is still being probed. */
    PENDING,
    /** A target being tried again after an error. */
    RETRYING,
    /** A target whose last attempt ended with an error; tried again later or never. */
    FAILED,
    /** A target being tried for the first time. */
    CONNECTING,
    /** A target that will be tried later though nothing has gone wrong. */
    WAITING;

    /** The word in status texts. */
    @Override
    public String toString() {
      return switch (this) {
        case ESTABLISHED -> "established";
        case PENDING -> "pending";
        case RETRYING -> "retrying";
        case FAILED -> "failed";
        case CONNECTING -> "connecting";
        case WAITING -> "waiting";
      };
    }
  }
}
