package io.weft.ipam;

/** How an allocation or a claim ended. */
public sealed interface AllocationResult {
  /**
   * The caller has this address; it is on disk.
   *
   * @param cidr the address with the prefix length of the subnet it was asked for
   */
  record Allocated(Cidr cidr) implements AllocationResult {}

  /** The caller went away, its container died, or the allocator is shutting down. */
  record Cancelled() implements AllocationResult {}

  /**
   * There was no address in the time that the caller gave, or there has been none anywhere for ten
   * minutes. Nothing is kept for it.
   *
   * @param explanation several lines for people to read: why, who owns what, who else waits
   */
  record Unavailable(String explanation) implements AllocationResult {}

  /**
   * It cannot be served.
   *
   * @param message the text of ipam.md 6, to be shown to the user
   */
  record Failed(String message) implements AllocationResult {}
}
