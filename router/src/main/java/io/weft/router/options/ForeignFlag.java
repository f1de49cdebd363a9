package io.weft.router.options;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A flag of Weave Net's router for something that this one does not have (features.md 1.4). What
 * asks for nothing is accepted: a switch that is off, a value that is empty.
 */
record ForeignFlag(String name, boolean takesValue, Standing standing) {
  private static final Map<String, ForeignFlag> BY_NAME = new LinkedHashMap<>();

  /** What becomes of it when it does ask for something. */
  enum Standing {
    /** What a switch asks for holds anyway; only {@code =false} would ask for something. */
    HOLDS,
    /** It is about a service that is gone for everybody. */
    DEAD,
    /** It says how names are resolved, which means nothing together with {@code --no-dns}. */
    ABOUT_DNS,
    /** Refused by name. */
    NOT_YET
  }

  static {
    add(Standing.HOLDS, false, "no-dns no-restart no-detect-tls");
    // They keep the Docker proxy from something, and there is none.
    add(
        Standing.HOLDS,
        false,
        "without-dns no-multicast-route no-rewrite-hosts no-default-ipalloc");
    // The end of containers is seen on the bridge, whatever Docker says.
    add(Standing.HOLDS, true, "docker-api");
    add(Standing.DEAD, true, "profile token peer-discovery-url advertise-address");
    add(
        Standing.ABOUT_DNS,
        true,
        "dns-domain dns-listen-address dns-ttl dns-fallback-timeout resolv-conf");
    add(
        Standing.NOT_YET,
        false,
        "no-bridged-fastdp pkt-debug pktdebug expect-npc awsvpc plugin plugin-v2"
            + " plugin-v2-multicast proxy rewrite-inspect tls tlsverify");
    add(
        Standing.NOT_YET,
        true,
        "plugin-socket plugin-mesh-socket H hostname-from-label"
            + " hostname-match hostname-replacement tlscacert tlscert tlskey");
  }

  private static void add(Standing standing, boolean takesValue, String names) {
    for (String name : names.split(" ", -1)) {
      BY_NAME.put(name, new ForeignFlag(name, takesValue, standing));
    }
  }

  /** The flag called so, without dashes; null when there is none. */
  static @Nullable ForeignFlag find(String name) {
    return BY_NAME.get(name);
  }

  /** Whether the switch called so is on among {@code given}. */
  static boolean isGiven(Map<ForeignFlag, String> given, String name) {
    return isOn(Objects.requireNonNullElse(given.get(find(name)), "false"));
  }

  boolean isDead() {
    return standing == Standing.DEAD;
  }

  /**
   * Why it is refused with {@code value}, or null when it is not.
   *
   * @param withoutDns whether {@code --no-dns} is given, too
   */
  @Nullable String problem(String value, boolean withoutDns) {
    if (!takesValue && !isOn(value) && !value.equals("false") && !value.equals("0")) {
      return "%s: \"%s\" is neither true nor false".formatted(this, value);
    }
    boolean asks = takesValue ? !value.isEmpty() : isOn(value);
    return switch (standing) {
      case HOLDS -> asks || takesValue ? null : this + "=false is not supported yet";
      case DEAD -> null;
      case ABOUT_DNS ->
          asks && !withoutDns
              ? this + " is not supported yet: there is no DNS; with --no-dns it is accepted"
              : null;
      case NOT_YET -> asks ? "this version does not support the flag " + this + " yet" : null;
    };
  }

  private static boolean isOn(String value) {
    return value.equals("true") || value.equals("1");
  }

  @Override
  public String toString() {
    return name.length() == 1 ? "-" + name : "--" + name;
  }
}
