package io.weft.fastpath;

import java.util.function.Consumer;

/**
 * The packet filter's part in encryption (overlay.md C.8.5): marks what is to be encrypted and what
 * was, and drops VXLAN in plain text in both directions. Conductor thread.
 */
public interface EspRules {
  /** Bit of a packet's mark: it is to be encrypted, or it was (overlay.md C.8.4). */
  int MARK = 0x20000;

  /**
   * Sets the rules of a path.
   *
   * @param done told on the conductor thread, later, whether they are in force
   */
  void protect(EspPath path, Consumer<Boolean> done);

  /** Removes them again, soon. */
  void release(EspPath path);
}
