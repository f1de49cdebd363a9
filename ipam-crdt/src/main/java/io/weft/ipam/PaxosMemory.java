package io.weft.ipam;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an elector must not forget before there is a ring: without it a restarted one would count as
 * a new acceptor and could help to decide a second ring (ipam.md 10, F11).
 *
 * @param uid number under which we vote
 * @param knows everything known of the agreement
 */
record PaxosMemory(long uid, Map<NodeId, NodeClaims> knows) {
  PaxosMemory {
    knows = Collections.unmodifiableMap(new TreeMap<>(knows));
  }
}
