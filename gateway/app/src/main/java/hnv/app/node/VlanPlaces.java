// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.cli.Failure;
import hnv.linux.port.DeviceUse;
import hnv.linux.port.HostPort;
import hnv.linux.port.VlanPort;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The VLANs that policy wants on devices to the outside: ports of their own, each as soon as its
/// device's is there. A VLAN keeps its number for as long as the node runs. Owned by the control
/// thread.
final class VlanPlaces {
  private static final Logger LOG = LoggerFactory.getLogger(VlanPlaces.class);

  private final Dataplane dataplane;
  private final int endOfNumbers;
  private int nextNumber;
  private final Map<String, Integer> numbers = new HashMap<>();
  private final List<PortPlace> places = new ArrayList<>();
  private final Map<PortPlace, VlanPort> ports = new HashMap<>();

  /// @param firstNumber above those of all devices' ports
  /// @param endOfNumbers one more than the highest
  VlanPlaces(Dataplane dataplane, int firstNumber, int endOfNumbers) {
    this.dataplane = dataplane;
    this.nextNumber = firstNumber;
    this.endOfNumbers = endOfNumbers;
  }

  /// All that are wanted, by the order of their devices.
  List<PortPlace> places() {
    return Collections.unmodifiableList(places);
  }

  /// Which VLANs are wanted from the next {@link #reconcile} on.
  ///
  /// @param devices all ports on devices
  /// @param wanted by name of the outside device, in lower case
  void want(List<PortPlace> devices, Map<String, Set<Integer>> wanted) throws Failure {
    List<PortPlace> next = new ArrayList<>();
    for (PortPlace device : devices) {
      if (device.use() == DeviceUse.OUTSIDE) {
        for (int vlan : new TreeSet<>(wanted.getOrDefault(device.key(), Set.of()))) {
          find(device, vlan).or(() -> make(device, vlan)).ifPresent(next::add);
        }
      }
    }
    for (PortPlace place : places) {
      if (!next.contains(place)) {
        close(place);
      }
    }
    places.clear();
    places.addAll(next);
  }

  private Optional<PortPlace> find(PortPlace device, int vlan) {
    return places.stream()
        .filter(place -> place.vlan() == vlan && place.device().equals(device.device()))
        .findFirst();
  }

  private Optional<PortPlace> make(PortPlace device, int vlan) {
    String name = device.name() + "/" + vlan;
    String key = name.toLowerCase(Locale.ROOT);
    Integer number = numbers.get(key);
    if (number == null) {
      if (nextNumber >= endOfNumbers) {
        LOG.error("port {}: no more than {} ports", name, endOfNumbers);
        return Optional.empty();
      }
      number = nextNumber++;
      numbers.put(key, number);
    }
    return Optional.of(new PortPlace(name, DeviceUse.OUTSIDE, number, device.device(), vlan));
  }

  /// Opens those whose device is there.
  void reconcile(List<PortPlace> devices) throws Failure {
    for (PortPlace place : places) {
      PortPlace device = deviceOf(place, devices);
      HostPort on = device.port();
      place.setMac(device.mac());
      if (on == null || on.equals(place.port())) {
        continue;
      }
      VlanPort port = new VlanPort(on, place.name(), place.number(), place.vlan());
      dataplane.attach(port);
      ports.put(place, port);
      place.setPort(on);
      LOG.info("port {}: VLAN {} on device {}", place.name(), place.vlan(), place.device());
    }
  }

  private static PortPlace deviceOf(PortPlace vlan, List<PortPlace> devices) {
    return devices.stream()
        .filter(device -> device.device().equals(vlan.device()))
        .findFirst()
        .orElseThrow();
  }

  /// Closes all on a device whose port is about to be.
  void closeOn(PortPlace device) throws Failure {
    for (PortPlace place : places) {
      if (place.device().equals(device.device())) {
        close(place);
      }
    }
  }

  private void close(PortPlace place) throws Failure {
    VlanPort port = ports.remove(place);
    place.setPort(null);
    if (port != null) {
      dataplane.detach(port);
      port.close();
    }
  }

  /// Gives all up; the Worker has ended.
  void closeAll() {
    for (PortPlace place : places) {
      place.setPort(null);
    }
    ports.values().forEach(VlanPort::close);
    ports.clear();
  }
}
