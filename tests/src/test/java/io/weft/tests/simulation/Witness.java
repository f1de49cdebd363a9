package io.weft.tests.simulation;

import io.weft.gossip.PeerName;
import io.weft.ipam.PersistedState;

/**
 * Sees everything that a router makes durable, in the step that does so.
 *
 * @param violations what was seen that must never happen
 * @param ledger who holds which address
 * @param versions who owns which token at which version
 */
record Witness(Violations violations, Ledger ledger, Versions versions) {
  static Witness of(Violations violations) {
    return new Witness(violations, new Ledger(violations), new Versions(violations));
  }

  void persisted(PeerName router, PersistedState state) {
    ledger.persisted(router, state.owned());
    versions.seen(router, state.ring());
  }
}
