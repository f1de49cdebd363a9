package io.weft.cni;

import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The network namespace of a container, and the short id that its host-side interface is named
 * after. Open until closed; any thread.
 */
public final class ContainerNamespace implements AutoCloseable {
  /** Longest id: an interface name has 15 characters, 8 of them for the prefix. */
  static final int ID_LENGTH_MAX = 7;

  private static final String PREFIX = "netns:";
  private static final String PID = "[1-9][0-9]{0,9}";

  /** Base 36 fits the 32-bit inode numbers of namespaces into seven characters. */
  private static final int ID_RADIX = 36;

  private static final String NAMESPACE_IDENT_PREFIX = "netns-";

  private final NetworkNamespace namespace;
  private final String id;
  private final String ident;
  private final OptionalLong process;

  private ContainerNamespace(
      NetworkNamespace namespace, String id, Optional<String> containerId, OptionalLong process) {
    this.namespace = namespace;
    this.id = id;
    this.ident = containerId.orElse(NAMESPACE_IDENT_PREFIX + namespace.inode());
    this.process = process;
  }

  /**
   * Opens what the user named: {@code netns:PATH}, {@code netns:NAME}, the number of a process in
   * the container, or the bare name of a namespace.
   *
   * @throws IllegalArgumentException if it can not be one of these
   * @throws IOException if there is no such namespace
   */
  public static ContainerNamespace open(String text) throws IOException {
    if (text.matches(PID)) {
      long process = Long.parseLong(text);
      return new ContainerNamespace(
          NetworkNamespace.ofPid(process), cut(text), Optional.empty(), OptionalLong.of(process));
    }
    String place = text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : text;
    NetworkNamespace namespace =
        place.startsWith("/")
            ? NetworkNamespace.ofPath(Path.of(place))
            : NetworkNamespace.ofName(place);
    return new ContainerNamespace(
        namespace, idOf(namespace.inode()), Optional.empty(), OptionalLong.empty());
  }

  /**
   * Opens the namespace of a container of a runtime. Its host-side interface is named after the
   * process, as Weave Net names it (features.md 1.9).
   *
   * @param containerId what the allocator is to call it
   * @param process one of the container's
   */
  static ContainerNamespace ofRuntime(String containerId, long process) throws IOException {
    return new ContainerNamespace(
        NetworkNamespace.ofPid(process),
        cut(Long.toString(process)),
        Optional.of(containerId),
        OptionalLong.of(process));
  }

  /**
   * Opens the namespace of a container that has an id of its own.
   *
   * @param id the container's id; its first seven characters count
   */
  public static ContainerNamespace open(Path path, String id) throws IOException {
    if (!id.matches("[A-Za-z0-9_.-]+")) {
      throw new IllegalArgumentException("not a container id: " + id);
    }
    return new ContainerNamespace(
        NetworkNamespace.ofPath(path), cut(id), Optional.empty(), OptionalLong.empty());
  }

  /** What the allocator calls the container: the id it has from its runtime, or its namespace's. */
  public String ident() {
    return ident;
  }

  /** A process in the container, if it was found by one. */
  public OptionalLong process() {
    return process;
  }

  /** The namespace itself; closed with this. */
  public NetworkNamespace namespace() {
    return namespace;
  }

  /** One to seven characters, the same as long as the namespace (or process) lives. */
  public String id() {
    return id;
  }

  @Override
  public void close() {
    namespace.close();
  }

  private static String idOf(long inode) {
    String digits = Long.toString(inode, ID_RADIX);
    return digits.substring(Math.max(0, digits.length() - ID_LENGTH_MAX));
  }

  private static String cut(String text) {
    return text.substring(0, Math.min(text.length(), ID_LENGTH_MAX));
  }
}
