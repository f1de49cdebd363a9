package io.weft.cli;

import io.weft.linux.Ipv4Prefix;
import java.util.List;

/**
 * An address argument of {@code attach}, {@code detach}, {@code expose} and {@code hide}
 * (features.md 1.1): an exact address, any address of a subnet, or any address of the default
 * subnet.
 */
sealed interface AddressRequest {

  /** Exactly this address: {@code A.B.C.D/len} or {@code ip:A.B.C.D/len}. */
  record Exact(Ipv4Prefix address) implements AddressRequest {}

  /** Whatever the allocator gives out of this subnet: {@code net:A.B.C.D/len}. */
  record FromSubnet(Ipv4Prefix subnet) implements AddressRequest {}

  /** Whatever the allocator gives out of the default subnet: {@code net:default}. */
  record FromDefaultSubnet() implements AddressRequest {}

  /**
   * Reads one argument.
   *
   * @throws IllegalArgumentException when it is none of the three forms
   */
  static AddressRequest parse(String text) {
    if (text.equals("net:default")) {
      return new FromDefaultSubnet();
    }
    if (text.startsWith("net:")) {
      return new FromSubnet(Ipv4Prefix.parse(text.substring("net:".length())));
    }
    return new Exact(
        Ipv4Prefix.parse(text.startsWith("ip:") ? text.substring("ip:".length()) : text));
  }

  /**
   * Reads all arguments; without any the default subnet is meant.
   *
   * @throws IllegalArgumentException when one is none of the three forms
   */
  static List<AddressRequest> parseAll(List<String> texts) {
    return texts.isEmpty()
        ? List.of(new FromDefaultSubnet())
        : texts.stream().map(AddressRequest::parse).toList();
  }

  /** Whether {@code text} is meant as an address and not as the name of a container. */
  static boolean looksLikeOne(String text) {
    return text.startsWith("ip:")
        || text.startsWith("net:")
        || text.matches("\\d+\\.\\d+\\.\\d+\\.\\d+(/.*)?");
  }
}
