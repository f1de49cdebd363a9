package io.weft.tests.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.weft.tests.architecture.ReachableCode.Method;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.CodeElement;
import java.net.URI;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Nothing on the path of frames allocates, locks or logs (docs/architecture.md, rule 3). */
final class FramePathTest {
  private static ReachableCode code;
  private static Map<Method, @Nullable Method> path;

  @BeforeAll
  static void readModules() throws IOException {
    List<byte[]> files = new ArrayList<>();
    for (var type :
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.weft")) {
      URI file = type.getSource().orElseThrow().getUri();
      try (InputStream in = file.toURL().openStream()) {
        files.add(in.readAllBytes());
      }
    }
    code = new ReachableCode(files);
    path = reachable();
  }

  @Test
  void nothingOnThePathOfFramesAllocatesLocksLogsOrFormats() {
    Map<String, String> found = new TreeMap<>();
    path.keySet()
        .forEach(method ->
            deeds(code, method)
                .forEach(deed -> {
                  if (!FramePath.EXCUSED.containsKey(method + " " + deed)) {
                    found.put(method + " " + deed, way(method));
                  }
                }));
    assertEquals(Map.of(), found, "on the path of frames");
  }

  @Test
  void thePathLeadsThroughEveryWayOfCarryingFrames() {
    Set<String> reached = new TreeSet<>();
    path.keySet().forEach(method -> reached.add(method.toString()));
    for (String expected :
        List.of(
            "ForwardingPlane.captured",
            "ForwardingPlane.received",
            "ForwardingPlane.punted",
            "SleeveForwarder.forward",
            "Sleeve2Forwarder.forward",
            "FastdpForwarder.carry",
            "UserVxlanForwarder.carry",
            "SleeveReceiver.received",
            "Sleeve2Receiver.datagrams",
            "UserVxlanReceiver.received",
            "FlowJoiner.add",
            "PcapBridgePort.inject",
            "TapDevice.write",
            "VnetSocket.read",
            "UdpSocket.send",
            "HandOver.share",
            "SodiumSecretBox.seal",
            "SecretBox.seal",
            "AggregateCipher.seal")) {
      assertTrue(reached.contains(expected), expected);
    }
  }

  @Test
  void everyExceptionIsNeeded() {
    Set<String> reached = new TreeSet<>();
    Set<String> done = new TreeSet<>();
    path.keySet()
        .forEach(method -> {
          reached.add(method.toString());
          deeds(code, method).forEach(deed -> done.add(method + " " + deed));
        });
    Set<String> stale = new TreeSet<>(FramePath.EXCUSED.keySet());
    stale.removeAll(done);
    assertEquals(Set.of(), stale, "done nowhere on the path");
    Set<String> uncalled = new TreeSet<>(FramePath.SELDOM.keySet());
    uncalled.removeAll(reached);
    assertEquals(Set.of(), uncalled, "not called from the path");
  }

  @ParameterizedTest
  @CsvSource({
    "clean,",
    "locksByDeclaration, LOCKS",
    "locksByStatement, LOCKS",
    "locksByLock, LOCKS",
    "locksByQueue, LOCKS",
    "logs, LOGS",
    "prints, LOGS",
    "formats, FORMATS ALLOCATES",
    "concatenates, FORMATS",
    "allocatesObject, ALLOCATES",
    "allocatesArray, ALLOCATES",
    "allocatesBox, ALLOCATES",
    "allocatesView, ALLOCATES",
    "allocatesLambda, ALLOCATES",
    "allocatesIterator, ALLOCATES",
    "callsOverriding, LOGS",
    "callsAnyStep, LOGS FORMATS ALLOCATES",
    "callsNarrowStep, FORMATS",
    "callsSupplier, ALLOCATES",
    "formatsNumber, FORMATS",
    "takesTime, ALLOCATES",
    "printsTrace, LOGS",
  })
  void whatIsForbiddenIsFound(String method, @Nullable String deeds) throws IOException {
    ReachableCode samples = new ReachableCode(samples());
    List<Method> roots = samples.named("FramePathSamples." + method);
    assertFalse(roots.isEmpty(), method);
    Set<Deed> found = EnumSet.noneOf(Deed.class);
    samples
        .from(roots, called -> true)
        .keySet()
        .forEach(called -> found.addAll(deeds(samples, called)));
    String names = found.stream().map(Deed::name).collect(Collectors.joining(" "));
    assertEquals(deeds == null ? "" : deeds, names);
  }

  private static List<byte[]> samples() throws IOException {
    List<byte[]> files = new ArrayList<>();
    List<Class<?>> classes = new ArrayList<>(List.of(FramePathSamples.class));
    classes.addAll(List.of(FramePathSamples.class.getDeclaredClasses()));
    for (Class<?> type : classes) {
      String file = type.getName().replaceFirst(".*\\.", "") + ".class";
      try (InputStream in = type.getResourceAsStream(file)) {
        files.add(Objects.requireNonNull(in, file).readAllBytes());
      }
    }
    return files;
  }

  private static Map<Method, @Nullable Method> reachable() {
    List<Method> roots = new ArrayList<>();
    for (String label : FramePath.ROOTS) {
      List<Method> named = code.named(label);
      assertFalse(named.isEmpty(), "there is no " + label);
      roots.addAll(named);
    }
    return code.from(roots, method -> !FramePath.SELDOM.containsKey(method.toString()));
  }

  /** What a method does itself; nothing where it is called seldom. */
  private static Set<Deed> deeds(ReachableCode in, Method method) {
    Set<Deed> deeds = EnumSet.noneOf(Deed.class);
    if (in == code && FramePath.SELDOM.containsKey(method.toString())) {
      return deeds;
    }
    if (in.isSynchronized(method)) {
      deeds.add(Deed.LOCKS);
    }
    for (CodeElement element : in.code(method)) {
      Deed deed = Deed.of(element);
      if (deed != null) {
        deeds.add(deed);
      }
    }
    return deeds;
  }

  /** From a root to a method. */
  private static String way(Method method) {
    String way = method.toString();
    for (Method at = path.get(method); at != null; at = path.get(at)) {
      way = at + " > " + way;
    }
    return way;
  }
}
