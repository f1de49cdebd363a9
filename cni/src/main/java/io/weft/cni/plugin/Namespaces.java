package io.weft.cni.plugin;

import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Which namespace a path leads to, as the router sees it. */
final class Namespaces {
  private Namespaces() {}

  /** The number of the namespace at a path, 0 if there is none that the router could see. */
  static long inodeAt(String path) {
    try {
      return path.isEmpty()
          ? 0
          : ((Number) Files.getAttribute(Path.of(path), "unix:ino")).longValue();
    } catch (IOException | InvalidPathException e) {
      return 0;
    }
  }

  /** What is remembered of an attachment when ADD begins. */
  static Attachments.Entry entry(
      PluginCall call, NetworkConfiguration configuration, NetworkNamespace inside) {
    long seen = inodeAt(call.namespacePath());
    return new Attachments.Entry(
        call.key(),
        configuration.name(),
        call.isIpam(),
        configuration.ipam().type().orElse(""),
        call.namespacePath(),
        seen == inside.inode() ? seen : 0,
        false);
  }
}
