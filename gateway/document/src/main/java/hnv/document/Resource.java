// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.model.ProblemCode;
import hnv.model.ResourceId;
import org.jspecify.annotations.Nullable;

/// A resource taken out of its envelope.
///
/// @param resourceId null when it is missing or cannot be read, which is reported
/// @param properties empty when there are none
record Resource(@Nullable ResourceId resourceId, Fields properties) {
  /// Takes a resource apart.
  ///
  /// @return null when the value is no object, which is reported
  static @Nullable Resource of(JsonPath at, JsonValue value, Vocabulary properties, Report report) {
    Fields envelope = Fields.of(at, value, Vocabularies.RESOURCE, report);
    if (envelope == null) {
      return null;
    }
    ResourceId id =
        envelope.requiredParsed(
            "resourceId",
            ProblemCode.PROPERTY_MISSING,
            ProblemCode.INVALID_RESOURCE_NAME,
            Resource::name);
    return new Resource(id, envelope.object("properties", properties));
  }

  /// A text as a name.
  ///
  /// @throws IllegalArgumentException where it cannot be one
  static ResourceId name(String text) {
    if (!ResourceId.isValid(text)) {
      throw new IllegalArgumentException(
          Quoted.of(text)
              + " cannot be a resourceId: 1 to "
              + ResourceId.MAX_LENGTH
              + " printable ASCII characters, no space at an end, none of "
              + ResourceId.NOT_ALLOWED);
    }
    return ResourceId.of(text);
  }
}
