// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.model.Encapsulation;
import hnv.model.ProblemCode;
import hnv.model.ResourceId;
import hnv.model.Server;
import hnv.model.ServerReference;
import hnv.wire.ProviderAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads servers.
final class ServerReader {
  private final Reading reading;

  ServerReader(Reading reading) {
    this.reading = reading;
  }

  @Nullable Server read(JsonPath at, JsonValue value) {
    Resource resource = Resource.of(at, value, Vocabularies.SERVER, reading.report());
    ResourceId id = resource == null ? null : resource.resourceId();
    if (resource == null || id == null) {
      return null;
    }
    Elements<ProviderAddress> addresses =
        resource
            .properties()
            .parsedElements(
                "providerAddresses",
                reading.limits().providerAddressesPerServer(),
                ProblemCode.INVALID_IP_ADDRESS,
                ProviderAddress::parse);
    Encapsulation protocol =
        resource
            .properties()
            .choice(
                "networkVirtualizationProtocol",
                ProblemCode.INVALID_PARAMETER_VALUE,
                ManagerReader.PROTOCOLS);
    if (!addresses.isComplete()) {
      reading.source().recordUnreadable(new ServerReference(id));
    }
    return new Server(id, addresses.placed(reading.source()), Optional.ofNullable(protocol));
  }
}
