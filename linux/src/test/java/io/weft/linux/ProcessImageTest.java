package io.weft.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProcessImageTest {

  /** Runs in a virtual machine of its own, which the replacement ends. */
  static final class Replaced {
    private Replaced() {}

    public static void main(String[] arguments) throws LinuxException {
      String script = "printf '%s %s %s' \"$$\" \"$GREETING\" \"$1\"";
      throw ProcessImage.replace(
          List.of("/bin/sh", "-c", script, "sh", "two words"), Map.of("GREETING", "grüß"));
    }
  }

  @Test
  void keepsTheProcessAndHandsOverArgumentsAndEnvironment() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Replaced.class.getName())
            .redirectErrorStream(true)
            .start();
    String seen =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();

    assertEquals(process.pid() + " grüß two words", seen);
    assertEquals(0, process.waitFor());
  }

  @Test
  void namesTheProgramThatIsNotThere() {
    LinuxException refused =
        assertThrows(
            LinuxException.class,
            () -> ProcessImage.replace(List.of("/no/such/program"), Map.of()));

    assertEquals(Errno.ENOENT, refused.errno());
    assertEquals("run /no/such/program", refused.attempted());
  }
}
