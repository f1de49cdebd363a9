package io.weft.gossip.netty;

import io.netty.channel.ConnectTimeoutException;
import io.weft.gossip.wire.AddressText;
import java.net.InetSocketAddress;
import java.util.Locale;

/** Faults of sockets in the words that Weave's users know from its status. */
final class SocketFaults {
  private SocketFaults() {}

  static String dial(InetSocketAddress address, Throwable fault) {
    String prefix = "dial tcp " + AddressText.of(address) + ": ";
    if (fault instanceof ConnectTimeoutException) {
      return prefix + "i/o timeout";
    }
    String text = textOf(fault);
    if (text.startsWith("connection timed out")) {
      return prefix + "connect: connection timed out";
    }
    for (String known :
        new String[] {
          "connection refused",
          "no route to host",
          "network is unreachable",
          "cannot assign requested address",
          "permission denied"
        }) {
      if (text.startsWith(known)) {
        return prefix + "connect: " + known;
      }
    }
    return prefix + text;
  }

  static String read(InetSocketAddress local, InetSocketAddress remote, Throwable fault) {
    String text = textOf(fault);
    return link("read", local, remote)
        + (text.startsWith("connection reset") ? "read: connection reset by peer" : text);
  }

  static String write(InetSocketAddress local, InetSocketAddress remote, Throwable fault) {
    String text = textOf(fault);
    if (text.startsWith("connection reset")) {
      return link("write", local, remote) + "write: connection reset by peer";
    }
    return link("write", local, remote)
        + (text.startsWith("broken pipe") ? "write: broken pipe" : text);
  }

  static String writeTimeout(InetSocketAddress local, InetSocketAddress remote) {
    return link("write", local, remote) + "i/o timeout";
  }

  private static String link(String operation, InetSocketAddress local, InetSocketAddress remote) {
    return operation + " tcp " + AddressText.of(local) + "->" + AddressText.of(remote) + ": ";
  }

  private static String textOf(Throwable fault) {
    String message = fault.getMessage();
    return (message == null ? fault.getClass().getSimpleName() : message).toLowerCase(Locale.ROOT);
  }
}
