// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.dataplane.FramePool;
import hnv.overlay.OverlayNetwork.AccessControl;
import hnv.overlay.OverlayNetwork.Adapter;
import hnv.vswitch.Action;
import hnv.vswitch.Condition;
import hnv.vswitch.Group;
import hnv.vswitch.Rule;
import hnv.wire.EthernetHeader;
import hnv.wire.Ipv4Header;
import hnv.wire.VirtioNetHeader;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;

/// The whole virtual switch, on two hosts and for two tenants with the same addresses: whatever VMs
/// and the underlay send, and in whatever order, nothing is thrown, no frame is lost, nothing
/// crosses between tenants, and after long enough a silence nothing is remembered.
///
/// An input is a small script: an octet that chooses the network, then packets, each an octet for
/// where it comes in and how much time passes before, two for its length, and so many of a
/// virtio-net header and a frame. {@link ScriptSeeds} makes the inputs to begin with.
@Tag("jazzer")
class VSwitchFuzzTest {
  /// VMs first, then the underlays of the hosts.
  static final List<String> ENTRIES =
      List.of(
          "contoso-sql",
          "contoso-web",
          "contoso-app1",
          "contoso-app2",
          "fabrikam-sql",
          "fabrikam-web",
          "host1",
          "host2");

  static final int TIME_SHIFT = 4;
  private static final long[] TIMES_NS = {
    1_000, 1_000_000_000L, 61_000_000_000L, 7_500_000_000_000L
  };

  /// Longer than any connection lives without a packet.
  private static final long SILENCE_NS = TIMES_NS[3];

  private static final int SLICES = 110;
  private static final long SLICE_NS = 100_000_000L;
  private static final int MAX_PACKETS = 64;

  private static final List<Supplier<OverlayNetwork>> NETWORKS =
      List.of(
          () -> TwoTenants.network(Encapsulation.VXLAN),
          () -> TwoTenants.network(Encapsulation.NVGRE),
          () -> TwoTenants.network(Encapsulation.VXLAN, onlyWeb(), "host2"));
  private static final WatchedLab[] LABS = new WatchedLab[NETWORKS.size()];

  private static AccessControl onlyWeb() {
    Rule web =
        new Rule("web", 100, List.of(new Condition.DestinationPort(80, 80)), new Action.Allow());
    Rule rest = new Rule("rest", 65_000, List.of(), new Action.Deny(DropReason.ACL_DEFAULT_DENIED));
    return new AccessControl(
        List.of(new Group("out", List.of(web, rest))), List.of(new Group("in", List.of(rest))));
  }

  /// Building a lab takes longer than most scripts, so it is used again; a century of its time is
  /// enough for any.
  private static WatchedLab lab(int number) {
    WatchedLab lab = LABS[number];
    if (lab == null || lab.host1.nowNs > Long.MAX_VALUE / 2) {
      lab = new WatchedLab(NETWORKS.get(number).get());
      LABS[number] = lab;
    }
    return lab;
  }

  @FuzzTest
  void run(byte[] script) {
    if (script.length == 0) {
      return;
    }
    WatchedLab lab = lab(Byte.toUnsignedInt(script[0]) % LABS.length);
    int at = 1;
    for (int packets = 0; packets < MAX_PACKETS && at + 3 <= script.length; packets++) {
      int length = Byte.toUnsignedInt(script[at + 1]) << 8 | Byte.toUnsignedInt(script[at + 2]);
      int end = Math.min(at + 3 + length, script.length);
      step(lab, script[at], Arrays.copyOfRange(script, at + 3, end));
      at = end;
    }
    forget(lab);
  }

  private static void step(WatchedLab lab, int entry, byte[] input) {
    lab.pass(TIMES_NS[entry >>> TIME_SHIFT & 3]);
    MemorySegment header = MemorySegment.ofArray(input);
    if (!VirtioNetHeader.isValid(header, 0, input.length, VirtioNetHeader.LENGTH)
        || input.length < VirtioNetHeader.LENGTH + EthernetHeader.LENGTH
        || input.length > FramePool.MAX_FRAME_LENGTH) {
      return; // The port refuses it.
    }
    WatchedLab.VirtioNet virtio = WatchedLab.VirtioNet.read(header, 0);
    byte[] octets = Arrays.copyOfRange(input, VirtioNetHeader.LENGTH, input.length);
    repairIpv4Checksums(octets);
    String name = ENTRIES.get(entry & 7);
    switch (name) {
      case "host1" -> lab.fromUnderlay(lab.host1, octets, virtio);
      case "host2" -> lab.fromUnderlay(lab.host2, octets, virtio);
      default -> lab.fromVm(adapter(lab, name), octets, virtio);
    }
  }

  private static Adapter adapter(WatchedLab lab, String name) {
    return lab.adapters().stream().filter(a -> a.name().equals(name)).findFirst().orElseThrow();
  }

  /// Few mutations of an IPv4 header would be looked at, were not its checksum made right again.
  private static void repairIpv4Checksums(byte[] octets) {
    MemorySegment f = MemorySegment.ofArray(octets);
    for (int at = EthernetHeader.LENGTH; at + Ipv4Header.MIN_LENGTH <= octets.length; at++) {
      boolean behindType = octets[at - 2] == 0x08 && octets[at - 1] == 0;
      if (behindType && Ipv4Header.isValid(f, at, octets.length)) {
        Ipv4Header.writeChecksum(f, at);
      }
    }
  }

  /// Also what makes one input independent of those before it.
  private static void forget(WatchedLab lab) {
    lab.pass(SILENCE_NS);
    for (int i = 0; i < SLICES && remembered(lab) > 0; i++) {
      lab.pass(SLICE_NS);
    }
    assertEquals(0, remembered(lab), "connections or flows that live for ever");
  }

  private static int remembered(WatchedLab lab) {
    int sum = 0;
    for (TestHost host : List.of(lab.host1, lab.host2)) {
      sum += host.vswitch.connections().size() + host.vswitch.flows().size();
    }
    return sum;
  }
}
