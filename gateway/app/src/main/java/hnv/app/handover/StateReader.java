// SPDX-License-Identifier: Apache-2.0
package hnv.app.handover;

import hnv.app.handover.LeftState.LeftPort;
import hnv.app.handover.LeftState.Origin;
import hnv.dataplane.Encapsulation;
import hnv.dataplane.PortKind;
import hnv.linux.offload.OffloadLimits;
import hnv.overlay.OverlayImage;
import hnv.vswitch.ConnectionImage;
import hnv.vswitch.ConnectionImage.Count;
import hnv.wire.RoutingDomainId;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// Reads what {@link StateWriter} wrote. Nothing is believed: each length, each number and each
/// word is in its range, or the whole is refused.
final class StateReader {
  /// Octets of a text at most.
  static final int MAX_TEXT = 1_024;

  /// Elements of a list at most, connections aside.
  static final int MAX_LIST = 1 << 20;

  /// Connections at most.
  static final int MAX_CONNECTIONS = 1 << 22;

  private final ByteBuffer in;

  private StateReader(ByteBuffer in) {
    this.in = in;
  }

  /// @param octets all of them, and no more
  static LeftState read(ByteBuffer octets) throws StateRefusedException {
    try {
      StateReader reader = new StateReader(octets);
      LeftState state = reader.state();
      if (octets.hasRemaining()) {
        throw new StateRefusedException(octets.remaining() + " octets behind its end");
      }
      return state;
    } catch (BufferUnderflowException e) {
      throw new StateRefusedException("it ends too early");
    } catch (IllegalArgumentException e) {
      throw new StateRefusedException(String.valueOf(e.getMessage()));
    }
  }

  private LeftState state() throws StateRefusedException {
    return new LeftState(
        new Origin(text(), text(), text()),
        in.getLong(),
        in.getLong(),
        text(),
        text(),
        u16(),
        in.getInt(),
        new OffloadLimits(
            in.getInt(), in.getInt(), in.getInt(), in.getInt(), in.getInt(), in.getInt()),
        list(MAX_LIST, this::port),
        overlay(),
        list(MAX_CONNECTIONS, this::connection));
  }

  private LeftPort port() throws StateRefusedException {
    return new LeftPort(
        text(), word(PortKind.class), in.getInt(), text(), in.getInt(), in.getLong());
  }

  private OverlayImage overlay() throws StateRefusedException {
    return new OverlayImage(
        list(
            MAX_LIST,
            () ->
                new OverlayImage.Domain(
                    new RoutingDomainId(new UUID(in.getLong(), in.getLong())),
                    in.getInt(),
                    text())),
        list(MAX_LIST, () -> new OverlayImage.LocalHop(text(), in.getInt(), in.getInt())),
        list(
            MAX_LIST,
            () -> new OverlayImage.RemoteHop(text(), word(Encapsulation.class), in.getInt())),
        list(MAX_LIST, () -> new OverlayImage.Peer(text(), in.getInt())),
        list(MAX_LIST, () -> new OverlayImage.Meter(text(), truth(), in.getInt())),
        list(MAX_LIST, () -> new OverlayImage.GatewayPort(text(), in.getInt())));
  }

  private ConnectionImage connection() throws StateRefusedException {
    int id = in.getInt();
    int tenant = in.getInt();
    int epoch = in.getInt();
    boolean ipv6 = truth();
    int protocol = Byte.toUnsignedInt(in.get());
    int flags = u16();
    return new ConnectionImage(
        id,
        tenant,
        epoch,
        ipv6,
        protocol,
        in.getLong(),
        in.getLong(),
        in.getLong(),
        in.getLong(),
        u16(),
        u16(),
        in.getInt(),
        in.getInt(),
        in.getLong(),
        in.getLong(),
        flags,
        new Count(in.getLong(), in.getLong()),
        new Count(in.getLong(), in.getLong()));
  }

  private interface Element<T> {
    T read() throws StateRefusedException;
  }

  private <T> List<T> list(int most, Element<T> element) throws StateRefusedException {
    int length = in.getInt();
    // An element has an octet at least, so that a length alone takes no memory.
    if (length < 0 || length > most || length > in.remaining()) {
      throw new StateRefusedException("a list of " + Integer.toUnsignedString(length));
    }
    List<T> elements = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      elements.add(element.read());
    }
    return elements;
  }

  private String text() throws StateRefusedException {
    int length = u16();
    if (length > MAX_TEXT || length > in.remaining()) {
      throw new StateRefusedException("a text of " + length + " octets");
    }
    ByteBuffer octets = in.slice(in.position(), length);
    in.position(in.position() + length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(octets).toString();
    } catch (CharacterCodingException e) {
      throw new StateRefusedException("a text that is no UTF-8");
    }
  }

  private <E extends Enum<E>> E word(Class<E> vocabulary) throws StateRefusedException {
    return Enum.valueOf(vocabulary, text());
  }

  private boolean truth() throws StateRefusedException {
    byte octet = in.get();
    if (octet != 0 && octet != 1) {
      throw new StateRefusedException("neither yes nor no: " + octet);
    }
    return octet == 1;
  }

  private int u16() {
    return Short.toUnsignedInt(in.getShort());
  }
}
