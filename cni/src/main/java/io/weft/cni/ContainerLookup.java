package io.weft.cni;

import io.weft.linux.NetworkNamespace;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the container that somebody names (features.md 1.2): by its namespace or a process, by the
 * name or id that Docker knows, or by the id that its runtime has called its control group after.
 * Any thread.
 */
public final class ContainerLookup {
  private static final Path PROC = Path.of("/proc");

  /** Docker, containerd, podman and CRI-O all have 64 digits, in names of different forms. */
  private static final Pattern ID_IN_GROUP =
      Pattern.compile("(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])");

  private static final Pattern ID = Pattern.compile("[0-9a-f]{12,64}");
  private static final Pattern PROCESS = Pattern.compile("[1-9][0-9]{0,9}");

  /** As runtimes have them. */
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");

  private final String docker;
  private final Path processes;

  /**
   * Asks a daemon for what is neither a namespace nor a process.
   *
   * @param docker its address as {@link DockerApi#at} takes it, looked at when it is needed; empty
   *     for none
   */
  public ContainerLookup(String docker) {
    this(docker, PROC);
  }

  /**
   * The same with another place for what is said of processes.
   *
   * @param processes has for each a folder with the file {@code cgroup}
   */
  ContainerLookup(String docker, Path processes) {
    this.docker = docker;
    this.processes = processes;
  }

  /**
   * The container called {@code text}.
   *
   * @return open until closed
   * @throws IllegalArgumentException if nothing could be called so, or Docker is needed and its
   *     address is none
   * @throws IOException if there is none, or more than one; the text says where was looked. Also if
   *     the process that Docker names is none of the container's here
   */
  public ContainerNamespace find(String text) throws IOException {
    if (text.startsWith("netns:")
        || PROCESS.matcher(text).matches()
        || !NAME.matcher(text).matches()
        || NetworkNamespace.exists(text)) {
      return ContainerNamespace.open(text);
    }
    Optional<DockerApi.Container> known = ofDocker(text);
    if (known.isPresent()) {
      DockerApi.Container container = known.get();
      if (!container.isRunning()) {
        throw new IOException("the container " + text + " does not run");
      }
      return open(container.id(), container.process());
    }
    if (ID.matcher(text).matches()) {
      Map<String, Long> containers = inGroupsOf(text);
      if (containers.size() > 1) {
        throw new IOException("more than one container has an id that begins with " + text);
      }
      for (Map.Entry<String, Long> found : containers.entrySet()) {
        return open(found.getKey(), found.getValue());
      }
    }
    throw new FileNotFoundException(
        "no container "
            + text
            + ": no network namespace is called so, no process belongs to a"
            + " container with such an id, and Docker knows none or does not run");
  }

  /**
   * Docker may be one of another host, and the number of a process that has ended goes to another
   * one. The namespace is opened first, so that the control group says whose it is.
   */
  private ContainerNamespace open(String id, long process) throws IOException {
    ContainerNamespace container = ContainerNamespace.ofRuntime(id, process);
    if (isIn(process, id)) {
      return container;
    }
    container.close();
    throw new IOException(
        "process %d of this host is in no control group of the container %s: is it a container of"
                .formatted(process, id)
            + " another host, or one without control groups? The latter is attached by the number"
            + " of its process");
  }

  private boolean isIn(long process, String id) {
    try {
      Path groups = processes.resolve(process + "/cgroup");
      // Line by line: not every hierarchy need have a group for each container.
      return Files.readAllLines(groups, StandardCharsets.ISO_8859_1).stream()
          .anyMatch(line -> innermost(line).filter(id::equals).isPresent());
    } catch (IOException e) {
      // It has ended meanwhile.
      return false;
    }
  }

  /** What Docker knows; nothing where it does not run. */
  private Optional<DockerApi.Container> ofDocker(String name) throws IOException {
    try {
      return docker.isEmpty() ? Optional.empty() : DockerApi.at(docker).find(name);
    } catch (SocketException e) {
      return Optional.empty();
    }
  }

  /** The containers whose ids begin so, each with the lowest number of a process in it. */
  private Map<String, Long> inGroupsOf(String beginning) throws IOException {
    Map<String, Long> found = new TreeMap<>();
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(processes, "[0-9]*")) {
      for (Path process : folders) {
        Optional<String> id = idOf(process).filter(one -> one.startsWith(beginning));
        if (id.isPresent()) {
          found.merge(id.get(), Long.valueOf(process.getFileName().toString()), Math::min);
        }
      }
    }
    return found;
  }

  /** The innermost container that a process is in. */
  private static Optional<String> idOf(Path process) {
    try {
      return innermost(Files.readString(process.resolve("cgroup"), StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      // It has ended meanwhile.
      return Optional.empty();
    }
  }

  private static Optional<String> innermost(String groups) {
    Optional<String> id = Optional.empty();
    Matcher matcher = ID_IN_GROUP.matcher(groups);
    while (matcher.find()) {
      id = Optional.of(matcher.group());
    }
    return id;
  }
}
