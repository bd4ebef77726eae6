// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import java.util.List;
import java.util.Map;

/// A JSON value as it stands in a document.
sealed interface JsonValue {
  /// An object.
  ///
  /// @param members by name in lower case, in the order of the document
  /// @param repeated names that stand more than once, as spelled the second time
  record JsonObject(Map<String, Member> members, List<String> repeated) implements JsonValue {}

  /// A property and its name as spelled.
  record Member(String name, JsonValue value) {}

  record JsonArray(List<JsonValue> elements) implements JsonValue {}

  record JsonText(String text) implements JsonValue {}

  /// A number, as spelled.
  record JsonNumber(String text) implements JsonValue {}

  record JsonFlag(boolean value) implements JsonValue {}

  record JsonNull() implements JsonValue {}

  /// What kind of value it is, as said in a message.
  default String kind() {
    return switch (this) {
      case JsonObject o -> "an object";
      case JsonArray a -> "an array";
      case JsonText t -> Quoted.of(t.text());
      case JsonNumber n -> n.text();
      case JsonFlag f -> Boolean.toString(f.value());
      case JsonNull n -> "null";
    };
  }

  /// True for a value that asks for nothing, so that ignoring it changes nothing.
  default boolean isNeutral() {
    return switch (this) {
      case JsonObject o -> o.members().values().stream().allMatch(m -> m.value().isNeutral());
      case JsonArray a -> a.elements().isEmpty();
      case JsonText t -> Neutral.WORDS.contains(t.text().toLowerCase(java.util.Locale.ROOT));
      case JsonNumber n -> n.text().equals("0");
      case JsonFlag f -> !f.value();
      case JsonNull n -> true;
    };
  }

  /// Words by which Network Controller says that a thing is not used.
  final class Neutral {
    static final java.util.Set<String> WORDS =
        java.util.Set.of("", "0", "false", "disabled", "disable", "off", "none");

    private Neutral() {}
  }
}
