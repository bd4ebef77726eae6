// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.cli.Failure;
import hnv.app.host.OfflineHost;
import hnv.dataplane.FramePool;
import hnv.dataplane.PortKind;
import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.bpf.SharedFilter;
import hnv.linux.bpf.UnderlayFilter;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.Link;
import hnv.linux.offload.KernelExecutor;
import hnv.linux.port.DevicePort;
import hnv.linux.port.DeviceUse;
import hnv.linux.port.HostPort;
import hnv.linux.port.MergingDevice;
import hnv.linux.port.PacketSocketPort;
import hnv.overlay.PortBinding;
import hnv.overlay.TableRanges;
import hnv.wire.IpAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The ports of a node, each on its device as soon as the device is there. A port keeps its number
/// for as long as the node runs. Owned by the control thread.
final class HostPorts {
  /// Number of the port to the provider network.
  static final int UNDERLAY_NUMBER = 0;

  /// What the kernel says where bpf(2) is not there or not allowed.
  private static final Set<Integer> BPF_REFUSED =
      Set.of(Errno.EPERM, Errno.EACCES, Errno.ENOSYS, Errno.EOPNOTSUPP);

  /// Guards that are looked at in one {@link #reconcile}; others the next time.
  private static final int GUARDS_A_LOOK = 64;

  private static final Logger LOG = LoggerFactory.getLogger(HostPorts.class);

  private final HostNetwork network;
  private final Dataplane dataplane;
  private final int vxlanPort;
  private final @Nullable KernelOffload offload;
  private final SharedSelections shared = new SharedSelections();
  private final List<PortPlace> places = new ArrayList<>();
  private int guardsFrom;
  private @Nullable MergingDevice merging;
  private @Nullable UnderlayFilter filter;
  private Set<IpAddress> addresses = Set.of();
  private Set<String> untouched = Set.of();
  private final VlanPlaces vlans;

  /// @param offload the kernel's executor; null: Java alone
  /// @param numbers of ports that an earlier node had, by name: they keep them
  HostPorts(
      HostNetwork network,
      Dataplane dataplane,
      NodeConfiguration configuration,
      @Nullable KernelOffload offload,
      Map<String, Integer> numbers) {
    this.network = network;
    this.dataplane = dataplane;
    this.offload = offload;
    vxlanPort = configuration.vxlanPort();
    places.add(
        new PortPlace(
            OfflineHost.UNDERLAY,
            DeviceUse.UNDERLAY,
            UNDERLAY_NUMBER,
            configuration.underlay(),
            PortPlace.UNTAGGED));
    Set<Integer> taken = new HashSet<>(numbers.values());
    int next = UNDERLAY_NUMBER + 1;
    for (Map.Entry<String, String> port : configuration.ports().entrySet()) {
      Integer number = numbers.get(port.getKey());
      if (number == null || number == UNDERLAY_NUMBER) {
        while (taken.contains(next)) {
          next++;
        }
        number = next++;
      }
      add(port.getKey(), DeviceUse.VIRTUAL_MACHINE, number, port.getValue());
    }
    for (int number : taken) {
      next = Math.max(next, number + 1);
    }
    for (Map.Entry<String, OutsideDevice> port : configuration.outside().entrySet()) {
      DeviceUse use = port.getValue().shared() ? DeviceUse.SHARED_OUTSIDE : DeviceUse.OUTSIDE;
      add(port.getKey(), use, next++, port.getValue().device());
    }
    int bound = offload == null ? Integer.MAX_VALUE : offload.executor().limits().ports();
    vlans = new VlanPlaces(dataplane, next, Math.min(bound, TableRanges.FIRST_GATEWAY_PORT));
  }

  private void add(String name, DeviceUse use, int number, String device) {
    places.add(new PortPlace(name, use, number, device, PortPlace.UNTAGGED));
  }

  /// The underlay first, then the others in the order of the configuration, then VLANs.
  List<PortPlace> places() {
    List<PortPlace> all = new ArrayList<>(places);
    all.addAll(vlans.places());
    return all;
  }

  /// VLANs that policy wants on devices to the outside, from the next {@link #reconcile} on.
  ///
  /// @param wanted by name of the outside device, in lower case
  void setVlans(Map<String, Set<Integer>> wanted) throws Failure {
    vlans.want(places, wanted);
  }

  /// The port on an outside device, or on a VLAN of it, that policy can be bound to now.
  ///
  /// @param name of the outside device
  /// @param vlan 1…4094, among those of {@link #setVlans}; empty: untagged
  Optional<PortPlace> outside(String name, OptionalInt vlan) {
    String wanted = vlan.isEmpty() ? name : name + "/" + vlan.getAsInt();
    return places().stream()
        .filter(place -> place.kind() == PortKind.OUTSIDE && place.port() != null)
        .filter(place -> place.name().equalsIgnoreCase(wanted) && place.mac() != null)
        .findFirst();
  }

