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
  private final Map<PeerName, String> names = new TreeMap<>();
  private boolean changed;
  private boolean grown;

  Nicknames(PeerName self, String nickname) {
    this.self = self;
    names.put(self, nickname);
  }

  /** Takes in what another peer says. */
  void learn(Map<PeerName, String> received) {
    for (Map.Entry<PeerName, String> entry : received.entrySet()) {
      PeerName peer = entry.getKey();
      String known = names.get(peer);
      // What is kept is printable, so that nearly all end here.
      if (entry.getValue().equals(known) || peer.equals(self)) {
        continue;
      }
      boolean hasRoom = names.size() < IpamProtocol.MAX_NICKNAMES || known != null;
      grown |= known == null;
      String printable = printable(entry.getValue());
      if (hasRoom && !printable.equals(known)) {
        names.put(peer, printable);
        changed = true;
      }
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
    return nickname.codePoints().anyMatch(Character::isISOControl)
        ? nickname.replaceAll("\\p{Cntrl}", "?")
        : nickname;
  }

  /** Forgets all but ourselves, the owners and the peers that the mesh knows. */
  void prune(Set<PeerName> owners, Predicate<PeerName> isKnown) {
    changed |=
        names
            .keySet()
            .removeIf(peer -> !peer.equals(self) && !owners.contains(peer) && !isKnown.test(peer));
  }

  /** Forgets one peer, but never ourselves. */
  void forget(PeerName peer) {
    changed |= !peer.equals(self) && names.remove(peer) != null;
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

  Map<PeerName, String> snapshot() {
    return new TreeMap<>(names);
  }
}
