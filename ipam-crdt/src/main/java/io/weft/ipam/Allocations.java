package io.weft.ipam;

/** What a ring must know about the addresses we use. */
@FunctionalInterface
public interface Allocations {
  /** How many addresses of the range are ours and free. */
  long countFree(AddressRange range);
}
