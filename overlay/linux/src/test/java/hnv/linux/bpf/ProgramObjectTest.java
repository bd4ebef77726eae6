// SPDX-License-Identifier: Apache-2.0
package hnv.linux.bpf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The committed object is what its source compiles to, and what is no object is refused by name.
final class ProgramObjectTest {
  private static final String FLOW = "/hnv/linux/bpf/flow.o";
  private static final Path SOURCE =
      Path.of(System.getProperty("hnv.root", "../.."), "overlay/linux/src/main/bpf");

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = ProgramObjectTest.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }

  private static String run(List<String> command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), String.join(" ", command) + ": " + output);
    return output;
  }

  /// Whoever changes the source and forgets to build, or builds with another compiler and forgets
  /// to say so, is told here.
  @Test
  void isWhatItsSourceCompilesTo(@TempDir Path directory) throws Exception {
    String compiler =
        new String(resource("/hnv/linux/bpf/flow.compiler"), StandardCharsets.UTF_8).strip();
    String found;
    try {
      found = run(List.of("clang", "--version")).lines().findFirst().orElse("").strip();
    } catch (IOException e) {
      found = "no clang";
    }
    assumeTrue(compiler.equals(found), "the object is of " + compiler + ", here is " + found);
    Path object = directory.resolve("flow.o");
    run(List.of(SOURCE.resolve("build").toString(), object.toString()));
    assertArrayEquals(Files.readAllBytes(object), resource(FLOW), "run src/main/bpf/build");
  }

  @Test
  void hasItsProgramsAndNothingThatTheKernelLacks() throws Exception {
    ProgramObject object = ProgramObject.of(resource(FLOW));
    assertEquals(0, object.octets(".text").length, "a function that was not inlined");
    assertTrue(object.octets("tc/vm").length > 8);
    assertTrue(object.octets("tc/underlay").length > 8);
    for (String section : List.of(".data", ".bss", ".rodata", ".maps")) {
      assertThrows(IllegalArgumentException.class, () -> object.octets(section), section);
    }
  }

  @Test
  void namesTheMapThatIsMissing() throws Exception {
    ProgramObject object = ProgramObject.of(resource(FLOW));
    IllegalArgumentException missing =
        assertThrows(IllegalArgumentException.class, () -> object.code("tc/vm", Map.of()));
    assertTrue(missing.getMessage().contains("hnv_port"), missing.getMessage());
  }

  @Test
  void refusesWhatIsNoObject() throws Exception {
    byte[] object = resource(FLOW);
    assertThrows(IllegalArgumentException.class, () -> ProgramObject.of(new byte[0]));
    assertThrows(IllegalArgumentException.class, () -> ProgramObject.of(new byte[64]));
    assertThrows(
        IllegalArgumentException.class,
        () -> ProgramObject.of(new byte[ProgramObject.MAX_LENGTH + 1]));
    byte[] foreign = object.clone();
    foreign[18] = 62; // x86-64
    assertThrows(IllegalArgumentException.class, () -> ProgramObject.of(foreign));
    assertThrows(
        IllegalArgumentException.class,
        () -> ProgramObject.ofResource(ProgramObjectTest.class, "/no/such.o"));
  }

  /// Broken files end in an IllegalArgumentException and nothing else.
  @Test
  void refusesBrokenObjects() throws Exception {
    byte[] object = resource(FLOW);
    Random random = new Random(11);
    TreeSet<String> messages = new TreeSet<>();
    for (int i = 0; i < 2_000; i++) {
      byte[] broken = object.clone();
      int tables = object.length - 1_024;
      for (int j = 0; j < 4; j++) {
        int at = random.nextBoolean() ? random.nextInt(64) : tables + random.nextInt(1_024);
        broken[at] = (byte) random.nextInt(256);
      }
      try {
        ProgramObject.of(broken).code("tc/vm", Map.of());
      } catch (IllegalArgumentException e) {
        messages.add(String.valueOf(e.getMessage()));
      }
    }
    assertTrue(messages.size() > 3, messages.toString());
  }
}
