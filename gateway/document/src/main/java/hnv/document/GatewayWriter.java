// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import com.fasterxml.jackson.core.JsonGenerator;
import hnv.model.Gateway;
import hnv.model.Gateway.OutsideInterface;
import hnv.model.GatewayPool;
import hnv.model.GatewayResources;
import hnv.model.IpPool;
import hnv.model.IpsecConfiguration;
import hnv.model.IpsecConfiguration.MainMode;
import hnv.model.IpsecConfiguration.QuickMode;
import hnv.model.IpsecConfiguration.TrafficSelector;
import hnv.model.LogicalNetwork;
import hnv.model.LogicalRoute;
import hnv.model.LogicalSubnet;
import hnv.model.NatLog;
import hnv.model.NetworkConnection;
import hnv.model.NetworkConnection.AddressTranslation;
import hnv.model.NetworkConnection.Gre;
import hnv.model.NetworkConnection.InterfaceAddress;
import hnv.model.NetworkConnection.Ipsec;
import hnv.model.NetworkConnection.Keepalive;
import hnv.model.NetworkConnection.L3;
import hnv.model.NetworkConnection.Route;
import hnv.model.PublicIpAddress;
import hnv.model.RouteTable;
import hnv.model.VirtualGateway;
import hnv.model.VirtualGateway.PrefixTranslation;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// Writes what a policy says of gateways and of the outside. Lists without elements are left out.
/// Owned by one writing.
final class GatewayWriter {
  private final JsonGenerator json;
  private final ResourceOutput out;

  GatewayWriter(JsonGenerator json) {
    this.json = json;
    this.out = new ResourceOutput(json);
  }

  void write(GatewayResources resources) throws IOException {
    out.some("logicalNetworks", resources.logicalNetworks(), this::network);
    out.some("publicIPAddresses", resources.publicIpAddresses(), this::publicAddress);
    out.some("gatewayPools", resources.gatewayPools(), this::pool);
    out.some("gateways", resources.gateways(), this::gateway);
    out.some("virtualGateways", resources.virtualGateways(), this::virtualGateway);
    out.some("loadBalancers", resources.loadBalancers(), new LoadBalancerWriter(json)::write);
    out.some("routeTables", resources.routeTables(), this::routeTable);
  }

  private void network(LogicalNetwork network) throws IOException {
    out.begin(network.resourceId());
    out.text("device", network.device());
    out.array("subnets", network.subnets(), this::subnet);
    out.end();
  }

  private void subnet(LogicalSubnet subnet) throws IOException {
    out.begin(subnet.resourceId());
    json.writeStringField("addressPrefix", subnet.addressPrefix().toString());
    json.writeNumberField("vlanId", subnet.vlanId());
    out.flag("isPublic", subnet.isPublic());
    out.some("defaultGateways", subnet.defaultGateways(), out::text);
    out.some("ipPools", subnet.ipPools(), this::addressPool);
    out.some("routes", subnet.routes(), this::logicalRoute);
    out.end();
  }

  private void addressPool(IpPool pool) throws IOException {
    out.begin(pool.resourceId());
    json.writeStringField("startIpAddress", pool.start().toString());
    json.writeStringField("endIpAddress", pool.end().toString());
    out.end();
  }

  private void logicalRoute(LogicalRoute route) throws IOException {
    out.begin(route.resourceId());
    json.writeStringField("destination", route.destination().toString());
    json.writeStringField("nextHop", route.nextHop().toString());
    out.end();
  }

  private void publicAddress(PublicIpAddress address) throws IOException {
    out.begin(address.resourceId());
    json.writeStringField("ipAddress", address.ipAddress().toString());
    json.writeStringField("publicIPAllocationMethod", "Static");
    out.number("idleTimeoutInMinutes", address.idleTimeoutMinutes());
    out.end();
  }

  private void pool(GatewayPool pool) throws IOException {
    out.begin(pool.resourceId());
    String type =
        switch (pool.type()) {
          case ALL -> "All";
          case S2S_IPSEC -> "S2sIpsec";
          case S2S_GRE -> "S2sGre";
          case FORWARDING -> "Forwarding";
        };
    json.writeStringField("type", type);
    json.writeObjectFieldStart("ipConfiguration");
    out.references("greVipSubnets", pool.greVipSubnets());
    out.references("publicIPAddresses", pool.publicIpAddresses());
    json.writeEndObject();
    if (pool.natLog().isPresent()) {
      natLog(pool.natLog().get());
    }
    out.end();
  }

