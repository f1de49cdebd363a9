package io.weft.ipam;

import java.util.List;

/** What a merge must know about the addresses we use. */
public interface Allocations {
  /** How many addresses of the range are ours and free. */
  long countFree(AddressRange range);

  /** The addresses of ours that are in use, as sorted ranges. */
  List<AddressRange> inUse();
}
