// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import hnv.document.JsonValue.JsonArray;
import hnv.document.JsonValue.JsonFlag;
import hnv.document.JsonValue.JsonNull;
import hnv.document.JsonValue.JsonNumber;
import hnv.document.JsonValue.JsonObject;
import hnv.document.JsonValue.JsonText;
import hnv.document.JsonValue.Member;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Reads one JSON value from a parser. The parser bounds depth and lengths.
final class JsonTree {
  private JsonTree() {}

  /// Reads the value that begins at the parser's current token, and leaves the parser at its last.
  ///
  /// @throws IOException when the text is not JSON, or beyond the limits of the parser
  static JsonValue read(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    return switch (token) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case VALUE_STRING -> new JsonText(parser.getText());
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new JsonNumber(parser.getText());
      case VALUE_TRUE -> new JsonFlag(true);
      case VALUE_FALSE -> new JsonFlag(false);
      case VALUE_NULL -> new JsonNull();
      // Cannot happen: none of these begins a value.
      case NOT_AVAILABLE, END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT ->
          throw new IllegalStateException("no value at " + token);
    };
  }

  private static JsonObject object(JsonParser parser) throws IOException {
    Map<String, Member> members = new LinkedHashMap<>();
    List<String> repeated = new ArrayList<>(0);
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      JsonValue value = read(parser);
      if (members.putIfAbsent(name.toLowerCase(Locale.ROOT), new Member(name, value)) != null) {
        repeated.add(name);
      }
    }
    return new JsonObject(members, repeated);
  }

  private static JsonArray array(JsonParser parser) throws IOException {
    List<JsonValue> elements = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      elements.add(read(parser));
    }
    return new JsonArray(elements);
  }
}
