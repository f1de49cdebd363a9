package io.weft.cni;

import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Path;

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

  private final NetworkNamespace namespace;
  private final String id;

  private ContainerNamespace(NetworkNamespace namespace, String id) {
    this.namespace = namespace;
    this.id = id;
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
      NetworkNamespace namespace = NetworkNamespace.ofPid(Long.parseLong(text));
      return new ContainerNamespace(namespace, cut(text));
    }
    String place = text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : text;
    NetworkNamespace namespace =
        place.startsWith("/")
            ? NetworkNamespace.ofPath(Path.of(place))
            : NetworkNamespace.ofName(place);
    return new ContainerNamespace(namespace, idOf(namespace.inode()));
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
    return new ContainerNamespace(NetworkNamespace.ofPath(path), cut(id));
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
