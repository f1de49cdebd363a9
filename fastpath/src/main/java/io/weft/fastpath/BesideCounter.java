package io.weft.fastpath;

/** What the programs of {@link BesideBridge} count, in the order of beside.h. */
public enum BesideCounter {
  /** Frames of containers given to the router without passing the bridge. */
  SENT,
  /** Frames from the router given to their container without passing the bridge. */
  GIVEN
}