  /// The port with this number, if its device is there.
  Optional<HostPort> byNumber(int number) {
    return places.stream()
        .filter(place -> place.number() == number)
        .findFirst()
        .map(PortPlace::port);
  }

  /// The underlay's port, if its device is there.
  Optional<HostPort> underlay() {
    return Optional.ofNullable(places.getFirst().port());
  }

  /// These ports, by lower-case name, are not taken from the next {@link #reconcile} on: policy
  /// gives them no VSID. One that was taken before stays closed to the host until it is released.
  void leaveUntouched(Set<String> names) {
    for (PortPlace place : places) {
      String name = place.key();
      boolean machine = place.kind() == PortKind.VIRTUAL_MACHINE;
      if (machine && names.contains(name) && !untouched.contains(name)) {
        LOG.info(
            "port {}: has no VSID by policy; {}",
            place.name(),
            place.port() == null
                ? "device " + place.device() + " is left untouched"
                : "device " + place.device() + " stays closed to the host until it is released");
      }
    }
    untouched = Set.copyOf(names);
  }

  /// Opens ports whose devices have come, closes those whose devices are gone, and takes note of
  /// MTUs.
  ///
  /// @return what cannot be opened for want of privileges; empty when all is well
  Optional<LinuxException> reconcile() throws LinuxException, Failure {
    Map<String, Link> links = new HashMap<>();
    network.links().forEach(link -> links.put(link.name(), link));
    LinuxException refused = null;
    for (int i = 0; i < places.size(); i++) {
      PortPlace place = places.get(i);
      Link link = links.get(place.device());
      HostPort port = place.port();
      boolean askGuard = Math.floorMod(i - guardsFrom, places.size()) < GUARDS_A_LOOK;
      String wrong = port == null ? "" : whatIsWrong(place, port, link, askGuard);
      if (!wrong.isEmpty()) {
        LOG.warn("port {}: {}; the port is closed", place.name(), wrong);
        close(place);
        port = null;
      }
      if (link == null) {
        continue;
      }
      place.setMac(link.mac());
      if (port != null) {
        port.observe(link);
        Link channel = links.get(port.channel());
        if (channel != null) {
          port.observeChannel(channel);
        }
      } else if (place.kind() != PortKind.VIRTUAL_MACHINE || !untouched.contains(place.key())) {
        LinuxException failure = open(place, link);
        if (failure != null && failure.errno() == Errno.EPERM) {
          refused = failure;
        }
      }
    }
    guardsFrom = (guardsFrom + GUARDS_A_LOOK) % places.size();
    vlans.reconcile(places);
    return Optional.ofNullable(refused);
  }

  /// Why a port cannot go on as it is; empty where it can.
  private String whatIsWrong(
      PortPlace place, HostPort port, @Nullable Link link, boolean askGuard) {
    if (link == null || link.index() != port.linkIndex()) {
      return "device " + place.device() + " is gone";
    }
    if (port.isGone()) {
      return "somebody removed device " + place.device() + " or what the port works by";
    }
    try {
      if (askGuard && !port.isGuarded(network)) {
        port.layGuard(network, link);
        return "somebody removed its guard from device " + place.device();
      }
    } catch (LinuxException e) {
      LOG.debug("port {}: its guard could not be seen to: {}", place.name(), e.getMessage());
    }
    return "";
  }

  /// A device changed: it may be up or down. Any thread, so that no frame goes where none can.
  void observe(Link link) {
    for (PortPlace place : places) {
      HostPort port = place.port();
      if (port != null) {
        port.observe(link);
      }
    }
  }

  /// A device was removed, or moved to another namespace. One of the same name and index may have
  /// come since: it is not the port's. Any thread, so that the kernel knows at once.
  void observeRemoved(Link link) {
    for (PortPlace place : places) {
      HostPort port = place.port();
      if (port != null) {
        port.observeRemoved(link);
      }
    }
  }

  private @Nullable LinuxException open(PortPlace place, Link link) throws Failure {
    HostPort port;
    try {
      port = openDevice(place, link);
    } catch (LinuxException e) {
      String message = String.valueOf(e.getMessage());
      if (place.isNewFailure(message)) {
        LOG.error("port {}: cannot open device {}: {}", place.name(), place.device(), message);
      }
      return e;
    }
    try {
      dataplane.attach(port);
    } catch (LinuxException e) {
      port.close();
      return e;
    }
    place.setPort(port);
    place.isNewFailure("");
    LOG.info(
        "port {}: on device {} (MTU {}){}",
        place.name(),
        place.device(),
        link.mtu(),
        port instanceof DevicePort device && !device.endsWithProcess()
            ? ", by clsact: it stays, dropping, when this process ends"
            : "");
    return null;
  }

