package io.weft.gossip.netty;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Decides which accepted connections may shake hands. Owned by the event loop. */
final class AcceptGate {
  private static final int IPV6_PREFIX_BYTES = 8;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** Addresses remembered; beyond, those without connections are forgotten. */
  private static final int MAX_SOURCES = 4_096;

  private static final class Source {
    int links;
    int handshakes;
    long tokenNanos;
    long refilledAt;
  }

  private final AcceptLimits limits;
  private final long tokenNanos;
  private final Map<InetAddress, Source> sources = new HashMap<>();

  AcceptGate(AcceptLimits limits) {
    this.limits = limits;
    this.tokenNanos = NANOS_PER_SECOND / limits.ratePerAddress();
  }

  /** Counts a new connection, or says why it is refused. */
  @Nullable Refusal admit(InetAddress address, long nowNanos) {
    if (sources.size() >= MAX_SOURCES) {
      sources.values().removeIf(source -> source.links == 0);
    }
    Source source = sources.computeIfAbsent(key(address), key -> fresh(nowNanos));
    long capacity = tokenNanos * limits.burstPerAddress();
    source.tokenNanos = Math.min(capacity, source.tokenNanos + nowNanos - source.refilledAt);
    source.refilledAt = nowNanos;
    if (source.tokenNanos < tokenNanos) {
      return Refusal.RATE;
    }
    source.tokenNanos -= tokenNanos;
    if (source.handshakes >= limits.handshakesPerAddress()) {
      return Refusal.ADDRESS_HANDSHAKES;
    }
    if (source.links >= limits.linksPerAddress()) {
      return Refusal.ADDRESS_LINKS;
    }
    source.links++;
    source.handshakes++;
    return null;
  }

  /** An admitted connection has completed its handshake. */
  void handshaken(InetAddress address) {
    Source source = sources.get(key(address));
    if (source != null) {
      source.handshakes--;
    }
  }

  /** An admitted connection is gone. */
  void closed(InetAddress address, boolean handshaken) {
    Source source = sources.get(key(address));
    if (source != null) {
      source.links--;
      if (!handshaken) {
        source.handshakes--;
      }
    }
  }

  private Source fresh(long nowNanos) {
    Source source = new Source();
    source.tokenNanos = tokenNanos * limits.burstPerAddress();
    source.refilledAt = nowNanos;
    return source;
  }

  private static InetAddress key(InetAddress address) {
    if (!(address instanceof Inet6Address)) {
      return address;
    }
    byte[] prefix = address.getAddress();
    Arrays.fill(prefix, IPV6_PREFIX_BYTES, prefix.length, (byte) 0);
    try {
      return InetAddress.getByAddress(prefix);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an IPv6 address has 16 bytes", e);
    }
  }
}
