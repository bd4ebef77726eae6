// SPDX-License-Identifier: Apache-2.0
package hnv.linux.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.wire.Ipv4Address;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The kernel's verifier reads every program here, and maps meet their bounds.
@Tag("netns")
final class TcProgramTest {
  @BeforeEach
  void needRoot() {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root to load programs");
  }

  @Test
  void areAcceptedByTheVerifier() throws Exception {
    TcProgram.load("t_redirect", TcPrograms.redirect(1)).close();
    TcProgram.load("t_drop", TcPrograms.drop()).close();
    TcProgram.load("t_pass", TcPrograms.passOnlyFrom(1, 7)).close();
    try (UnderlayFilter filter = UnderlayFilter.create(List.of(4789, 8472))) {
      TcProgram.load("t_under", TcPrograms.redirectTunnelPackets(filter, 1)).close();
      TcProgram.load("t_guard", TcPrograms.dropTunnelPackets(filter)).close();
    }
  }

  @Test
  void showTheVerifiersLogWhenRefused() {
    Assembler broken =
        new Assembler().load(Assembler.Width.U32, Register.R0, Register.R5, 0).exit();
    LinuxException refused =
        assertThrows(LinuxException.class, () -> TcProgram.load("t_broken", broken));
    assertTrue(refused.getMessage().contains("R5 !read_ok"), refused.getMessage());
  }

  @Test
  void filterHoldsItsAddressesAndNoMore() throws Exception {
    try (UnderlayFilter filter = UnderlayFilter.create(List.of(4789))) {
      Set<Ipv4Address> addresses = new HashSet<>();
      for (int i = 0; i < UnderlayFilter.MAX_ADDRESSES; i++) {
        addresses.add(new Ipv4Address(0x0A00_0000 + i));
      }
      filter.setAddresses(addresses);
      // One goes, another comes: there is room again.
      addresses.remove(new Ipv4Address(0x0A00_0000));
      addresses.add(new Ipv4Address(0x0B00_0000));
      filter.setAddresses(addresses);
      addresses.add(new Ipv4Address(0x0B00_0001));
      LinuxException full =
          assertThrows(LinuxException.class, () -> filter.setAddresses(addresses));
      assertEquals(7, full.errno(), "E2BIG");
    }
  }

  @Test
  void filterRefusesTooManyPorts() {
    List<Integer> ports = List.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
    assertThrows(IllegalArgumentException.class, () -> UnderlayFilter.create(ports));
    assertThrows(IllegalArgumentException.class, () -> UnderlayFilter.create(List.of()));
  }

  @Test
  void mapForgetsWhatIsNotThere() throws Exception {
    try (BpfMap map = BpfMap.hash("t_map", 4, 4, 1);
        Arena arena = Arena.ofConfined()) {
      map.remove(arena.allocate(4));
      assertThrows(IllegalArgumentException.class, () -> map.remove(arena.allocate(8)));
    }
  }

  @Test
  void arrayIsThereFromTheStart() throws Exception {
    try (BpfMap map = BpfMap.array("t_array", 8, 2);
        Arena arena = Arena.ofConfined()) {
      MemorySegment second = arena.allocateFrom(ValueLayout.JAVA_INT, 1);
      MemorySegment value = arena.allocateFrom(ValueLayout.JAVA_LONG, -1L);
      map.get(second, value);
      assertEquals(0, value.get(ValueLayout.JAVA_LONG, 0));
      map.put(second, arena.allocateFrom(ValueLayout.JAVA_LONG, 5L));
      map.get(second, value);
      assertEquals(5, value.get(ValueLayout.JAVA_LONG, 0));
      MemorySegment third = arena.allocateFrom(ValueLayout.JAVA_INT, 2);
      assertEquals(
          Errno.ENOENT, assertThrows(LinuxException.class, () -> map.get(third, value)).errno());
      assertThrows(IllegalArgumentException.class, () -> map.get(second, arena.allocate(4)));
    }
  }

  @Test
  void jumpsWhileTheSlotIsHeld() throws Exception {
    BpfMap slot;
    try (TcProgram drop = TcProgram.load("t_drop", TcPrograms.drop())) {
      slot = BpfMap.slotFor("t_slot", drop);
    }
    try (Arena arena = Arena.ofConfined();
        TcProgram jump = TcProgram.load("t_jump", TcPrograms.whileHeld(slot))) {
      MemorySegment frame = arena.allocate(64, 8);
      MemorySegment result = arena.allocate(128, 8);
      assertEquals(TcPrograms.DROP, jump.run(frame, arena.allocate(0), result) >> 32);
      slot.close();
      // The program holds the map still, but no process does.
      int verdict = TcPrograms.DROP;
      for (int i = 0; i < 500 && verdict == TcPrograms.DROP; i++) {
        TimeUnit.MILLISECONDS.sleep(10);
        verdict = (int) (jump.run(frame, arena.allocate(0), result) >> 32);
      }
      assertEquals(TcPrograms.NEXT, verdict);
    }
  }
}
