package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/** What people call the peers (ipam.md 6.7). Nobody but ourselves names us. Bounded. */
final class Nicknames {
  private final PeerName self;
  private NicknameTable names;
  private boolean changed;
  private boolean grown;

  Nicknames(PeerName self, String nickname) {
    this.self = self;
    names = NicknameTable.of(Map.of(self, nickname));
  }

  /** Takes in what another peer says. */
  void learn(NicknameTable received) {
    Map<PeerName, String> others = new TreeMap<>();
    int added = 0;
    int place = 0;
    for (int i = 0; i < received.size(); i++) {
      long name = received.nameAt(i);
      while (place < names.size() && names.nameAt(place) < name) {
        place++;
      }
      boolean isKnown = place < names.size() && names.nameAt(place) == name;
      String known = isKnown ? names.textAt(place) : null;
      // What is kept is printable, so that nearly all end here.
      if (received.textAt(i).equals(known) || name == self.value()) {
        continue;
      }
      boolean hasRoom = isKnown || names.size() + added < IpamProtocol.MAX_NICKNAMES;
      grown |= !isKnown;
      String printable = printable(received.textAt(i));
      if (hasRoom && !printable.equals(known)) {
        others.put(new PeerName(name), printable);
        added += isKnown ? 0 : 1;
      }
    }
    if (!others.isEmpty()) {
      names = names.with(others);
      changed = true;
    }
  }

  /** Answers whether anybody was added, or found no room, since the last call. */
  boolean takeGrown() {
    boolean result = grown;
    grown = false;
    return result;
  }

  /** Answers whether anything changed since the last call. */
  boolean takeChanged() {
    boolean result = changed;
    changed = false;
    return result;
  }

  /** Nicknames reach terminals; nobody should write to them through us. */
  private static String printable(String nickname) {
    for (int i = 0; i < nickname.length(); i++) {
      if (Character.isISOControl(nickname.charAt(i))) {
        return nickname.replaceAll("\\p{Cntrl}", "?");
      }
    }
    return nickname;
  }

  /** Forgets all but ourselves, the owners and the peers that the mesh knows. */
  void prune(Set<PeerName> owners, Predicate<PeerName> isKnown) {
    keep(peer -> peer.equals(self) || owners.contains(peer) || isKnown.test(peer));
  }

  /** Forgets one peer, but never ourselves. */
  void forget(PeerName peer) {
    if (!peer.equals(self) && names.containsKey(peer)) {
      keep(other -> !other.equals(peer));
    }
  }

  private void keep(Predicate<PeerName> isKept) {
    Map<PeerName, String> kept = new TreeMap<>();
    names.forEach((peer, nickname) -> {
      if (isKept.test(peer)) {
        kept.put(peer, nickname);
      }
    });
    if (kept.size() < names.size()) {
      names = NicknameTable.of(kept);
      changed = true;
    }
  }

  /** The nickname of a peer, empty when it has none. */
  String of(PeerName peer) {
    return names.getOrDefault(peer, "");
  }

  /** {@code name(nickname)}, or the name alone. */
  String describe(PeerName peer) {
    String nickname = of(peer);
    return nickname.isEmpty() ? peer.toString() : peer + "(" + nickname + ")";
  }

  /** The first peer of that nickname; one of the preferred if there are several. */
  Optional<PeerName> find(String nickname, Predicate<PeerName> preferred) {
    return names.entrySet().stream()
        .filter(entry -> entry.getValue().equals(nickname))
        .map(Map.Entry::getKey)
        .min(Comparator.comparing(peer -> !preferred.test(peer)));
  }

  /** Everyone who has one, in the order of names. */
  Set<PeerName> peers() {
    return new TreeSet<>(names.keySet());
  }

  NicknameTable snapshot() {
    return names;
  }
}
