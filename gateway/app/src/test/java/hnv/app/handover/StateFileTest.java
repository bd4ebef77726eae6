// SPDX-License-Identifier: Apache-2.0
package hnv.app.handover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.app.handover.LeftState.LeftPort;
import hnv.app.handover.LeftState.Origin;
import hnv.dataplane.Encapsulation;
import hnv.dataplane.PortKind;
import hnv.linux.offload.OffloadLimits;
import hnv.overlay.OverlayImage;
import hnv.vswitch.ConnectionImage;
import hnv.vswitch.ConnectionImage.Count;
import hnv.wire.RoutingDomainId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is written is read again, and nothing else is.
final class StateFileTest {
  private static final int MUTATIONS = 20_000;

  @TempDir private Path folder = Path.of("");

  private Path file() {
    return folder.resolve("node.state");
  }

  static LeftState state(int connections) {
    List<ConnectionImage> images = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      boolean ipv6 = i % 2 == 1;
      images.add(
          new ConnectionImage(
              i + 1,
              1,
              -7,
              ipv6,
              ipv6 ? 58 : 6,
              ipv6 ? 0xFD00_0000_0000_0001L : 0,
              0xF0000001L,
              ipv6 ? -1L : 0,
              0x0A000002L,
              65_535,
              80,
              3,
              i % 3 == 0 ? -1 : 4,
              1_000,
              2_000 + i,
              i % 32,
              new Count(1, 2),
              new Count(Long.MAX_VALUE, 4)));
    }
    return new LeftState(
        new Origin("boot", "net:[1]", "format"),
        5_000,
        60_000_000_000L,
        "code",
        "host1",
        4_789,
        -5,
        OffloadLimits.ofMemory(1 << 30),
        List.of(
            new LeftPort("underlay", PortKind.UNDERLAY, 0, "eth0", 2, 0x0200_0000_0001L),
            new LeftPort("größe", PortKind.VIRTUAL_MACHINE, 5, "vnet3", 7, -1)),
        new OverlayImage(
            List.of(new OverlayImage.Domain(new RoutingDomainId(new UUID(1, -1)), 1, "abc")),
            List.of(new OverlayImage.LocalHop("größe", 5, 3)),
            List.of(new OverlayImage.RemoteHop("host2", Encapsulation.NVGRE, 4)),
            List.of(new OverlayImage.Peer("host2", 1)),
            List.of(
                new OverlayImage.Meter("größe", true, 1),
                new OverlayImage.Meter("größe", false, 2)),
            List.of(new OverlayImage.GatewayPort("größe", 4_096))),
        images);
  }

  @Test
  void readsWhatItWrote() throws Exception {
    for (int connections : new int[] {0, 1, 1_000}) {
      LeftState state = state(connections);
      StateFile.write(file(), state);
      assertEquals(Optional.of(state), StateFile.read(file()));
    }
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file())));
    try (var files = Files.list(folder)) {
      assertEquals(List.of(file()), files.toList());
    }
  }

  @Test
  void findsNothingWhereNothingIs() throws Exception {
    assertEquals(Optional.empty(), StateFile.read(file()));
  }

  // ---- the file ----

  private void refuses(String why) {
    StateRefusedException refused =
        assertThrows(StateRefusedException.class, () -> StateFile.read(file()));
    String message = String.valueOf(refused.getMessage());
    assertTrue(message.contains(why), message);
    assertFalse(message.contains("\n"), message);
  }

  private byte[] written() throws IOException {
    StateFile.write(file(), state(3));
    return Files.readAllBytes(file());
  }

  @Test
  void refusesAFileThatOthersCanWrite() throws Exception {
    written();
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-rw----"));
    refuses("only this user");
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw----r--"));
    refuses("only this user");
  }

  @Test
  void refusesALink() throws Exception {
    written();
    Path elsewhere = folder.resolve("elsewhere");
    Files.move(file(), elsewhere);
    Files.createSymbolicLink(file(), elsewhere);
    refuses("only this user");
  }

  @Test
  void refusesWhatIsNoState() throws Exception {
    byte[] octets = written();
    octets[0] ^= 1;
    Files.write(file(), octets);
    refuses("no state of a node");
    Files.write(file(), new byte[0]);
    refuses("no state of a node");
  }

  @Test
  void refusesAnotherVersion() throws Exception {
    written();
    Files.write(file(), StateFile.frame(StateFile.VERSION + 1, StateWriter.octets(state(0))));
    refuses("version " + (StateFile.VERSION + 1) + ", not " + StateFile.VERSION);
  }

  @Test
  void refusesAFileThatWasCutOrLengthened() throws Exception {
    byte[] octets = written();
    for (int length : new int[] {octets.length - 1, octets.length + 1, 48, 60}) {
      Files.write(file(), Arrays.copyOf(octets, length));
      refuses("not as long as it says");
    }
  }

  @Test
  void refusesEveryFlippedBit() throws Exception {
    byte[] octets = written();
    for (int i = 16; i < octets.length; i++) {
      octets[i] ^= 1;
      byte[] damaged = octets.clone();
      StateRefusedException refused =
          assertThrows(StateRefusedException.class, () -> StateFile.read(damaged));
      assertTrue(String.valueOf(refused.getMessage()).contains("checksum"), refused.getMessage());
      octets[i] ^= 1;
    }
  }

  // ---- what is in it, where the checksum is right ----

  private static StateRefusedException refused(byte[] body) {
    return assertThrows(StateRefusedException.class, () -> StateReader.read(ByteBuffer.wrap(body)));
  }

  private static byte[] body() throws IOException {
    return StateWriter.octets(state(2));
  }

  private static int find(byte[] in, String text) {
    byte[] wanted = text.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i + wanted.length <= in.length; i++) {
      if (Arrays.equals(in, i, i + wanted.length, wanted, 0, wanted.length)) {
        return i;
      }
    }
    throw new AssertionError("no " + text);
  }

  @Test
  void refusesEveryShorterAndEveryLongerBody() throws Exception {
    byte[] body = body();
    for (int length = 0; length < body.length; length++) {
      refused(Arrays.copyOf(body, length));
    }
    String longer = String.valueOf(refused(Arrays.copyOf(body, body.length + 1)).getMessage());
    assertTrue(longer.contains("behind its end"), longer);
  }

  @Test
  void refusesAWordThatIsNone() throws Exception {
    byte[] body = body();
    body[find(body, "NVGRE")] = 'X';
    refused(body);
    byte[] kind = body();
    kind[find(kind, "UNDERLAY")] = 'X';
    refused(kind);
  }

  @Test
  void refusesATextThatIsNoUtf8() throws Exception {
    byte[] body = body();
    body[find(body, "host1")] = (byte) 0xFF;
    assertTrue(String.valueOf(refused(body).getMessage()).contains("UTF-8"));
  }

  @Test
  void refusesLengthsThatCannotBe() throws Exception {
    byte[] body = body();
    ByteBuffer in = ByteBuffer.wrap(body);
    in.putShort(0, (short) (StateReader.MAX_TEXT + 1));
    assertTrue(String.valueOf(refused(body).getMessage()).contains("a text of"));
    byte[] many = body();
    int ports = find(many, "underlay") - 6;
    for (int length : new int[] {-1, Integer.MAX_VALUE, StateReader.MAX_LIST, 5_000}) {
      ByteBuffer.wrap(many).putInt(ports, length);
      assertTrue(String.valueOf(refused(many).getMessage()).contains("a list of"));
    }
  }

  /// Whatever the octets say, the answer is a state or a refusal, and a state is one that could
  /// have been written.
  @Test
  void neverBelievesWhatCannotBe() throws Exception {
    Random random = new Random(4_789);
    byte[] good = body();
    int accepted = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] bad = good.clone();
      for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
        bad[random.nextInt(bad.length)] = (byte) (random.nextBoolean() ? 0xFF : random.nextInt());
      }
      try {
        LeftState state = StateReader.read(ByteBuffer.wrap(bad));
        assertEquals(state, StateReader.read(ByteBuffer.wrap(StateWriter.octets(state))));
        accepted++;
      } catch (StateRefusedException e) {
        assertFalse(String.valueOf(e.getMessage()).isEmpty());
      }
    }
    assertTrue(accepted > 0 && accepted < MUTATIONS, accepted + " accepted");
  }

  @Test
  void refusesValuesThatDoNotAgree() {
    LeftState good = state(0);
    assertThrows(IllegalArgumentException.class, () -> with(good, -1, good.ports()));
    assertThrows(
        IllegalArgumentException.class,
        () -> with(good, (LeftState.MAX_GRACE_S + 1) * 1_000_000_000L, good.ports()));
    LeftPort port = good.ports().getFirst();
    assertThrows(IllegalArgumentException.class, () -> with(good, 0, List.of(port, port)));
    assertThrows(
        IllegalArgumentException.class,
        () -> with(good, 0, List.of(new LeftPort("p", PortKind.UNDERLAY, 1_024, "eth0", 2, -1))));
    for (long mac : new long[] {-2, 1L << 48}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> new LeftPort("p", PortKind.UNDERLAY, 0, "eth0", 2, mac));
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> new LeftPort("p", PortKind.UNDERLAY, 0, "eth0", 0, -1));
  }

  private static LeftState with(LeftState state, long graceNs, List<LeftPort> ports) {
    return new LeftState(
        state.origin(),
        state.leftAtNs(),
        graceNs,
        state.code(),
        state.server(),
        state.vxlanPort(),
        state.mark(),
        state.limits(),
        ports,
        state.overlay(),
        state.connections());
  }
}
