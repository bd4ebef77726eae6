// SPDX-License-Identifier: Apache-2.0
package hnv.app.handover;

import hnv.app.handover.LeftState.LeftPort;
import hnv.linux.offload.OffloadLimits;
import hnv.overlay.OverlayImage;
import hnv.vswitch.ConnectionImage;
import hnv.vswitch.ConnectionImage.Count;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Writes what {@link StateReader} reads. Numbers in network byte order; a text is its length in
/// octets (u16) and its UTF-8; a list is its length (u32) and its elements.
final class StateWriter {
  private final ByteArrayOutputStream octets = new ByteArrayOutputStream();
  private final DataOutputStream out = new DataOutputStream(octets);

  private StateWriter() {}

  /// The octets of a state, without what frames them in the file.
  static byte[] octets(LeftState state) throws IOException {
    StateWriter writer = new StateWriter();
    writer.write(state);
    return writer.octets.toByteArray();
  }

  private void write(LeftState state) throws IOException {
    text(state.origin().boot());
    text(state.origin().namespace());
    text(state.origin().format());
    out.writeLong(state.leftAtNs());
    out.writeLong(state.graceNs());
    text(state.code());
    text(state.server());
    out.writeShort(state.vxlanPort());
    out.writeInt(state.mark());
    limits(state.limits());
    list(state.ports(), this::port);
    overlay(state.overlay());
    list(state.connections(), this::connection);
  }

  private void limits(OffloadLimits limits) throws IOException {
    out.writeInt(limits.flows());
    out.writeInt(limits.nextHops());
    out.writeInt(limits.peers());
    out.writeInt(limits.tenants());
    out.writeInt(limits.meters());
    out.writeInt(limits.ports());
  }

  private void port(LeftPort port) throws IOException {
    text(port.name());
    text(port.kind().name());
    out.writeInt(port.number());
    text(port.device());
    out.writeInt(port.linkIndex());
    out.writeLong(port.mac());
  }

  private void overlay(OverlayImage overlay) throws IOException {
    list(
        overlay.domains(),
        domain -> {
          out.writeLong(domain.id().value().getMostSignificantBits());
          out.writeLong(domain.id().value().getLeastSignificantBits());
          out.writeInt(domain.tenant());
          text(domain.digest());
        });
    list(
        overlay.localHops(),
        hop -> {
          text(hop.adapter());
          out.writeInt(hop.port());
          out.writeInt(hop.nextHop());
        });
    list(
        overlay.remoteHops(),
        hop -> {
          text(hop.host());
          text(hop.encapsulation().name());
          out.writeInt(hop.nextHop());
        });
    list(
        overlay.peers(),
        peer -> {
          text(peer.host());
          out.writeInt(peer.peer());
        });
    list(
        overlay.meters(),
        meter -> {
          text(meter.adapter());
          out.writeBoolean(meter.outbound());
          out.writeInt(meter.meter());
        });
    list(
        overlay.gatewayPorts(),
        port -> {
          text(port.adapter());
          out.writeInt(port.port());
        });
  }

  private void connection(ConnectionImage c) throws IOException {
    out.writeInt(c.id());
    out.writeInt(c.tenant());
    out.writeInt(c.epoch());
    out.writeBoolean(c.ipv6());
    out.writeByte(c.protocol());
    out.writeShort(c.flags());
    out.writeLong(c.sourceHigh());
    out.writeLong(c.sourceLow());
    out.writeLong(c.destinationHigh());
    out.writeLong(c.destinationLow());
    out.writeShort(c.sourcePort());
    out.writeShort(c.destinationPort());
    out.writeInt(c.initiatorPort());
    out.writeInt(c.responderPort());
    out.writeLong(c.startedNs());
    out.writeLong(c.lastSeenNs());
    count(c.forward());
    count(c.reverse());
  }

  private void count(Count count) throws IOException {
    out.writeLong(count.packets());
    out.writeLong(count.octets());
  }

  private interface Element<T> {
    void write(T element) throws IOException;
  }

  private <T> void list(List<T> elements, Element<T> element) throws IOException {
    out.writeInt(elements.size());
    for (T each : elements) {
      element.write(each);
    }
  }

  private void text(String text) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    if (utf8.length > StateReader.MAX_TEXT) {
      throw new IOException("a name of more than " + StateReader.MAX_TEXT + " octets");
    }
    out.writeShort(utf8.length);
    out.write(utf8);
  }
}