  private void natLog(NatLog log) throws IOException {
    json.writeObjectFieldStart("natLog");
    word("events", GatewayReader.EVENTS.word(log.events()));
    out.array("collectors", log.collectors(), this::collector);
    if (log.enterpriseNumber() != NatLog.DEFAULT_ENTERPRISE_NUMBER) {
      json.writeNumberField("enterpriseNumber", log.enterpriseNumber());
    }
    if (log.templateSeconds() != NatLog.DEFAULT_TEMPLATE_SECONDS) {
      json.writeNumberField("templateSeconds", log.templateSeconds());
    }
    json.writeEndObject();
  }

  private void collector(NatLog.Collector collector) throws IOException {
    json.writeStartObject();
    word("format", GatewayReader.FORMATS.word(collector.format()));
    json.writeStringField("ipAddress", collector.ipAddress().toString());
    json.writeNumberField("port", collector.port());
    json.writeEndObject();
  }

  private void gateway(Gateway gateway) throws IOException {
    out.begin(gateway.resourceId());
    out.reference("pool", Optional.of(gateway.pool()));
    out.reference("server", Optional.of(gateway.server()));
    out.some("outsideInterfaces", gateway.outsideInterfaces(), this::outsideInterface);
    out.end();
  }

  private void outsideInterface(OutsideInterface outside) throws IOException {
    json.writeStartObject();
    out.reference("subnet", Optional.of(outside.subnet()));
    out.array("ipAddresses", outside.ipAddresses(), out::text);
    json.writeEndObject();
  }

  private void virtualGateway(VirtualGateway gateway) throws IOException {
    out.begin(gateway.resourceId());
    out.reference("gateway", gateway.gateway());
    out.references("gatewayPools", gateway.gatewayPools());
    out.references("gatewaySubnets", gateway.gatewaySubnets());
    out.number("natSessionLimit", gateway.natSessionLimit());
    out.number("natPortLimit", gateway.natPortLimit());
    out.number("flowLimit", gateway.flowLimit());
    out.text("nat64Prefix", gateway.nat64Prefix());
    out.some("prefixTranslations", gateway.prefixTranslations(), this::prefixTranslation);
    out.some("networkConnections", gateway.networkConnections(), this::connection);
    out.end();
  }

  private void connection(NetworkConnection connection) throws IOException {
    out.begin(connection.resourceId());
    String type =
        switch (connection.type()) {
          case GRE -> "GRE";
          case L3 -> "L3";
          case IPSEC -> "IPSec";
        };
    json.writeStringField("connectionType", type);
    json.writeStringField("connectionStatus", connection.enabled() ? "Enabled" : "Disabled");
    out.reference("gateway", connection.gateway());
    out.number("outboundKiloBitsPerSecond", connection.outboundKiloBitsPerSecond());
    out.number("inboundKiloBitsPerSecond", connection.inboundKiloBitsPerSecond());
    switch (connection.details()) {
      case Gre gre -> gre(gre);
      case L3 l3 -> l3(l3);
      case Ipsec ipsec -> {
        out.text("sourceIPAddress", ipsec.source());
        json.writeStringField("destinationIPAddress", ipsec.destination().toString());
        ipsec(ipsec.configuration());
      }
    }
    out.some("routes", connection.routes(), this::route);
    out.some("addressTranslations", connection.addressTranslations(), this::addressTranslation);
    out.end();
  }

  private void prefixTranslation(PrefixTranslation translation) throws IOException {
    json.writeStartObject();
    word("internalPrefix", translation.internalPrefix().toString());
    word("externalPrefix", translation.externalPrefix().toString());
    json.writeEndObject();
  }

  private void addressTranslation(AddressTranslation translation) throws IOException {
    json.writeStartObject();
    word("localPrefix", translation.localPrefix().toString());
    word("translatedLocalPrefix", translation.translatedLocalPrefix().toString());
    word("remotePrefix", translation.remotePrefix().toString());
    word("translatedRemotePrefix", translation.translatedRemotePrefix().toString());
    json.writeEndObject();
  }

