package io.weft.tests.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A private wire with hosts on it: a bridge in a namespace of its own, one namespace for each host.
 * Nothing of it exists in the namespace of the machine, and {@link #close} removes it all.
 */
public final class Underlay implements AutoCloseable {
  /** The interface that {@link #cable} makes on both hosts. */
  public static final String CABLE = "cable0";

  /** The addresses at the two ends of the cable. */
  public static final List<String> CABLE_ADDRESSES = List.of("203.0.113.1", "203.0.113.2");

  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final String prefix =
      "weft-%d-%d-".formatted(ProcessHandle.current().pid(), NUMBER.incrementAndGet());
  private final List<Namespace> namespaces = new ArrayList<>();
  private final List<Host> hosts = new ArrayList<>();
  private final Path folder;
  private final Namespace wire;

  public Underlay() throws IOException {
    folder = Files.createTempDirectory("weft-test");
    wire = namespace("wire");
    wire.ip("link", "add", "wire", "type", "bridge");
    wire.ip("link", "set", "wire", "up");
  }

  /** Adds a host with an address on the wire; {@code label} is a letter. */
  public Host host(String label) throws IOException {
    Namespace namespace = namespace(label);
    int number = hosts.size() + 1;
    String port = port(label);
    wire.ip("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", namespace.name());
    wire.ip("link", "set", port, "master", "wire", "up");
    String address = "192.0.2." + number;
    namespace.ip("addr", "add", address + "/24", "dev", "eth0");
    namespace.ip("link", "set", "eth0", "up");
    Host host = new Host(this, namespace, label, address, number, folder.resolve(label));
    hosts.add(host);
    return host;
  }

  /**
   * Joins two hosts by a cable of their own, without the bridge between: {@code cable0} on both,
   * with {@code 203.0.113.1} on the first and {@code 203.0.113.2} on the second.
   */
  public void cable(Host first, Host second) throws IOException {
    Namespace one = first.namespace();
    Namespace other = second.namespace();
    one.ip("link", "add", CABLE, "type", "veth", "peer", "name", CABLE, "netns", other.name());
    one.ip("addr", "add", CABLE_ADDRESSES.getFirst() + "/24", "dev", CABLE);
    other.ip("addr", "add", CABLE_ADDRESSES.getLast() + "/24", "dev", CABLE);
    one.ip("link", "set", CABLE, "up");
    other.ip("link", "set", CABLE, "up");
  }

  /** The namespace that holds the wire. */
  Namespace wire() {
    return wire;
  }

  /** The wire's end of the cable to a host. */
  String port(String label) {
    return "port-" + label;
  }

  /** A further namespace, removed with the others. */
  public Namespace namespace(String label) throws IOException {
    Namespace namespace = Namespace.create(prefix + label);
    namespaces.add(namespace);
    return namespace;
  }

  @Override
  public void close() throws IOException {
    IOException failure = null;
    for (Host host : hosts) {
      try {
        host.discard();
      } catch (IOException e) {
        failure = e;
      }
    }
    for (Namespace namespace : namespaces.reversed()) {
      try {
        namespace.delete();
      } catch (IOException e) {
        failure = e;
      }
    }
    deleteTree(folder);
    if (failure != null) {
      throw failure;
    }
    List<String> left =
        Command.run(List.of("ip", "netns", "list"))
            .out()
            .lines()
            .filter(line -> line.startsWith(prefix))
            .toList();
    assertEquals(List.of(), left, "namespaces left behind");
  }

  /** Removes a folder with its contents, if it exists. */
  public static void deleteTree(Path tree) throws IOException {
    if (!Files.exists(tree)) {
      return;
    }
    Files.walkFileTree(
        tree,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, IOException failure)
              throws IOException {
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
