package io.weft.ipam;

import java.nio.charset.StandardCharsets;

/** Addresses, subnets and modes as people type them: refused, or printed as they can be read. */
public final class AddressTextFuzzTarget {
  private AddressTextFuzzTarget() {}

  /** See {@link io.weft.gossip.fuzzing.FuzzInputs}. */
  public static void fuzzerTestOneInput(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    try {
      Cidr cidr = Cidr.parse(text);
      if (!Cidr.parse(cidr.toString()).equals(cidr)) {
        throw new AssertionError(cidr + " was read from " + text);
      }
      Cidr subnet = Cidr.parseSubnet(text);
      if (subnet.range().size() != subnet.size() || subnet.hostRange().size() < 2) {
        throw new AssertionError(subnet + " is no subnet");
      }
    } catch (InvalidAddressException e) {
      requireReason(e);
    }
    try {
      BootstrapMode.parse(text);
    } catch (InvalidAddressException e) {
      requireReason(e);
    }
  }

  private static void requireReason(InvalidAddressException e) {
    if (e.getMessage() == null || e.getMessage().isEmpty()) {
      throw new AssertionError("a refusal without a reason", e);
    }
  }
}
