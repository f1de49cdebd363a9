package io.weft.sleeve.v2;

import io.weft.gossip.overlay.Lanes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a router announces of {@code sleeve2} in the feature map: key {@code Sleeve2}, value {@code
 * v=1;aead=aes256gcm,chacha20;max=65507;lanes=1}. Unknown parameters and ciphers are ignored.
 *
 * @param ciphers the preferred one first; not empty
 * @param lanes sessions that it sends under where the other end says this, too; 0 when it does not
 */
record Sleeve2Feature(List<Aead> ciphers, int lanes) {
  /** The key of the feature map. */
  static final String KEY = "Sleeve2";

  private static final int MAX_CHARS = 256;
  private static final String VERSION = "v=1";
  private static final String AEAD = "aead=";
  private static final String LANES = "lanes=";

  Sleeve2Feature {
    ciphers = List.copyOf(ciphers);
  }

  /** The value to announce. */
  String value() {
    String names = String.join(",", ciphers.stream().map(Aead::wireName).toList());
    String value = VERSION + ";" + AEAD + names + ";max=" + Sleeve2Protocol.MAX_PAYLOAD_BYTES;
    return lanes == 0 ? value : value + ";" + LANES + lanes;
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
    int lanes = 0;
    for (String parameter : parameters) {
      if (parameter.startsWith(AEAD)) {
        for (String name : parameter.substring(AEAD.length()).split(",", -1)) {
          addCipher(name, ciphers);
        }
      } else if (parameter.startsWith(LANES)) {
        lanes = lanes(parameter.substring(LANES.length()));
      }
    }
    return ciphers.isEmpty() ? null : new Sleeve2Feature(ciphers, lanes);
  }

  /** Any run of digits as the nearest number that is possible; 0 for anything else. */
  private static int lanes(String text) {
    int lanes = 0;
    for (int i = 0; i < text.length(); i++) {
      char digit = text.charAt(i);
      if (digit < '0' || digit > '9') {
        return 0;
      }
      // Never so much that a long run overflows.
      lanes = Math.min(10 * lanes + digit - '0', Lanes.MAX_WORKERS);
    }
    return text.isEmpty() ? 0 : Math.max(1, lanes);
  }

  /** Under how many sessions {@code sender} sends to {@code receiver}. */
  static int sessions(Sleeve2Feature sender, Sleeve2Feature receiver) {
    return receiver.lanes == 0 ? 1 : Math.max(1, sender.lanes);
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
