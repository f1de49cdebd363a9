package io.weft.tests.overlaybench;

import io.weft.tests.acceptance.Await;
import io.weft.tests.acceptance.Host;
import io.weft.tests.acceptance.Namespace;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Overlays of other projects as Debian packages them, each encrypted as its documentation
 * recommends and set up for throughput ({@code docs/performance.md} says how). Their device is on
 * the host itself, so none pays for a bridge or a second hop as Weft's containers do.
 */
final class PeerPaths {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final String DEVICE = "vpn0";
  private static final String LEFT = "10.91.0.1";
  private static final String RIGHT = "10.91.0.2";

  private PeerPaths() {}

  /** tinc 1.0 with its defaults, AES-256-CBC and SHA-256, without compression. */
  static Route tinc(Ground ground) throws Exception {
    need("tincd");
    List<Path> folders = new ArrayList<>();
    for (boolean left : List.of(true, false)) {
      String name = left ? "a" : "b";
      String configuration = name + "/tinc.conf";
      ground.file(
          configuration, "Name = " + name, "Interface = " + DEVICE, left ? "" : "ConnectTo = a");
      Path key =
          ground.file(
              name + "/hosts/" + name,
              "Address = " + (left ? ground.leftAddress() : ground.rightAddress()),
              "Subnet = " + (left ? LEFT : RIGHT) + "/32",
              "Compression = 0");
      Path up =
          ground.file(
              name + "/tinc-up",
              "#!/bin/sh",
              "ip addr add " + (left ? LEFT : RIGHT) + "/24 dev $INTERFACE",
              "ip link set $INTERFACE up");
      if (!up.toFile().setExecutable(true)) {
        throw new IOException(up + " cannot be made executable");
      }
      Path folder = up.resolveSibling("");
      Ground.run("sh", "-c", "yes '' | tincd -c '" + folder + "' -K");
      folders.add(folder);
      if (!left) {
        Files.copy(key, folders.getFirst().resolve("hosts/b"));
        Files.copy(folders.getFirst().resolve("hosts/a"), folder.resolve("hosts/a"));
      }
    }
    List<Long> daemons = new ArrayList<>();
    for (Path folder : folders) {
      Namespace namespace = (daemons.isEmpty() ? ground.left() : ground.right()).namespace();
      daemons.add(
          ground.daemon(
              namespace, "tincd", "-c", folder.toString(), "-D", "--pidfile=" + folder + "/pid"));
    }
    return route(ground, daemons);
  }

  /** fastd with salsa2012+umac, its fastest secure method, in TAP mode, MTU 1426. */
  static Route fastd(Ground ground) throws Exception {
    need("fastd");
    List<String> secrets = new ArrayList<>();
    List<String> keys = new ArrayList<>();
    for (String name : List.of("secret-a", "secret-b")) {
      String secret = Ground.run("fastd", "--generate-key", "--machine-readable");
      Path file = ground.file(name, "secret \"" + secret + "\";");
      secrets.add(secret);
      keys.add(Ground.run("fastd", "-c", file.toString(), "--show-key", "--machine-readable"));
    }
    // Only one side dials: when both do at once, this version may keep two different sessions.
    long left = fastd(ground, ground.left(), secrets.getFirst(), LEFT, keys.getLast(), "");
    long right =
        fastd(
            ground,
            ground.right(),
            secrets.getLast(),
            RIGHT,
            keys.getFirst(),
            " remote " + ground.leftAddress() + ":10000;");
    return route(ground, List.of(left, right));
  }

  private static long fastd(
      Ground ground, Host host, String secret, String address, String peerKey, String remote)
      throws IOException {
    Path file =
        ground.file(
            "fastd-" + host.label(),
            "log level warn; mode tap; interface \"" + DEVICE + "\"; mtu 1426;",
            "method \"salsa2012+umac\"; bind 0.0.0.0:10000; secret \"" + secret + "\";",
            "on up \"ip addr add "
                + address
                + "/24 dev $INTERFACE;"
                + " ip link set $INTERFACE up\";",
            "peer \"other\" { key \"" + peerKey + "\";" + remote + " }");
    return ground.daemon(host.namespace(), "fastd", "-c", file.toString());
  }

  /** n2n 1.3 with Twofish, the only cipher of Debian's version, direct between the edges. */
  static Route n2n(Ground ground) throws Exception {
    need("edge", "supernode");
    ground.daemon(ground.left().namespace(), "supernode", "-l", "7654");
    List<Long> daemons = new ArrayList<>();
    for (Host host : List.of(ground.left(), ground.right())) {
      daemons.add(
          ground.daemon(
              host.namespace(),
              "edge",
              "-d",
              DEVICE,
              "-c",
              "weft",
              "-k",
              "correct-horse",
              "-a",
              host == ground.left() ? LEFT : RIGHT,
              "-l",
              ground.leftAddress() + ":7654"));
    }
    return route(ground, daemons);
  }

