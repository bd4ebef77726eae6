// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.DropReason;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.Frame;
import hnv.dataplane.FramePool;
import hnv.wire.EthernetHeader;
import hnv.wire.Ipv4Header;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Fragments on their way. All of a packet are judged as what the first one says: it lends its
/// ports to the later ones, and those that come before it wait for it. They are known by what they
/// were when they came in, before any translation. Part of the {@link PacketWalk}.
final class Fragments {
  private final FragmentTable table = new FragmentTable();
  private final HeldFragments held;
  private final FragmentIds ids;
  private final FragmentKey key = new FragmentKey();
  private final BiConsumer<Frame, DropReason> drop;

  // Of the packet whose walk it is.
  private int newId = FragmentIds.NONE;

  /// @param drop ends the way of a frame that has waited in vain
  Fragments(FramePool pool, long seed, BiConsumer<Frame, DropReason> drop) {
    held = new HeldFragments(pool);
    ids = new FragmentIds(seed);
    this.drop = drop;
  }

  HeldFragments held() {
    return held;
  }

  /// A later fragment borrows the ports of the first; false where that has not been let in by the
  /// port that the packet is at.
  boolean borrow(PacketContext packet, VPort port) {
    newId = FragmentIds.NONE;
    if (!packet.isLaterFragment()) {
      return true;
    }
    key.set(packet, port);
    int slot = table.slotOf(key, packet.nowNs());
    if (slot == FragmentTable.UNKNOWN) {
      return false;
    }
    int ports = table.transportPorts(slot);
    packet.setPorts(ports >>> 16, ports & 0xFFFF);
    newId = table.newId(slot);
    return true;
  }

  /// Has a later fragment wait for its first.
  ///
  /// @return false where too many wait: the frame is still the caller's
  boolean hold(PacketContext packet, VPort port) {
    key.set(packet, port);
    return held.hold(key, packet.frame(), packet.nowNs(), drop);
  }

  /// A first fragment that the layers let in lends its ports to the later ones.
  void lend(PacketContext packet, VPort enteredBy) {
    if (!packet.frame().isFragment() || packet.isLaterFragment() || packet.isDryRun()) {
      return;
    }
    key.set(packet, enteredBy);
    int slot = table.remember(key, packet);
    if (slot != FragmentTable.UNKNOWN) {
      if (isSourceTranslated(packet) && table.newId(slot) == FragmentIds.NONE) {
        table.setNewId(slot, next(packet));
      }
      newId = table.newId(slot);
    }
    held.firstPassed(key);
  }

  /// Writes the identification that fragments of a translated packet leave with.
  void renumber(PacketContext packet, Frame frame) {
    if (newId != FragmentIds.NONE && isSourceTranslated(packet)) {
      write(frame, newId);
    }
  }

  /// As {@link #renumber}, of a packet that will be cut into fragments here.
  void number(PacketContext packet, Frame frame) {
    if (!frame.isFragment() && isSourceTranslated(packet)) {
      write(frame, next(packet));
    }
  }

  private static boolean isSourceTranslated(PacketContext packet) {
    return packet.etherType() == EthernetHeader.IPV4
        && (packet.conversion().isDue()
            || (packet.transposition().operations() & FlowRecord.REWRITE_SOURCE_ADDRESS) != 0);
  }

  private int next(PacketContext packet) {
    return ids.next(packet.sourceLow(), packet.destinationLow(), packet.protocol());
  }

  private static void write(Frame frame, int id) {
    Ipv4Header.setId(frame.memory(), frame.l3(), id);
    Ipv4Header.writeChecksum(frame.memory(), frame.l3());
  }

  /// The next that has waited and may go on; null where there is none.
  @Nullable Frame takeReady() {
    return held.takeReady();
  }

  /// Ends those that have waited too long.
  int expire(long nowNs) {
    return held.expire(nowNs, drop);
  }
}
