package io.weft.gossip.gob;

import java.io.Serial;

/** Received bytes are not the gob stream they should be, or exceed a limit of mesh.md 4.5. */
public final class GobException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  private final int position;

  /**
   * States what is wrong and where.
   *
   * @param position offset into the bytes given to the reader
   */
  public GobException(int position, String problem) {
    super("gob: " + problem + " at byte " + position);
    this.position = position;
  }

  /** Offset of the fault into the bytes given to the reader. */
  public int position() {
    return position;
  }
}
