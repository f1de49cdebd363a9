package io.weft.router.trace;

import io.weft.linux.Ipv4Address;
import io.weft.linux.MacAddress;

/** What a person names an end of a trace by: an IPv4 address or a hardware address. */
public sealed interface TraceEnd {
  /** By IPv4 address. */
  record ByAddress(Ipv4Address address) implements TraceEnd {
    @Override
    public String toString() {
      return address.toString();
    }
  }

  /** By hardware address. */
  record ByMac(MacAddress mac) implements TraceEnd {
    @Override
    public String toString() {
      return mac.toString();
    }
  }

  /**
   * Reads an end.
   *
   * @throws IllegalArgumentException naming what is accepted
   */
  static TraceEnd parse(String text) {
    try {
      return text.indexOf(':') < 0
          ? new ByAddress(Ipv4Address.parse(text))
          : new ByMac(MacAddress.parse(text));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "\"%s\" is neither an IPv4 address nor a hardware address".formatted(text), e);
    }
  }
}
