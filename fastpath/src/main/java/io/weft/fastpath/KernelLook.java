package io.weft.fastpath;

import java.util.List;

/**
 * What the programs do with a frame by what their maps hold at this moment.
 *
 * @param action what becomes of it
 * @param entries the entries that decide, and the counter of a frame that is dropped, for people
 */
public record KernelLook(Action action, List<String> entries) {
  /** What becomes of a frame. */
  public enum Action {
    /** The kernel sends it to a neighbour. */
    SENT,
    /** The kernel copies it to neighbours, as nobody is known to have its destination. */
    FLOODED,
    /** It goes to the bridge, or stays there. */
    BRIDGED,
    /** The router gets it. */
    PUNTED,
    /** It ends here. */
    DROPPED
  }

  /** Takes a copy. */
  public KernelLook {
    entries = List.copyOf(entries);
  }
}
