// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.ProviderAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Servers: names, and provider addresses that no two servers share.
final class ServerRules {
  private final PolicyValidation.Context context;

  ServerRules(PolicyValidation.Context context) {
    this.context = context;
  }

  void check() {
    List<Server> servers = context.policy().servers();
    context.checkCount("$.servers", servers.size(), context.limits().servers());
    context.checkNames(PolicyValidation.names(servers, Server::resourceId), "$.servers");
    Map<ProviderAddress, Server> owners = new HashMap<>();
    for (int i = 0; i < servers.size(); i++) {
      check(servers.get(i), context.source().server(i), owners);
    }
  }

  private void check(Server server, String path, Map<ProviderAddress, Server> owners) {
    String list = path + ".properties.providerAddresses";
    List<ProviderAddress> addresses = server.providerAddresses();
    context.checkCount(list, addresses.size(), context.limits().providerAddressesPerServer());
    for (int i = 0; i < addresses.size(); i++) {
      ProviderAddress address = addresses.get(i);
      String at = context.source().element(list, i);
      String unusable = Addresses.whyNotProviderAddress(address.address());
      if (unusable != null) {
        context.add(
            at,
            ProblemCode.INVALID_IP_ADDRESS,
            address + " cannot be a provider address: " + unusable);
      }
      Server owner = owners.putIfAbsent(address, server);
      if (owner != null) {
        context.add(
            at,
            ProblemCode.PROVIDER_ADDRESS_IN_USE,
            address + " is already a provider address of server " + owner.resourceId());
      }
    }
  }
}
