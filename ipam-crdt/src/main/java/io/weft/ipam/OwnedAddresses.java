package io.weft.ipam;

import java.util.List;

/**
 * What one identity holds.
 *
 * @param isContainer whether the death of the container of that name frees them
 * @param cidrs the addresses, oldest first
 */
public record OwnedAddresses(boolean isContainer, List<Cidr> cidrs) {
  /** Takes a copy of the list. */
  public OwnedAddresses {
    cidrs = List.copyOf(cidrs);
  }
}
