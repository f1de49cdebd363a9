package io.weft.gossip.fuzzing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The inputs that every build gives to a fuzz target: no bytes, each vector of the target's module,
 * and whatever fuzzing has found before, kept in {@code fuzz/NAME_OF_TARGET/} of its resources.
 *
 * <p>A target is a class named {@code *FuzzTarget} with {@code public static void
 * fuzzerTestOneInput(byte[])}, which throws when the input breaks what the target promises.
 */
public final class FuzzInputs {
  private FuzzInputs() {}

  /**
   * Gives all inputs to a target.
   *
   * @return how many there were
   * @throws AssertionError naming the input that broke a promise
   */
  public static int replay(Class<?> target) {
    MethodHandle entry = entryOf(target);
    Map<String, byte[]> inputs = inputsOf(target);
    inputs.forEach((name, input) -> {
      try {
        entry.invoke(input);
      } catch (Throwable e) {
        throw new AssertionError(target.getSimpleName() + " fails with " + name, e);
      }
    });
    return inputs.size();
  }

  /** How many inputs are kept for this target alone, such as what fuzzing has found. */
  public static int kept(Class<?> target) {
    return files(target, folder(target)).size();
  }

  private static String folder(Class<?> target) {
    return "fuzz/" + target.getSimpleName();
  }

  private static MethodHandle entryOf(Class<?> target) {
    try {
      return MethodHandles.publicLookup()
          .findStatic(
              target, "fuzzerTestOneInput", MethodType.methodType(void.class, byte[].class));
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(target + " is no fuzz target", e);
    }
  }

  private static Map<String, byte[]> inputsOf(Class<?> target) {
    Map<String, byte[]> inputs = new TreeMap<>();
    inputs.put("nothing", new byte[0]);
    for (Path path : files(target, "vectors")) {
      if (path.toString().endsWith(".hex")) {
        inputs.put(path.getFileName().toString(), vector(path));
      }
    }
    for (Path path : files(target, folder(target))) {
      inputs.put("finding " + path.getFileName(), bytes(path));
    }
    return inputs;
  }

  /** Regular files below a folder of the test resources of the target's own module. */
  private static List<Path> files(Class<?> target, String folder) {
    Path root = classesOf(target).resolve(folder);
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    try (Stream<Path> paths = Files.walk(root)) {
      return paths.filter(Files::isRegularFile).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path classesOf(Class<?> target) {
    try {
      return Path.of(target.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] vector(Path path) {
    return HexFormat.of().parseHex(new String(bytes(path), StandardCharsets.US_ASCII).strip());
  }

  private static byte[] bytes(Path path) {
    try {
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
