package io.weft.tests.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.elements.ClassesThat;
import com.tngtech.archunit.lang.syntax.elements.GivenClassesConjunction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The arrows between modules, and which module may touch what from outside. */
final class ArchitectureTest {
  /** Each module's package below {@code io.weft}, and the packages of the modules it may use. */
  private static final Map<String, Set<String>> ARROWS =
      Map.of(
          "linux", Set.of(),
          "gossip", Set.of(),
          "ipam", Set.of("gossip"),
          "sleeve", Set.of("gossip", "linux"),
          "fastpath", Set.of("gossip", "linux", "sleeve"),
          "router", Set.of("linux", "gossip", "ipam", "sleeve", "fastpath", "cni"),
          "cni", Set.of("linux"),
          "cli", Set.of("cni", "linux"));

  /** Libraries with a home: nobody else sees them. */
  private static final Map<String, Set<String>> LIBRARIES =
      Map.of(
          "jnr..", Set.of("linux"),
          "io.netty..", Set.of("gossip", "router"),
          "org.bouncycastle..", Set.of("gossip"),
          "org.pcap4j..", Set.of("sleeve"),
          "com.sun.jna..", Set.of("sleeve"),
          "picocli..", Set.of("router", "cli"));

  /** What turns a deterministic core into something that cannot be replayed. */
  private static final Set<String> IMPURE_CLASSES =
      Set.of(
          "java.lang.Thread",
          "java.lang.ThreadLocal",
          "java.lang.ProcessBuilder",
          "java.net.Socket",
          "java.net.ServerSocket",
          "java.net.DatagramSocket",
          "java.net.MulticastSocket",
          "java.time.Clock",
          "java.util.Random",
          "java.util.Timer",
          "java.util.concurrent.ThreadLocalRandom",
          "java.util.concurrent.Executors");

  private static JavaClasses classes;

  @BeforeAll
  static void importModules() {
    classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.weft");
  }

  static List<String> modules() {
    return ARROWS.keySet().stream().sorted().toList();
  }

  static List<String> libraries() {
    return LIBRARIES.keySet().stream().sorted().toList();
  }

  @ParameterizedTest
  @MethodSource("modules")
  void everyModuleIsThere(String module) {
    Assertions.assertTrue(
        classes.stream().anyMatch(resideInAnyPackage(packagesOf(Set.of(module)))),
        "no class of io.weft." + module + " is on the class path");
  }

  @ParameterizedTest
  @MethodSource("modules")
  void aModuleUsesOnlyTheModulesItsArrowsPointTo(String module) {
    List<String> forbidden = new ArrayList<>(ARROWS.keySet());
    forbidden.remove(module);
    forbidden.removeAll(ARROWS.getOrDefault(module, Set.of()));
    classesThat()
        .resideInAnyPackage(packagesOf(Set.of(module)))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(packagesOf(forbidden))
        .because("architecture.md allows no such arrow")
        .check(classes);
  }

  @ParameterizedTest
  @MethodSource("libraries")
  void aLibraryIsSeenOnlyByTheModulesThatHideIt(String library) {
    classesThat()
        .resideOutsideOfPackages(packagesOf(LIBRARIES.getOrDefault(library, Set.of())))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(library)
        .check(classes);
  }

  @Test
  void noModuleHasACycleBetweenItsPackagesAndAnother() {
    slices().matching("io.weft.(*)..").should().beFreeOfCycles().check(classes);
  }

  @Test
  void coresOpenNoSocketStartNoThreadAndBringNoRandomnessOfTheirOwn() {
    noClasses()
        .that(areCores())
        .should()
        .dependOnClassesThat(
            DescribedPredicate.describe(
                "are impure", type -> IMPURE_CLASSES.contains(type.getFullName())))
        .orShould()
        .dependOnClassesThat()
        .resideInAnyPackage("java.nio.channels..", "java.nio.file..", "io.netty.channel..")
        .check(classes);
  }

  @Test
  void coresReadNoClock() {
    noClasses()
        .that(areCores())
        .should()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(Math.class, "random")
        .orShould()
        .callMethodWhere(
            DescribedPredicate.describe(
                "its target is now() of java.time",
                call ->
                    call.getTarget().getName().equals("now")
                        && call.getTargetOwner().getPackageName().equals("java.time")))
        .check(classes);
  }

  @Test
  void aClassIsNamedAfterWhatItIs() {
    classesThat()
        .resideInAPackage("io.weft..")
        .should()
        .haveSimpleNameEndingWith("Manager")
        .orShould()
        .haveSimpleNameEndingWith("Util")
        .orShould()
        .haveSimpleNameEndingWith("Utils")
        .orShould()
        .haveSimpleNameEndingWith("Helper")
        .orShould()
        .haveSimpleNameEndingWith("Impl")
        .check(classes);
  }

  private static ClassesThat<GivenClassesConjunction> classesThat() {
    return noClasses().that();
  }

  /** All of gossip and of address allocation but the shell that owns the sockets. */
  private static DescribedPredicate<JavaClass> areCores() {
    return resideInAnyPackage("io.weft.gossip..", "io.weft.ipam..")
        .and(resideOutsideOfPackages("io.weft.gossip.netty.."))
        .as("are cores");
  }

  private static String[] packagesOf(Iterable<String> modules) {
    List<String> packages = new ArrayList<>();
    modules.forEach(module -> packages.add("io.weft." + module + ".."));
    String[] sorted = packages.toArray(String[]::new);
    Arrays.sort(sorted);
    return sorted;
  }
}
