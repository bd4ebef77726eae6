// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import com.fasterxml.jackson.core.JsonGenerator;
import hnv.model.LoadBalancer;
import hnv.model.LoadBalancer.BackendPool;
import hnv.model.LoadBalancer.ByAddress;
import hnv.model.LoadBalancer.ByResource;
import hnv.model.LoadBalancer.Frontend;
import hnv.model.LoadBalancer.InboundNatRule;
import hnv.model.LoadBalancer.OutboundNatRule;
import hnv.model.NatBehavior;
import hnv.model.PortRange;
import java.io.IOException;
import java.util.Optional;

/// Writes load balancers. Behaviour that is the default is left out. Owned by one writing.
final class LoadBalancerWriter {
  private final JsonGenerator json;
  private final ResourceOutput out;

  LoadBalancerWriter(JsonGenerator json) {
    this.json = json;
    this.out = new ResourceOutput(json);
  }

  void write(LoadBalancer balancer) throws IOException {
    out.begin(balancer.resourceId());
    out.array("frontendIPConfigurations", balancer.frontends(), this::frontend);
    out.some("backendAddressPools", balancer.backendPools(), this::pool);
    out.some("inboundNatRules", balancer.inboundNatRules(), this::inbound);
    out.some("outboundNatRules", balancer.outboundNatRules(), this::outbound);
    out.end();
  }

  private void frontend(Frontend frontend) throws IOException {
    out.begin(frontend.resourceId());
    switch (frontend.address()) {
      case ByResource(var publicAddress) ->
          out.reference("publicIPAddress", Optional.of(publicAddress));
      case ByAddress(var address, var subnet) -> {
        json.writeStringField("privateIPAddress", address.toString());
        json.writeStringField("privateIPAllocationMethod", "Static");
        out.reference("subnet", Optional.of(subnet));
      }
    }
    out.end();
  }

  private void pool(BackendPool pool) throws IOException {
    out.begin(pool.resourceId());
    out.references("backendIPConfigurations", pool.ipConfigurations());
    out.references("subnets", pool.subnets());
    out.references("virtualNetworks", pool.virtualNetworks());
    out.end();
  }

  private void inbound(InboundNatRule rule) throws IOException {
    out.begin(rule.resourceId());
    out.references("frontendIPConfigurations", rule.frontends());
    json.writeStringField("protocol", LoadBalancerReader.PROTOCOLS.word(rule.protocol()));
    if (rule.frontendPorts().isPresent()) {
      ports("frontendPort", rule.frontendPorts().get());
    }
    out.number("backendPort", rule.backendPort());
    out.reference("backendIPConfiguration", rule.backend());
    out.end();
  }

  /// One port is a number, as Network Controller has it; a range is a text.
  private void ports(String name, PortRange ports) throws IOException {
    if (ports.first() == ports.last()) {
      json.writeNumberField(name, ports.first());
    } else {
      json.writeStringField(name, ports.first() + "-" + ports.last());
    }
  }

  private void outbound(OutboundNatRule rule) throws IOException {
    out.begin(rule.resourceId());
    out.references("frontendIPConfigurations", rule.frontends());
    out.reference("backendAddressPool", Optional.of(rule.backendPool()));
    json.writeStringField("protocol", LoadBalancerReader.PROTOCOLS.word(rule.protocol()));
    out.some("destinationPrefixes", rule.destinationPrefixes(), out::text);
    NatBehavior behavior = rule.behavior();
    if (behavior.mapping() != NatBehavior.DEFAULT.mapping()) {
      json.writeStringField("mapping", LoadBalancerReader.MAPPINGS.word(behavior.mapping()));
    }
    if (behavior.filtering() != NatBehavior.DEFAULT.filtering()) {
      json.writeStringField("filtering", LoadBalancerReader.FILTERINGS.word(behavior.filtering()));
    }
    if (behavior.preservesParity()) {
      json.writeStringField("portParity", LoadBalancerReader.PARITIES.word(true));
    }
    if (!behavior.ports().equals(NatBehavior.DEFAULT_PORTS)) {
      ports("portRange", behavior.ports());
    }
    out.number("portBlockSize", behavior.blockSize());
    out.number("portBlocksPerAddress", behavior.blocksPerAddress());
    out.number("sessionsPerAddress", behavior.sessionsPerAddress());
    out.end();
  }
}
