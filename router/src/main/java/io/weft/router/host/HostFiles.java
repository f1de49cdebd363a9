package io.weft.router.host;

import java.nio.file.Path;

/**
 * Where the host's own files are, as seen by a router that may run in a container.
 *
 * @param root the host's root folder
 * @param proc the host's process file system
 */
public record HostFiles(Path root, Path proc) {
  /** Of a router that runs on the host itself. */
  public static final HostFiles OWN = new HostFiles(Path.of("/"), Path.of("/proc"));
}