  /// By bpf(2), or where that is not allowed by a packet socket.
  private HostPort openDevice(PortPlace place, Link link) throws LinuxException {
    KernelExecutor executor = offload == null ? null : offload.executor();
    FramePool pool = dataplane.pool();
    String name = place.name();
    int number = place.number();
    String device = place.device();
    try {
      return switch (place.use()) {
        case UNDERLAY ->
            DevicePort.openUnderlay(network, pool, name, number, device, filter(), executor);
        case SHARED_OUTSIDE ->
            DevicePort.openShared(
                network, pool, name, number, device, shared.filterFor(number, link), executor);
        case VIRTUAL_MACHINE ->
            DevicePort.openVirtualMachine(network, pool, name, number, device, executor);
        case OUTSIDE -> DevicePort.openOutside(network, pool, name, number, device, executor);
      };
    } catch (LinuxException e) {
      if (!BPF_REFUSED.contains(e.errno())) {
        throw e;
      }
      HostPort port = openPacketSocket(place, e);
      LOG.warn(
          "port {}: by packet socket, which is slower, because bpf(2) was refused: {}",
          place.name(),
          e.getMessage());
      return port;
    }
  }

  private HostPort openPacketSocket(PortPlace place, LinuxException refused) throws LinuxException {
    FramePool pool = dataplane.pool();
    String name = place.name();
    int number = place.number();
    String device = place.device();
    try {
      return switch (place.use()) {
        case UNDERLAY ->
            PacketSocketPort.openUnderlay(
                network, pool, name, number, device, addresses, List.of(vxlanPort));
        // A packet socket gets a copy of all frames, and the host the same.
        case SHARED_OUTSIDE ->
            throw new LinuxException(
                "share the device " + device + " with the host, for which bpf(2) is needed",
                refused.errno(),
                String.valueOf(refused.getMessage()));
        case VIRTUAL_MACHINE ->
            PacketSocketPort.openVirtualMachine(network, pool, name, number, device);
        case OUTSIDE -> PacketSocketPort.openOutside(network, pool, name, number, device);
      };
    } catch (LinuxException e) {
      refused.addSuppressed(e);
      throw refused;
    }
  }

  private UnderlayFilter filter() throws LinuxException {
    UnderlayFilter existing = filter;
    if (existing == null) {
      existing = offload == null ? UnderlayFilter.create(List.of(vxlanPort)) : offload.filter();
      existing.setAddresses(addresses);
      filter = existing;
    }
    return existing;
  }

  /// Takes tunnel packets to exactly these addresses from now on.
  void setAddresses(Set<IpAddress> next) throws LinuxException, Failure {
    if (next.equals(addresses)) {
      return;
    }
    addresses = Set.copyOf(next);
    if (filter != null) {
      filter.setAddresses(next);
    }
    PortPlace underlay = places.getFirst();
    if (underlay.port() instanceof PacketSocketPort) {
      close(underlay);
      reconcile();
    }
  }

  /// What of shared devices is ours from now on, by the number of the port; of those that are not
  /// named, nothing.
  void select(Map<Integer, SharedFilter.Selection> wanted) throws LinuxException {
    shared.select(wanted);
  }

  private void close(PortPlace place) throws Failure {
    HostPort port = place.port();
    if (port != null) {
      vlans.closeOn(place);
      place.setPort(null);
      dataplane.detach(port);
      port.close();
    }
  }

  /// What policy can be bound to: the VM ports that are on their devices, by the name that policy
  /// spells.
  ///
  /// @param names spelled names by lower-case name
  Map<String, PortBinding> bindings(Map<String, String> names) {
    Map<String, PortBinding> bindings = new LinkedHashMap<>();
    for (PortPlace place : places) {
      HostPort port = place.port();
      if (port != null && place.kind() == PortKind.VIRTUAL_MACHINE) {
        String key = place.key();
        bindings.put(
            Objects.requireNonNullElse(names.get(key), place.name()),
            new PortBinding(place.number(), port.mtu()));
      }
    }
    return bindings;
  }

  /// Has the underlay's device merge VXLAN packets on receipt, where the kernel can.
  void mergeOnReceipt() {
    try {
      merging = MergingDevice.open(network, vxlanPort);
    } catch (LinuxException e) {
      LOG.info(
          "VXLAN packets are merged on receipt only where another VXLAN device has port {}: {}",
          vxlanPort,
          e.getMessage());
    }
  }

  /// Gives all devices up. Their guards stay. The Worker has ended.
  void closeAll() {
    if (merging != null) {
      merging.close();
      merging = null;
    }
    vlans.closeAll();
    for (PortPlace place : places) {
      HostPort port = place.port();
      if (port != null) {
        place.setPort(null);
        port.close();
      }
    }
    shared.close();
    if (filter != null && offload == null) {
      filter.close();
    }
  }
}