  private void gre(Gre gre) throws IOException {
    out.text("sourceIPAddress", gre.source());
    json.writeStringField("destinationIPAddress", gre.destination().toString());
    json.writeObjectFieldStart("greConfiguration");
    out.number("greKey", gre.key());
    out.flag("checksum", gre.checksum());
    out.flag("sequenceNumbers", gre.sequence());
    if (gre.keepalive().isPresent()) {
      Keepalive keepalive = gre.keepalive().get();
      json.writeNumberField("keepaliveIntervalSeconds", keepalive.intervalSeconds());
      json.writeNumberField("keepaliveTries", keepalive.tries());
    }
    json.writeEndObject();
  }

  private void l3(L3 l3) throws IOException {
    json.writeObjectFieldStart("l3Configuration");
    out.reference("vlanSubnet", Optional.of(l3.vlanSubnet()));
    json.writeEndObject();
    out.array("ipAddresses", l3.ipAddresses(), this::interfaceAddress);
    out.some("peerIPAddresses", l3.peers(), out::text);
  }

  private void interfaceAddress(InterfaceAddress address) throws IOException {
    json.writeStartObject();
    json.writeStringField("ipAddress", address.ipAddress().toString());
    json.writeNumberField("prefixLength", address.prefixLength());
    json.writeEndObject();
  }

  private void ipsec(IpsecConfiguration ipsec) throws IOException {
    json.writeObjectFieldStart("ipSecConfiguration");
    json.writeStringField("authenticationMethod", "PSK");
    MainMode main = ipsec.mainMode();
    json.writeObjectFieldStart("mainMode");
    word("diffieHellmanGroup", IpsecReader.GROUPS.word(main.diffieHellmanGroup()));
    word("encryptionAlgorithm", IpsecReader.CIPHERS.word(main.encryptionAlgorithm()));
    word("integrityAlgorithm", IpsecReader.INTEGRITIES.word(main.integrityAlgorithm()));
    out.number("saLifeTimeSeconds", main.lifeTimeSeconds());
    json.writeEndObject();
    QuickMode quick = ipsec.quickMode();
    json.writeObjectFieldStart("quickMode");
    word("perfectForwardSecrecy", IpsecReader.SECRECIES.word(quick.perfectForwardSecrecy()));
    word("cipherTransformationConstant", IpsecReader.CIPHER_TRANSFORMS.word(quick.cipher()));
    word(
        "authenticationTransformationConstant",
        IpsecReader.AUTHENTICATION_TRANSFORMS.word(quick.authentication()));
    out.number("saLifeTimeSeconds", quick.lifeTimeSeconds());
    out.number("saLifeTimeKiloBytes", quick.lifeTimeKiloBytes());
    out.number("idleDisconnectSeconds", quick.idleDisconnectSeconds());
    json.writeEndObject();
    selectors("localVpnTrafficSelector", ipsec.localTrafficSelectors());
    selectors("remoteVpnTrafficSelector", ipsec.remoteTrafficSelectors());
    json.writeEndObject();
  }

  private void word(String name, String word) throws IOException {
    json.writeStringField(name, word);
  }

  private void selectors(String name, List<TrafficSelector> selectors) throws IOException {
    out.some(name, selectors, this::selector);
  }

  private void selector(TrafficSelector selector) throws IOException {
    json.writeStartObject();
    json.writeNumberField("protocolId", selector.protocol());
    json.writeNumberField("portStart", selector.ports().first());
    json.writeNumberField("portEnd", selector.ports().last());
    json.writeStringField("ipAddressStart", selector.first().toString());
    json.writeStringField("ipAddressEnd", selector.last().toString());
    json.writeEndObject();
  }

  private void route(Route route) throws IOException {
    json.writeStartObject();
    json.writeStringField("destinationPrefix", route.destinationPrefix().toString());
    out.text("nextHop", route.nextHop());
    json.writeNumberField("metric", route.metric());
    json.writeEndObject();
  }

  private void routeTable(RouteTable table) throws IOException {
    out.begin(table.resourceId());
    out.array("routes", table.routes(), this::tableRoute);
    out.end();
  }

  private void tableRoute(RouteTable.Route route) throws IOException {
    out.begin(route.resourceId());
    json.writeStringField("addressPrefix", route.addressPrefix().toString());
    word("nextHopType", RouteTableReader.TYPES.word(route.nextHopType()));
    out.text("nextHopIpAddress", route.nextHopIpAddress());
    out.end();
  }
}
