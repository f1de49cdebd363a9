package io.weft.ipam;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who may have learnt of an address since it was taken: it may be given back unasked only when
 * every answer that named it was lost (ipam.md 8.2, Cancellation). Addresses of an earlier run are
 * not listed, so those stay. Conductor thread only.
 */
final class Handouts {
  /** One taking of an address, until it is freed. */
  static final class Handout {
    private final String key;
    private final long address;
    private int answers;

    private Handout(String key, long address) {
      this.key = key;
      this.address = address;
    }

    /** Identity under which the address is held. */
    String key() {
      return key;
    }

    long address() {
      return address;
    }

    /** Another caller is answered with the address. */
    void addAnswer() {
      answers++;
    }

    /** An answer was lost; answers whether that was the last one. */
    boolean removeAnswer() {
      answers--;
      return answers == 0;
    }
  }

  private final Map<Long, Handout> current = new HashMap<>();

  /** An address was taken for the identity it is held under. */
  void begin(String key, long address) {
    current.put(address, new Handout(key, address));
  }

  /** An address was freed. */
  void end(long address) {
    current.remove(address);
  }

  /** All addresses were freed. */
  void clear() {
    current.clear();
  }

  /** The taking that an address stems from; null when it is free or of an earlier run. */
  @Nullable Handout of(long address) {
    return current.get(address);
  }
}
