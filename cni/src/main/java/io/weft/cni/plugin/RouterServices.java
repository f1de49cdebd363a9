package io.weft.cni.plugin;

import io.weft.linux.Ipv4Prefix;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** What the plugins ask of the router that they run in. Any thread; calls may wait. */
public interface RouterServices {
  /** Name of the bridge that containers are attached to unless a configuration names another. */
  String bridge();

  /**
   * Allocates an address, or returns the one that the identity has already.
   *
   * @param subnet where from; the default subnet if not given
   * @param limit longest wait
   * @param isGone asked before an address is taken; when true, none is
   * @throws CniException code 11 when there is none in time, 101 when there can be none
   */
  Ipv4Prefix allocate(
      String identity, Optional<Ipv4Prefix> subnet, Duration limit, BooleanSupplier isGone)
      throws IOException;

  /** Claims one address for an identity; otherwise as {@link #allocate}. */
  void claim(String identity, Ipv4Prefix address, Duration limit, BooleanSupplier isGone)
      throws IOException;

  /** Prefix length of addresses that a configuration gives without one. */
  int defaultPrefixLength();

  /** Gives back what an identity has; does nothing if that is nothing. */
  void release(String identity) throws IOException;

  /** Every identity that was given addresses for a container, with its addresses. */
  Map<String, List<Ipv4Prefix>> containerAddresses() throws IOException;

  /** Why no address can be had now; empty if one can. */
  Optional<String> whyUnavailable() throws IOException;

  /**
   * Gives the bridge an address of its own unless it has one, so that containers have a gateway.
   *
   * @param subnet where from; the default subnet if not given
   * @return the bridge's address
   */
  Ipv4Prefix exposeBridge(Optional<Ipv4Prefix> subnet, Duration limit, BooleanSupplier isGone)
      throws IOException;

  /** Gives the bridge an address that another plugin manages. */
  void expose(Ipv4Prefix address) throws IOException;
}
