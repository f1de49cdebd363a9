package io.weft.fastpath;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The object that is checked in, against the sources beside it. */
final class ProgramsTest {
  private static final Path SOURCES = Path.of("src/main/bpf");
  private static final Path SCRIPT = Path.of("../dev/bpf");
  private static final Pattern FLAGS = Pattern.compile("(?m)^flags='(.*)'$");
  private static final Pattern COMPILER = Pattern.compile("clang ([0-9.]+[^\0]*)\0");

  @ParameterizedTest
  @ValueSource(strings = {"fastdp", "beside"})
  void theObjectIsMadeOfTheseSourcesByTheseFlags(String name) throws Exception {
    Matcher flags = FLAGS.matcher(Files.readString(SCRIPT));
    assertTrue(flags.find(), SCRIPT + " has the compiler's flags");
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    digest.update((flags.group(1) + "\n").getBytes(StandardCharsets.UTF_8));
    for (String source : List.of("frame.h", name + ".h", name + ".c")) {
      digest.update(Files.readAllBytes(SOURCES.resolve(source)));
    }
    String hash = HexFormat.of().formatHex(digest.digest());
    assertTrue(
        text(object(name)).contains(hash), name + ".o is of other sources or flags: run make bpf");
  }

  @Test
  void theSameCompilerMakesTheSameObject(@TempDir Path again) throws Exception {
    Matcher compiler = COMPILER.matcher(text(object("fastdp")));
    assertTrue(compiler.find(), "the object names its compiler");
    Assumptions.assumeTrue(
        clangVersion().contains(compiler.group(1).strip()),
        "no clang " + compiler.group(1) + " here to compile the programs again");
    Process made =
        new ProcessBuilder(SCRIPT.toString(), again.toAbsolutePath().toString())
            .inheritIO()
            .start();
    assertEquals(0, made.waitFor(), "dev/bpf");
    for (String name : List.of("fastdp", "beside")) {
      assertArrayEquals(object(name), Files.readAllBytes(again.resolve(name + ".o")), name);
    }
  }

  @Test
  void whereTheCompilerIsMissingItsPackagesAreNamed(@TempDir Path empty) throws Exception {
    Path commands = Files.createDirectory(empty.resolve("bin"));
    Path dirname = Path.of("/usr/bin/dirname").toRealPath();
    Files.copy(dirname, commands.resolve("dirname"), StandardCopyOption.COPY_ATTRIBUTES);
    ProcessBuilder script =
        new ProcessBuilder("/bin/sh", SCRIPT.toString(), empty.toString())
            .redirectErrorStream(true);
    script.environment().put("PATH", commands.toString());
    Process failed = script.start();
    String said = new String(failed.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(1, failed.waitFor(), said);
    assertTrue(said.startsWith("Missing: clang llvm"), said);
  }

  @ParameterizedTest
  @CsvSource({
    "TREE_HOPS, 254",
    "PORTS, 1024",
    "ACTIVE, 1",
    "OWNER_LOCAL, 0xffff",
    "OWNER_OUTSIDE, 0xfffe",
    "ROUTE_SELF, 1",
    "ROUTE_NONE, 2",
    "ROUTE_PUNT, 3",
    "ROUTE_VIA, 0x10000",
    "HOP_VXLAN, 1",
    "HOP_PUNT, 2",
    "EVENT_HEARTBEAT, 1",
    "EVENT_LEARNED, 2",
    "EVENT_MOVED, 3",
    "PUNT_ETHERTYPE, 0x88b5"
  })
  void headerAndLayoutSayTheSame(String name, String value) throws Exception {
    String header = Files.readString(SOURCES.resolve("fastdp.h"));
    Matcher definition = Pattern.compile("#define " + name + " (\\w+)").matcher(header);
    assertTrue(definition.find(), name + " in fastdp.h");
    assertEquals(Integer.decode(value), Integer.decode(definition.group(1)));
    assertEquals(Integer.decode(value), Layout.class.getDeclaredField(name).getInt(null));
  }

  @Test
  void countersHaveOneOrder() throws Exception {
    String header = Files.readString(SOURCES.resolve("fastdp.h"));
    String body = header.substring(header.indexOf("enum counter {"), header.indexOf("COUNTERS\n"));
    List<String> names =
        Pattern.compile("\\b([A-Z_]{5,})\\b").matcher(body).results().map(m -> m.group(1)).toList();
    assertEquals(Arrays.stream(FastdpCounter.values()).map(Enum::name).toList(), names);
  }

  @Test
  void userSpacesCountersAndTableHaveOneLayout() throws Exception {
    String header = Files.readString(SOURCES.resolve("beside.h"));
    String body =
        header.substring(
            header.indexOf("enum beside_counter {"), header.indexOf("BESIDE_COUNTERS\n"));
    List<String> names =
        Pattern.compile("\\t([A-Z]+),").matcher(body).results().map(m -> m.group(1)).toList();
    assertEquals(Arrays.stream(BesideCounter.values()).map(Enum::name).toList(), names);
    assertTrue(header.contains("#define PLACES " + BesideTables.PLACES + "\n"), "PLACES");
  }

  private static byte[] object(String name) throws IOException {
    return KernelPath.objectFile(name + ".o");
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static String clangVersion() throws Exception {
    try {
      Process clang = new ProcessBuilder("clang", "--version").start();
      String printed = new String(clang.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      clang.waitFor();
      return printed.toLowerCase(Locale.ROOT);
    } catch (IOException e) {
      return "";
    }
  }
}
