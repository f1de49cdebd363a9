package io.weft.gossip.wire;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Addresses as Go prints them. */
public final class AddressText {
  private AddressText() {}

  /** {@code IP:port} or {@code [IP]:port}; of an unresolved address its host name. */
  public static String of(InetSocketAddress address) {
    InetAddress ip = address.getAddress();
    String host = ip == null ? address.getHostString() : textOf(ip);
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  private static String textOf(InetAddress ip) {
    String text = ip.getHostAddress();
    return ip instanceof Inet6Address ? compress(text) : text;
  }

  /** Replaces the longest run of zero groups, of two at least, by a double colon. */
  private static String compress(String text) {
    int zone = text.indexOf('%');
    String[] groups = (zone < 0 ? text : text.substring(0, zone)).split(":", -1);
    int bestStart = -1;
    int bestLength = 1;
    for (int i = 0; i < groups.length; i++) {
      int length = 0;
      while (i + length < groups.length && groups[i + length].equals("0")) {
        length++;
      }
      if (length > bestLength) {
        bestStart = i;
        bestLength = length;
      }
    }
    StringBuilder result = new StringBuilder();
    for (int i = 0; i < groups.length; i++) {
      if (i == bestStart) {
        result.append("::");
        i += bestLength - 1;
        continue;
      }
      if (!result.isEmpty() && result.charAt(result.length() - 1) != ':') {
        result.append(':');
      }
      result.append(groups[i]);
    }
    return zone < 0 ? result.toString() : result.append(text.substring(zone)).toString();
  }
}
