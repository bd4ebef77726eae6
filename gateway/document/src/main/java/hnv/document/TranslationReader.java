// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.model.NetworkConnection.AddressTranslation;
import hnv.model.ProblemCode;
import hnv.model.VirtualGateway.PrefixTranslation;
import hnv.wire.Cidr;
import org.jspecify.annotations.Nullable;

/// Reads which prefixes a virtual gateway and its connections translate to which.
final class TranslationReader {
  private final Reading reading;

  TranslationReader(Reading reading) {
    this.reading = reading;
  }

  @Nullable PrefixTranslation readPrefixTranslation(JsonPath at, JsonValue value) {
    Fields fields = Fields.of(at, value, GatewayVocabularies.PREFIX_TRANSLATION, reading.report());
    if (fields == null) {
      return null;
    }
    Cidr internal = prefix(fields, "internalPrefix");
    Cidr external = prefix(fields, "externalPrefix");
    return internal == null || external == null ? null : new PrefixTranslation(internal, external);
  }

  @Nullable AddressTranslation readAddressTranslation(JsonPath at, JsonValue value) {
    Fields fields = Fields.of(at, value, GatewayVocabularies.ADDRESS_TRANSLATION, reading.report());
    if (fields == null) {
      return null;
    }
    Cidr local = prefix(fields, "localPrefix");
    Cidr seenLocal = prefix(fields, "translatedLocalPrefix");
    Cidr remote = prefix(fields, "remotePrefix");
    Cidr seenRemote = prefix(fields, "translatedRemotePrefix");
    return local == null || seenLocal == null || remote == null || seenRemote == null
        ? null
        : new AddressTranslation(local, seenLocal, remote, seenRemote);
  }

  private static @Nullable Cidr prefix(Fields fields, String name) {
    return fields.requiredParsed(
        name, ProblemCode.PROPERTY_MISSING, ProblemCode.INVALID_IP_PREFIX, Cidr::parse);
  }
}
