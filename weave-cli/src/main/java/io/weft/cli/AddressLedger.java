package io.weft.cli;

import io.weft.cni.AddressClient;
import io.weft.cni.ControlException;
import io.weft.linux.Ipv4Prefix;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The addresses that the router's allocator holds for one container. */
final class AddressLedger {
  /** From here on the router is at fault; below, it does not know the address. */
  private static final int SERVER_ERROR_MIN = 500;

  private final AddressClient allocator;
  private final String container;

  /**
   * For one container.
   *
   * @param allocator who gives and takes them
   * @param container what the allocator calls it
   */
  AddressLedger(AddressClient allocator, String container) {
    this.allocator = allocator;
    this.container = container;
  }

  /**
   * Obtains one address; waits while there is no address space yet. Asking again for what the
   * container has returns the same.
   */
  Ipv4Prefix obtain(AddressRequest request) throws IOException {
    return switch (request) {
      case AddressRequest.Exact(Ipv4Prefix address) -> claim(address);
      case AddressRequest.FromSubnet(Ipv4Prefix subnet) -> allocate(Optional.of(subnet));
      case AddressRequest.FromDefaultSubnet() -> allocate(Optional.empty());
    };
  }

  /** Without an allocator there is nobody else who could give the address away. */
  private Ipv4Prefix claim(Ipv4Prefix address) throws IOException {
    if (!address.canBeOfAHost()) {
      throw CommandFailure.of("not an address that a host in a network can have: " + address);
    }
    try {
      allocator.claim(container, address);
    } catch (ControlException e) {
      if (!e.notOffered()) {
        throw e;
      }
    }
    return address;
  }

  private Ipv4Prefix allocate(Optional<Ipv4Prefix> subnet) throws IOException {
    try {
      return allocator.allocate(container, subnet);
    } catch (ControlException e) {
      if (e.notOffered()) {
        throw CommandFailure.of("IPAM must be enabled to use net:");
      }
      throw e;
    }
  }

  /** Those addresses that the container has already and that {@code request} may mean. */
  List<Ipv4Prefix> held(AddressRequest request) throws IOException {
    return switch (request) {
      case AddressRequest.Exact(Ipv4Prefix address) ->
          lookUp(Optional.of(around(address))).stream().filter(address::equals).toList();
      case AddressRequest.FromSubnet(Ipv4Prefix subnet) -> lookUp(Optional.of(subnet));
      case AddressRequest.FromDefaultSubnet() -> lookUp(Optional.empty());
    };
  }

  /**
   * A subnet that has the address. Its own may be too small to be looked into, and may end with the
   * address, which then is not listed.
   */
  private static Ipv4Prefix around(Ipv4Prefix address) {
    return new Ipv4Prefix(address.address(), 1).network();
  }

  /** What is to be taken back. */
  List<Ipv4Prefix> meant(List<AddressRequest> requests) throws IOException {
    List<Ipv4Prefix> meant = new ArrayList<>();
    for (AddressRequest request : requests) {
      // An exact address may have been given without an allocator that would know it.
      meant.addAll(
          request instanceof AddressRequest.Exact(Ipv4Prefix address)
              ? List.of(address)
              : held(request));
    }
    return meant;
  }

  /** The router answers alike for a container without addresses and without an allocator. */
  private List<Ipv4Prefix> lookUp(Optional<Ipv4Prefix> subnet) throws IOException {
    try {
      return allocator.lookup(container, subnet);
    } catch (ControlException e) {
      if (e.notOffered()) {
        return List.of();
      }
      throw e;
    }
  }

  /** Gives an address back; one that the allocator does not know is as good as given back. */
  void release(Ipv4Prefix address) throws IOException {
    try {
      allocator.release(container, address.address());
    } catch (ControlException e) {
      if (e.status() >= SERVER_ERROR_MIN) {
        throw e;
      }
    }
  }
}
