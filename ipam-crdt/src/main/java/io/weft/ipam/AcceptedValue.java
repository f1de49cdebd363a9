package io.weft.ipam;

import io.weft.gossip.PeerName;
import java.util.List;

/**
 * A list of ring creators that was proposed (ipam.md 4.3).
 *
 * @param value the names in any order, perhaps repeated
 * @param origin the proposal it first appeared in, which identifies it
 */
record AcceptedValue(List<PeerName> value, ProposalId origin) {
  static final AcceptedValue NONE = new AcceptedValue(List.of(), ProposalId.NONE);

  AcceptedValue {
    value = List.copyOf(value);
  }
}
