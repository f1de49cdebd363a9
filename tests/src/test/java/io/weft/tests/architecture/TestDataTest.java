package io.weft.tests.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Test data that no test reads proves nothing. */
final class TestDataTest {
  /** What a test adds itself to the name that it gives in quotes. */
  private static final Pattern ADDED =
      Pattern.compile(
          "^handshake-|-(initiator|acceptor)$|-packets$|-report-node\\d$|\\.(hex|json|pcap|txt)$");

  @ParameterizedTest
  @ValueSource(strings = {"gossip", "ipam-crdt", "sleeve"})
  void everyVectorAndRecordingIsNamedByATestOfItsModule(String module) throws IOException {
    Path tests = Path.of("..", module, "src", "test");
    StringBuilder sources = new StringBuilder();
    for (Path file : filesOf(tests.resolve("java"))) {
      sources.append(Files.readString(file));
    }
    List<String> unused = new ArrayList<>();
    int found = 0;
    for (String folder : List.of("vectors", "recordings")) {
      for (Path file : filesOf(tests.resolve("resources").resolve(folder))) {
        found++;
        String name = file.getFileName().toString();
        String stem = name.replaceFirst("\\.[a-z]+$", "");
        if (!named(sources, stem) && !named(sources, stripped(name))) {
          unused.add(file.toString());
        }
      }
    }
    assertTrue(found > 40, found + " files of test data in " + module);
    assertEquals(List.of(), unused, "read by no test");
  }

  private static boolean named(StringBuilder sources, String name) {
    return Pattern.compile("[\"/,. ]" + Pattern.quote(name) + "[\",. ]").matcher(sources).find();
  }

  private static String stripped(String name) {
    String left = name;
    String before;
    do {
      before = left;
      left = ADDED.matcher(left).replaceAll("");
    } while (!left.equals(before));
    return left;
  }

  private static List<Path> filesOf(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }
}
