package io.weft.gossip.wire;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Extensions of the protocol that both ends of a connection must announce (mesh.md 14). They are
 * announced in one key of the feature map, which Weave Net ignores; version 1 does not carry it.
 */
public final class Extensions {
  /** The key of the feature map; its value is a version and names: {@code 1;name,name}. */
  public static final String KEY = "RX";

  /** Topology and other state by digest and difference. */
  public static final String DELTA = "delta";

  /**
   * Heartbeats every five seconds, so that silence of fifteen ends the connection. Both ends find
   * out about a dead network at the same time, long before Weave Net's minute is over.
   */
  public static final String PULSE = "pulse";

  /** What we announce. */
  public static final String VALUE = "1;" + DELTA + "," + PULSE;

  private static final String VERSION_1 = "1;";
  private static final int MAX_CHARS = 1024;

  private Extensions() {}

  /** Whether the value that the other end announced names an extension. Never an error. */
  public static boolean names(@Nullable String value, String extension) {
    return parse(value).contains(extension);
  }

  /** The names in a value; none when it is absent, of another version or malformed. */
  static Set<String> parse(@Nullable String value) {
    if (value == null || value.length() > MAX_CHARS || !value.startsWith(VERSION_1)) {
      return Set.of();
    }
    return new TreeSet<>(List.of(value.substring(VERSION_1.length()).split(",")));
  }
}
