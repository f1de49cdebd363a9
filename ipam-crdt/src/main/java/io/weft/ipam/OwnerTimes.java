package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A time of each owner of a ring, or none, in arrays in the order of names: with every change of
 * who owns something all of them are looked at. Conductor thread only.
 */
final class OwnerTimes {
  private PeerName[] owners = new PeerName[0];
  private long[] times = new long[0];
  private boolean[] known = new boolean[0];

  /** Keeps the times of these owners, in the order of names, and has none of new ones. */
  void retain(Set<PeerName> next) {
    PeerName[] newOwners = next.toArray(PeerName[]::new);
    long[] newTimes = new long[newOwners.length];
    boolean[] newKnown = new boolean[newOwners.length];
    int old = 0;
    for (int i = 0; i < newOwners.length; i++) {
      long name = newOwners[i].value();
      while (old < owners.length && owners[old].value() < name) {
        old++;
      }
      if (old < owners.length && owners[old].value() == name) {
        newTimes[i] = times[old];
        newKnown[i] = known[old];
      }
    }
    owners = newOwners;
    times = newTimes;
    known = newKnown;
  }

  int size() {
    return owners.length;
  }

  /** The owner at a place. */
  PeerName owner(int place) {
    return owners[place];
  }

  /** Whether there is a time of the owner at a place. */
  boolean has(int place) {
    return known[place];
  }

  /** The time of the owner at a place, if there is one. */
  long at(int place) {
    return times[place];
  }

  void set(int place, long nanos) {
    times[place] = nanos;
    known[place] = true;
  }

  void clear(int place) {
    known[place] = false;
  }

  /** The time of an owner; null when there is none, or it is no owner. */
  @Nullable Long of(PeerName owner) {
    int place = Arrays.binarySearch(owners, owner);
    return place >= 0 && known[place] ? Long.valueOf(times[place]) : null;
  }

  /** Forgets the time of one owner. */
  void forget(PeerName owner) {
    int place = Arrays.binarySearch(owners, owner);
    if (place >= 0) {
      known[place] = false;
    }
  }
}
