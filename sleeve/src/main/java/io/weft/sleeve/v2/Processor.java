package io.weft.sleeve.v2;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the processor can do, by what the kernel says of it. */
public final class Processor {
  private static final Path DESCRIPTION = Path.of("/proc/cpuinfo");

  private Processor() {}

  /** Whether it computes AES itself; assumed when the kernel does not say. */
  public static boolean hasAes() {
    try {
      return hasAes(Files.readAllLines(DESCRIPTION));
    } catch (IOException e) {
      return true;
    }
  }

  /** The same from the lines of the kernel's description; true when it lists no features at all. */
  static boolean hasAes(List<String> description) {
    List<String> features =
        description.stream()
            .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
            .toList();
    return features.isEmpty()
        || features.stream().allMatch(line -> List.of(line.split("\\s+", -1)).contains("aes"));
  }
}
