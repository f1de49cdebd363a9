package io.weft.sleeve;

import io.weft.linux.Ipv4Address;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * An IPv4 address and UDP port in the form that system calls take.
 *
 * @param ipv4 first octet in the highest byte
 * @param port 0 to 65535
 */
public record Endpoint(int ipv4, int port) {
  /** The same endpoint, or null when it is not IPv4: sleeve knows nothing else (overlay.md B.1). */
  public static @Nullable Endpoint of(InetSocketAddress address) {
    return address.getAddress() instanceof Inet4Address ipv4
        ? new Endpoint(Ipv4Address.of(ipv4).value(), address.getPort())
        : null;
  }

  /** The address without the port. */
  public Ipv4Address address() {
    return new Ipv4Address(ipv4);
  }

  @Override
  public String toString() {
    return address() + ":" + port;
  }
}
