// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.overlay.OverlayNetwork;
import hnv.overlay.OverlayNetwork.Adapter;
import hnv.overlay.OverlayNetwork.Domain;
import hnv.overlay.OverlayNetwork.Host;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// Says in words what differs between two policies. Pure.
final class PolicyChange {
  /// Differences that are named; the rest is counted.
  private static final int NAMED = 20;

  private PolicyChange() {}

  /// The differences, each in a few words, at most {@value #NAMED} of them and a count of the rest.
  static List<String> between(OverlayNetwork before, OverlayNetwork after) {
    List<String> changes = new ArrayList<>();
    if (before.encapsulation() != after.encapsulation()) {
      changes.add("encapsulation " + before.encapsulation() + " > " + after.encapsulation());
    }
    if (before.routerEnabled() != after.routerEnabled()) {
      changes.add("router " + (after.routerEnabled() ? "enabled" : "disabled"));
    }
    compare("server ", by(before.hosts(), Host::name), by(after.hosts(), Host::name), changes);
    Map<String, Domain> domains = by(before.domains(), Domain::name);
    for (Domain domain : after.domains()) {
      Domain former = domains.remove(domain.name());
      if (former == null) {
        changes.add("network +" + domain.name());
      } else if (!former.equals(domain)) {
        compare(former, domain, changes);
      }
    }
    domains.keySet().forEach(name -> changes.add("network -" + name));
    if (changes.size() > NAMED) {
      int left = changes.size() - NAMED;
      changes.subList(NAMED, changes.size()).clear();
      changes.add("and " + left + " more");
    }
    return changes;
  }

  private static void compare(Domain before, Domain after, List<String> changes) {
    String network = after.name() + ": ";
    if (!before.id().equals(after.id()) || !before.subnets().equals(after.subnets())) {
      changes.add(network + "subnets");
    }
    if (!before.encapsulation().equals(after.encapsulation())) {
      changes.add(network + "encapsulation");
    }
    if (!before.routes().equals(after.routes())) {
      changes.add(network + "routes");
    }
    Map<String, Adapter> adapters = by(before.adapters(), Adapter::name);
    for (Adapter adapter : after.adapters()) {
      Adapter former = adapters.remove(adapter.name());
      if (former == null) {
        changes.add(network + "+" + adapter.name());
      } else if (!former.host().equals(adapter.host())) {
        changes.add(network + adapter.name() + " " + place(former) + " > " + place(adapter));
      } else if (!former.accessControl().equals(adapter.accessControl())) {
        changes.add(network + adapter.name() + " access control");
      } else if (!former.equals(adapter)) {
        changes.add(network + adapter.name());
      }
    }
    adapters.keySet().forEach(name -> changes.add(network + "-" + name));
  }

  private static String place(Adapter adapter) {
    return adapter.host().isEmpty() ? "nowhere" : adapter.host();
  }

  private static <T> void compare(
      String what, Map<String, T> before, Map<String, T> after, List<String> changes) {
    after.forEach(
        (name, value) -> {
          T former = before.remove(name);
          if (former == null) {
            changes.add(what + "+" + name);
          } else if (!former.equals(value)) {
            changes.add(what + name);
          }
        });
    before.keySet().forEach(name -> changes.add(what + "-" + name));
  }

  private static <T> Map<String, T> by(List<T> list, Function<T, String> name) {
    Map<String, T> map = new LinkedHashMap<>();
    list.forEach(element -> map.put(name.apply(element), element));
    return map;
  }
}
