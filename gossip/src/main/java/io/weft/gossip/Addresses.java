package io.weft.gossip;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads addresses that Weave Net writes: {@code IP:port}, {@code [ip]:port}. */
final class Addresses {
  private static final int MAX_TEXT = 64;
  private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F.:]*:[0-9a-fA-F.:]*");

  private Addresses() {}

  /** Parses an IP address and a port; null for anything else. Never asks a name server. */
  static @Nullable InetSocketAddress parse(String text) {
    int colon = text.lastIndexOf(':');
    if (text.length() > MAX_TEXT || colon < 1) {
      return null;
    }
    String host = text.substring(0, colon);
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    if (!bracketed && host.indexOf(':') >= 0) {
      return null;
    }
    String port = text.substring(colon + 1);
    InetAddress ip = parseLiteral(bracketed ? host.substring(1, host.length() - 1) : host);
    if (ip == null || !port.matches("[0-9]{1,5}")) {
      return null;
    }
    int number = Integer.parseInt(port);
    return number < 1 || number > 65_535 ? null : new InetSocketAddress(ip, number);
  }

  /** Parses an IP address without a scope; null for anything else. Never asks a name server. */
  static @Nullable InetAddress parseLiteral(String text) {
    if (text.length() > MAX_TEXT
        || !(IPV4.matcher(text).matches() || IPV6.matcher(text).matches())) {
      return null;
    }
    try {
      return InetAddress.ofLiteral(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
