package io.weft.cni;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a router serves its control API: a TCP port of this host, or a unix socket.
 *
 * @param text as people write it
 */
public record ControlAddress(String text) {
  private static final String VARIABLE = "WEAVE_HTTP_ADDR";
  private static final String DEFAULT_HOST = "127.0.0.1";
  private static final String DEFAULT_PORT = "6784";

  /**
   * Checks the text: {@code HOST:PORT} where either may be missing, or the absolute path of a unix
   * socket.
   *
   * @throws IllegalArgumentException for anything else
   */
  public ControlAddress {
    if (!text.startsWith("/")) {
      int port;
      try {
        port = Integer.parseInt(port(text));
      } catch (NumberFormatException e) {
        throw invalid(text, e);
      }
      if (port < 1 || port > 0xffff) {
        throw invalid(text, null);
      }
    }
  }

  private static IllegalArgumentException invalid(String text, @Nullable Throwable cause) {
    return new IllegalArgumentException("not an address of the control API: " + text, cause);
  }

  /** The address that {@code WEAVE_HTTP_ADDR} names, else 127.0.0.1:6784 (features.md 1.5). */
  public static ControlAddress of(Map<String, String> environment) {
    return new ControlAddress(environment.getOrDefault(VARIABLE, ""));
  }

  private static String host(String text) {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? text : text.substring(0, colon);
    return host.isEmpty() ? DEFAULT_HOST : host;
  }

  private static String port(String text) {
    int colon = text.lastIndexOf(':');
    String port = colon < 0 ? "" : text.substring(colon + 1);
    return port.isEmpty() ? DEFAULT_PORT : port;
  }

  /** Where to connect to; asks the name server if the host is given by name. */
  SocketAddress resolve() throws IOException {
    return text.startsWith("/")
        ? UnixDomainSocketAddress.of(text)
        : new InetSocketAddress(InetAddress.getByName(host(text)), Integer.parseInt(port(text)));
  }

  /** Opens a channel that can be connected to {@code address}; the caller closes it. */
  static SocketChannel open(SocketAddress address) throws IOException {
    return SocketChannel.open(
        switch (address) {
          case InetSocketAddress internet when internet.getAddress() instanceof Inet4Address ->
              StandardProtocolFamily.INET;
          case InetSocketAddress internet -> StandardProtocolFamily.INET6;
          default -> StandardProtocolFamily.UNIX;
        });
  }

  /** The address with nothing left out. */
  @Override
  public String toString() {
    return text.startsWith("/") ? text : host(text) + ":" + port(text);
  }
}