  /** nebula with AES-GCM and an authority of its own, large socket buffers, MTU 1440. */
  static Route nebula(Ground ground) throws Exception {
    need("nebula", "nebula-cert");
    Path authority = ground.file("ca.crt").resolveSibling("authority.crt");
    Path authorityKey = authority.resolveSibling("authority.key");
    Ground.run(
        "nebula-cert",
        "ca",
        "-name",
        "weft",
        "-duration",
        "24h",
        "-out-crt",
        authority.toString(),
        "-out-key",
        authorityKey.toString());
    List<Long> daemons = new ArrayList<>();
    for (Host host : List.of(ground.left(), ground.right())) {
      boolean left = host == ground.left();
      Path certificate = authority.resolveSibling(host.label() + ".crt");
      Path key = authority.resolveSibling(host.label() + ".key");
      Ground.run(
          "nebula-cert",
          "sign",
          "-name",
          host.label(),
          "-ip",
          (left ? LEFT : RIGHT) + "/24",
          "-ca-crt",
          authority.toString(),
          "-ca-key",
          authorityKey.toString(),
          "-out-crt",
          certificate.toString(),
          "-out-key",
          key.toString());
      String other =
          "\"%s\": [\"%s:4242\"]"
              .formatted(left ? RIGHT : LEFT, left ? ground.rightAddress() : ground.leftAddress());
      Path file =
          ground.file(
              host.label() + ".yml",
              "pki: { ca: %s, cert: %s, key: %s }".formatted(authority, certificate, key),
              "static_host_map: { " + other + " }",
              "lighthouse: { am_lighthouse: false }",
              "listen: { host: 0.0.0.0, port: 4242, batch: 64,"
                  + " read_buffer: 10485760, write_buffer: 10485760 }",
              "cipher: aes",
              "tun: { dev: " + DEVICE + ", mtu: 1440 }",
              "logging: { level: error, format: text }",
              "firewall:",
              "  outbound: [{ port: any, proto: any, host: any }]",
              "  inbound: [{ port: any, proto: any, host: any }]");
      daemons.add(ground.daemon(host.namespace(), "nebula", "-config", file.toString()));
    }
    return route(ground, daemons);
  }

  /** wireguard-go as it comes: ChaCha20-Poly1305, MTU 1420. */
  static Route wireguardGo(Ground ground) throws Exception {
    need("wireguard-go", "wg");
    List<String> secrets = List.of(Ground.run("wg", "genkey"), Ground.run("wg", "genkey"));
    List<Long> daemons = new ArrayList<>();
    for (Host host : List.of(ground.left(), ground.right())) {
      boolean left = host == ground.left();
      // Its control socket is named after the device and lies in /run, whatever the namespace.
      String device = "wg%d%s".formatted(ProcessHandle.current().pid(), host.label());
      ground.removeInTheEnd(Path.of("/run/wireguard", device + ".sock"));
      Namespace namespace = host.namespace();
      daemons.add(ground.daemon(namespace, "wireguard-go", "-f", device));
      Path secret = ground.file(device, secrets.get(left ? 0 : 1));
      Path others = ground.file("other-" + device, secrets.get(left ? 1 : 0));
      String key = Ground.run("sh", "-c", "wg pubkey < '" + others + "'");
      String[] configuration = {
        "wg",
        "set",
        device,
        "listen-port",
        "51820",
        "private-key",
        secret.toString(),
        "peer",
        key,
        "allowed-ips",
        (left ? RIGHT : LEFT) + "/32",
        "endpoint",
        (left ? ground.rightAddress() : ground.leftAddress()) + ":51820"
      };
      Await.until(
          "wireguard-go takes its configuration",
          LIMIT,
          () -> namespace.run(configuration),
          output -> output.exit() == 0);
      namespace.ip("addr", "add", (left ? LEFT : RIGHT) + "/24", "dev", device);
      namespace.ip("link", "set", device, "up");
    }
    return route(ground, daemons);
  }

  private static Route route(Ground ground, List<Long> daemons) throws Exception {
    return new Route(ground.left().namespace(), ground.right().namespace(), RIGHT, daemons, "")
        .whenUp();
  }

  private static void need(String... programs) throws LeftOutException {
    for (String program : programs) {
      if (Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
          .noneMatch(folder -> Files.isExecutable(Path.of(folder, program)))) {
        throw new LeftOutException(program + " is not installed (dev/deps bench)");
      }
    }
  }
}
