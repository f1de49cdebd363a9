package io.weft.tests.simulation;

import io.weft.gossip.PeerName;
import io.weft.ipam.PersistedState;

/**
 * Sees everything that a router makes durable, in the step that does so.
 *
 * @param violations what was seen that must never happen
 * @param ledger who holds which address
 * @param versions who owns which token at which version
 * @param isLooking false for measurements, which must not remember anything
 */
record Witness(Violations violations, Ledger ledger, Versions versions, boolean isLooking) {
  static Witness of(Violations violations) {
    return new Witness(violations, new Ledger(violations), new Versions(violations), true);
  }

  /** One that sees nothing. */
  static Witness blind(Violations violations) {
    return new Witness(violations, new Ledger(violations), new Versions(violations), false);
  }

  void persisted(PeerName router, PersistedState state) {
    if (isLooking) {
      ledger.persisted(router, state.owned());
      versions.seen(router, state.ring());
    }
  }

  /** A host will never come back. */
  void gone(PeerName host) {
    versions.gone(host);
  }

  /** The operator has given away the space of a host that is alive. */
  void robbed(PeerName victim) {
    ledger.robbed(victim);
    versions.robbed(victim);
  }
}
