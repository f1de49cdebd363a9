package io.weft.sleeve.v2;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a router announces of {@code sleeve2} in the feature map: key {@code Sleeve2}, value {@code
 * v=1;aead=aes256gcm,chacha20;max=65507}. Unknown parameters and ciphers are ignored.
 *
 * @param ciphers the preferred one first; not empty
 */
record Sleeve2Feature(List<Aead> ciphers) {
  /** The key of the feature map. */
  static final String KEY = "Sleeve2";

  private static final int MAX_CHARS = 256;
  private static final String VERSION = "v=1";
  private static final String AEAD = "aead=";

  Sleeve2Feature {
    ciphers = List.copyOf(ciphers);
  }

  /** The value to announce. */
  String value() {
    String names = String.join(",", ciphers.stream().map(Aead::wireName).toList());
    return VERSION + ";" + AEAD + names + ";max=" + Sleeve2Protocol.MAX_PAYLOAD_BYTES;
  }

  /** What another router has announced; null when it is absent, of another version or useless. */
  static @Nullable Sleeve2Feature parse(@Nullable String value) {
    if (value == null || value.length() > MAX_CHARS) {
      return null;
    }
    List<String> parameters = List.of(value.split(";", -1));
    if (!parameters.getFirst().equals(VERSION)) {
      return null;
    }
    List<Aead> ciphers = new ArrayList<>();
    for (String parameter : parameters) {
      if (parameter.startsWith(AEAD)) {
        for (String name : parameter.substring(AEAD.length()).split(",", -1)) {
          addCipher(name, ciphers);
        }
      }
    }
    return ciphers.isEmpty() ? null : new Sleeve2Feature(ciphers);
  }

  private static void addCipher(String name, List<Aead> ciphers) {
    for (Aead cipher : Aead.values()) {
      if (cipher.wireName().equals(name) && !ciphers.contains(cipher)) {
        ciphers.add(cipher);
      }
    }
  }

  /**
   * The cipher of a connection, the same at both ends: the one with the best places in both lists,
   * and ChaCha20-Poly1305 when that is undecided, because whoever lacks AES in hardware loses more.
   *
   * @return null when there is none in common
   */
  static @Nullable Aead choose(Sleeve2Feature ours, Sleeve2Feature theirs) {
    Aead best = null;
    int bestPlaces = Integer.MAX_VALUE;
    for (Aead cipher : Aead.values()) {
      int here = ours.ciphers.indexOf(cipher);
      int there = theirs.ciphers.indexOf(cipher);
      if (here >= 0 && there >= 0 && here + there <= bestPlaces) {
        best = cipher;
        bestPlaces = here + there;
      }
    }
    return best;
  }
}
