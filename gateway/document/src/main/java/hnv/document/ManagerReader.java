// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.model.Encapsulation;
import hnv.model.ProblemCode;
import hnv.model.VirtualNetworkManager;
import hnv.model.VirtualSubnetIdRange;
import hnv.wire.Vsid;

/// Reads the virtual network manager, the one resource that there is only one of.
final class ManagerReader {
  static final Choices<Encapsulation> PROTOCOLS =
      Choices.<Encapsulation>of()
          .with("VXLAN", Encapsulation.VXLAN)
          .with("NVGRE", Encapsulation.NVGRE);

  /// Network Controller allows it; RFC 7637 §3.2 reserves it.
  private static final int RESERVED_END = Vsid.HIGHEST + 1;

  private final Reading reading;

  ManagerReader(Reading reading) {
    this.reading = reading;
  }

  VirtualNetworkManager read(JsonPath at, JsonValue value) {
    VirtualNetworkManager defaults = VirtualNetworkManager.DEFAULT;
    Fields envelope = Fields.of(at, value, Vocabularies.RESOURCE, reading.report());
    if (envelope == null) {
      return defaults;
    }
    Fields properties = envelope.object("properties", Vocabularies.VIRTUAL_NETWORK_MANAGER);
    Boolean router =
        properties.choice(
            "distributedRouterState",
            ProblemCode.INVALID_PARAMETER_VALUE,
            InterfaceReader.SWITCHES);
    Encapsulation protocol =
        properties.choice(
            "networkVirtualizationProtocol", ProblemCode.INVALID_PARAMETER_VALUE, PROTOCOLS);
    Fields range = properties.object("virtualSubnetIdRange", Vocabularies.VIRTUAL_SUBNET_ID_RANGE);
    return new VirtualNetworkManager(
        router == null ? defaults.distributedRouterEnabled() : router,
        protocol == null ? defaults.networkVirtualizationProtocol() : protocol,
        range(range, defaults.virtualSubnetIdRange()));
  }

  private static VirtualSubnetIdRange range(Fields range, VirtualSubnetIdRange defaults) {
    ProblemCode code = ProblemCode.INVALID_VSID_RANGE_VALUES;
    Long start = range.integer("startId", code, Vsid.LOWEST, Vsid.HIGHEST);
    Long end = range.integer("endId", code, Vsid.LOWEST, RESERVED_END);
    if (end != null && end == RESERVED_END) {
      range.warning(
          "endId",
          ProblemCode.VALUE_ADJUSTED,
          RESERVED_END + " is reserved; read as " + Vsid.HIGHEST);
    }
    return new VirtualSubnetIdRange(
        start == null ? defaults.startId() : new Vsid(start.intValue()),
        end == null ? defaults.endId() : new Vsid(Math.min(end.intValue(), Vsid.HIGHEST)));
  }
}
