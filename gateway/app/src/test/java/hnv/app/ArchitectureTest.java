// SPDX-License-Identifier: Apache-2.0
package hnv.app;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import hnv.wire.Octets;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The hard rules of the house, on compiled classes: who may import whom, who may call native code,
/// what the engine must not ask of the machine, and names that say nothing.
final class ArchitectureTest {
  /// Room → the rooms that it may import. `hnv.app` may import all; nobody may import it.
  private static final Map<String, Set<String>> MAY_IMPORT =
      Map.ofEntries(
          entry("hnv.wire"),
          entry("hnv.dataplane", "hnv.wire"),
          entry("hnv.vswitch", "hnv.wire", "hnv.dataplane"),
          entry("hnv.overlay", "hnv.wire", "hnv.dataplane", "hnv.vswitch"),
          entry("hnv.linux", "hnv.wire", "hnv.dataplane"),
          entry("hnv.nat", "hnv.wire"),
          entry("hnv.gre", "hnv.wire"),
          entry("hnv.routing", "hnv.wire"),
          entry(
              "hnv.edge",
              "hnv.wire",
              "hnv.dataplane",
              "hnv.vswitch",
              "hnv.overlay",
              "hnv.nat",
              "hnv.gre",
              "hnv.routing"),
          entry("hnv.model", "hnv.wire"),
          entry("hnv.document", "hnv.wire", "hnv.model"),
          entry(
              "hnv.app",
              "hnv.wire",
              "hnv.dataplane",
              "hnv.vswitch",
              "hnv.overlay",
              "hnv.linux",
              "hnv.nat",
              "hnv.gre",
              "hnv.routing",
              "hnv.edge",
              "hnv.model",
              "hnv.document"));

  private static Map.Entry<String, Set<String>> entry(String room, String... mayImport) {
    return Map.entry(room, Set.of(mayImport));
  }

  /// Rooms whose behaviour depends on nothing but what they are given.
  private static final String[] ENGINE = {
    "hnv.wire..",
    "hnv.dataplane..",
    "hnv.vswitch..",
    "hnv.overlay..",
    "hnv.nat..",
    "hnv.gre..",
    "hnv.routing..",
    "hnv.edge..",
    "hnv.model.."
  };

  private static final Set<String> CALLS_OUT_OF_THE_ENGINE =
      Set.of(
          "java.lang.Thread.sleep",
          "java.lang.System.nanoTime",
          "java.lang.System.currentTimeMillis",
          "java.time.Instant.now",
          "java.net.InetAddress.getByName",
          "java.net.InetAddress.getAllByName");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("hnv");

  static Set<String> rooms() {
    return new TreeSet<>(MAY_IMPORT.keySet());
  }

  @Test
  void knowsEveryRoom() {
    var found = new TreeSet<String>();
    for (var type : CLASSES) {
      String[] parts = type.getPackageName().split("\\.", -1);
      found.add(parts[0] + "." + (parts.length > 1 ? parts[1] : ""));
    }
    assertEquals(rooms(), found);
  }

  @ParameterizedTest
  @MethodSource("rooms")
  void importsOnlyWhatTheTableNames(String room) {
    String[] forbidden =
        MAY_IMPORT.keySet().stream()
            .filter(other -> !other.equals(room))
            .filter(other -> !MAY_IMPORT.getOrDefault(room, Set.of()).contains(other))
            .map(other -> other + "..")
            .toArray(String[]::new);
    noClasses()
        .that()
        .resideInAPackage(room + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(forbidden)
        .check(CLASSES);
  }

  @Test
  void keepsNativeAccessInLinux() {
    noClasses()
        .that()
        .resideOutsideOfPackage("hnv.linux..")
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(Linker.class, SymbolLookup.class)
        .check(CLASSES);
  }

  /// A header is read in one place and written by one class. Literal offsets leave no trace in
  /// compiled classes, but reading and writing at an offset does: it is left to the rooms of octets
  /// and of fixed layouts.
  @Test
  void asksTheWireForOctets() {
    DescribedPredicate<JavaAccess<?>> octets =
        describe(
            "read or write octets at an offset",
            access ->
                access.getTargetOwner().isEquivalentTo(Octets.class)
                    || (access.getTargetOwner().isEquivalentTo(MemorySegment.class)
                        && Set.of("get", "set").contains(access.getName())));
    noClasses()
        .that()
        .resideOutsideOfPackages("hnv.wire..", "hnv.dataplane..", "hnv.linux..")
        .should()
        .accessTargetWhere(octets)
        .check(CLASSES);
  }

  @Test
  void givesTheEngineItsTimeAndNames() {
    DescribedPredicate<JavaAccess<?>> outward =
        describe(
            "ask the machine for time, sleep or a host's name",
            access ->
                CALLS_OUT_OF_THE_ENGINE.contains(
                    access.getTargetOwner().getName() + "." + access.getName()));
    noClasses()
        .that()
        .resideInAnyPackage(ENGINE)
        .and()
        .doNotHaveSimpleName("SystemNanoClock")
        .should()
        .accessTargetWhere(outward)
        .check(CLASSES);
  }

  @Test
  void namesClassesByWhatTheyAre() {
    // virtualNetworkManager is the name of a Network Controller resource, not a choice of ours.
    classes()
        .that()
        .doNotHaveSimpleName("VirtualNetworkManager")
        .should()
        .haveNameNotMatching(".*(Util|Utils|Helper|Helpers|Manager|Impl)(\\$.*)?")
        .check(CLASSES);
  }

  @Test
  void namesPackagesByWhatTheyHold() {
    noClasses().should().resideInAnyPackage("..util..", "..utils..", "..common..").check(CLASSES);
  }
}
