// SPDX-License-Identifier: Apache-2.0
package hnv.linux.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.linux.Errno;
import hnv.linux.Lab;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Maps and links outlive who made them, and only what is meant is taken over.
@Tag("netns")
final class BpfFolderTest {
  @TempDir private Path temporary = Path.of("");

  private Path place = Path.of("");

  @BeforeEach
  void needRoot() {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root to mount a bpffs");
    place = temporary.resolve("bpf");
  }

  @AfterEach
  void leaveNothingMounted() throws Exception {
    var left = BpfFolder.find(place);
    if (left.isPresent()) {
      left.get().clear();
    }
  }

  @Test
  void mountsAndUnmountsItself() throws Exception {
    assertTrue(BpfFolder.find(place).isEmpty());
    BpfFolder folder = BpfFolder.make(place);
    assertEquals("bpf", Files.getFileStore(place).type());
    assertEquals(List.of(), folder.names());
    // Made again it is the same one, not another on top.
    try (BpfMap map = BpfMap.array("t_map", 8, 2)) {
      folder.pin("t_map", map);
      assertEquals(List.of("t_map"), BpfFolder.make(place).names());
    }
    folder.clear();
    assertFalse(Files.exists(place));
    assertTrue(BpfFolder.find(place).isEmpty());
  }

  @Test
  void leavesAFileSystemThatIsNotItsOwn() throws Exception {
    BpfFolder outer = BpfFolder.make(place);
    BpfFolder inner = BpfFolder.make(place.resolve("inner"));
    inner.clear();
    assertFalse(Files.exists(place.resolve("inner")));
    assertTrue(Files.exists(place));
    outer.clear();
  }

  @Test
  void keepsWhatAMapHolds() throws Exception {
    BpfFolder folder = BpfFolder.make(place);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocateFrom(ValueLayout.JAVA_INT, 1);
      try (BpfMap map = BpfMap.NEW.mappableArray("t_map", 8, 2)) {
        map.put(key, arena.allocateFrom(ValueLayout.JAVA_LONG, 77));
        folder.pin("t_map", map);
      }
      MemorySegment value = arena.allocate(8, 8);
      try (BpfMap again = folder.mappableArray("t_map", 8, 2)) {
        again.get(key, value);
        assertEquals(77, value.get(ValueLayout.JAVA_LONG, 0));
        assertEquals(77, again.mapped(2, arena).get(ValueLayout.JAVA_LONG, 8));
      }
    }
  }

  @Test
  void opensEveryKindOfMap() throws Exception {
    BpfFolder folder = BpfFolder.make(place);
    for (MapSource source : List.of(BpfMap.NEW, folder)) {
      List<BpfMap> maps =
          List.of(
              source.hash("t_hash", 24, 128, 16),
              source.leastRecentlyUsed("t_lru", 12, 4, 16),
              source.array("t_array", 16, 16),
              source.mappableArray("t_mapped", 64, 16),
              source.perCpuArray("t_cpus", 12, 16));
      assertEquals(16 * BpfMap.possibleCpus(), maps.getLast().valueLength());
      for (BpfMap map : maps) {
        if (source == BpfMap.NEW) {
          folder.pin(map.name(), map);
        }
        map.close();
      }
    }
    assertEquals(
        Set.of("t_array", "t_cpus", "t_hash", "t_lru", "t_mapped"), new TreeSet<>(folder.names()));
  }

  @Test
  void refusesAnotherMap() throws Exception {
    BpfFolder folder = BpfFolder.make(place);
    try (BpfMap map = BpfMap.hash("t_map", 8, 16, 32)) {
      folder.pin("t_map", map);
    }
    refuses("type", () -> folder.leastRecentlyUsed("t_map", 8, 16, 32));
    refuses("key length", () -> folder.hash("t_map", 16, 16, 32));
    refuses("value length", () -> folder.hash("t_map", 8, 8, 32));
    refuses("size", () -> folder.hash("t_map", 8, 16, 64));
    try (BpfMap array = BpfMap.array("t_plain", 8, 2)) {
      folder.pin("t_plain", array);
    }
    refuses("flags", () -> folder.mappableArray("t_plain", 8, 2));
    LinuxException missing =
        assertThrows(LinuxException.class, () -> folder.hash("t_none", 8, 16, 32));
    assertEquals(Errno.ENOENT, missing.errno());
    folder.hash("t_map", 8, 16, 32).close();
  }

  private interface Opening {
    BpfMap open() throws LinuxException;
  }

  private static void refuses(String what, Opening opening) {
    LinuxException refused = assertThrows(LinuxException.class, opening::open);
    assertEquals(Errno.EINVAL, refused.errno());
    assertTrue(refused.getMessage().contains("its " + what + " is "), refused.getMessage());
  }

  @Test
  void keepsALinkAndChangesItsProgramInPlace() throws Exception {
    try (Lab lab = Lab.lay("a", "b")) {
      lab.veth("a", "v0", "b", "v1");
      lab.ip("a", "addr add 10.9.9.1/24 dev v0");
      lab.ip("b", "addr add 10.9.9.2/24 dev v1");
      BpfFolder folder = BpfFolder.make(place);
      int index =
          lab.in(
              "a",
              () -> {
                try (HostNetwork network = HostNetwork.open();
                    TcProgram drop = TcProgram.load("t_drop", TcPrograms.drop())) {
                  int device = network.link("v0").orElseThrow().index();
                  try (TcxLink link = TcxLink.ingress(drop, device)) {
                    folder.pin("link_1", link);
                  }
                  return device;
                }
              });
      assertFalse(answers(lab));
      LinuxException elsewhere =
          assertThrows(LinuxException.class, () -> folder.link("link_1", index + 1));
      assertEquals(Errno.EINVAL, elsewhere.errno());
      try (TcxLink link = folder.link("link_1", index);
          TcProgram pass = TcProgram.load("t_pass", new Assembler().exit(-1))) {
        link.replaceProgram(pass);
        assertTrue(answers(lab));
      }
      try (BpfMap map = BpfMap.array("t_map", 8, 2)) {
        folder.pin("t_map", map);
      }
      assertEquals(
          Errno.EINVAL,
          assertThrows(LinuxException.class, () -> folder.link("t_map", index)).errno());
      folder.clear();
      assertEquals("", lab.run("a", "bpftool net show dev v0 2>/dev/null | grep tcx || true"));
    }
  }

  private static boolean answers(Lab lab) throws Exception {
    return lab.run("b", "ping -c 2 -i 0.2 -W 1 10.9.9.1 || true").contains(" bytes from ");
  }
}
