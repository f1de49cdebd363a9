package io.weft.tests.acceptance;

import io.weft.fastpath.OtherLayout;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The packaged product as another version, whose eBPF programs make other tables where there are
 * none yet.
 */
final class OtherDistribution {
  private static final String PROGRAMS = "/io/weft/fastpath/fastdp.o";

  private OtherDistribution() {}

  /** Makes one in a folder. Returns its {@code weave}. */
  static Path in(Path folder) throws IOException {
    Path weave = Prerequisites.weave();
    Path lib = Files.createDirectories(folder.resolve("lib"));
    for (Path jar : jars(weave.resolveSibling("../lib").normalize())) {
      Path here = lib.resolve(jar.getFileName());
      Files.copy(jar, here);
      if (jar.getFileName().toString().startsWith("weft-fastpath-")) {
        changePrograms(here);
      }
    }
    Path bin = Files.createDirectories(folder.resolve("bin"));
    return Files.copy(weave, bin.resolve("weave"));
  }

  private static List<Path> jars(Path lib) throws IOException {
    try (Stream<Path> files = Files.list(lib)) {
      return files.filter(file -> file.toString().endsWith(".jar")).toList();
    }
  }

  private static void changePrograms(Path jar) throws IOException {
    try (FileSystem inside = FileSystems.newFileSystem(jar)) {
      Path programs = inside.getPath(PROGRAMS);
      Files.write(programs, OtherLayout.of(Files.readAllBytes(programs)));
    }
  }
}
