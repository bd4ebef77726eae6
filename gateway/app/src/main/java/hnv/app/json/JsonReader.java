// SPDX-License-Identifier: Apache-2.0
package hnv.app.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Reads one JSON value, bounded in depth and lengths. The caller bounds the text.
public final class JsonReader {
  private static final int DEPTH = 16;
  private static final int NAME_LENGTH = 256;
  private static final int STRING_LENGTH = 1 << 20;
  private static final int NUMBER_LENGTH = 32;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH)
                  .maxNameLength(NAME_LENGTH)
                  .maxStringLength(STRING_LENGTH)
                  .maxNumberLength(NUMBER_LENGTH)
                  .build())
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  private JsonReader() {}

  /// The text is not JSON, or asks for more than the limits.
  public static final class MalformedJson extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedJson(String message) {
      super(message);
    }
  }

  /// Reads a text that holds one value and nothing else.
  public static Json read(byte[] text) throws MalformedJson {
    try (JsonParser parser = FACTORY.createParser(text)) {
      return whole(parser);
    } catch (JsonProcessingException e) {
      throw malformed(e);
    } catch (IOException e) {
      throw new MalformedJson("not UTF-8, UTF-16 or UTF-32");
    }
  }

  /// Reads a text that holds one value and nothing else.
  public static Json read(String text) throws MalformedJson {
    try (JsonParser parser = FACTORY.createParser(text)) {
      return whole(parser);
    } catch (JsonProcessingException e) {
      throw malformed(e);
    } catch (IOException e) {
      throw new MalformedJson(String.valueOf(e.getMessage()));
    }
  }

  private static MalformedJson malformed(JsonProcessingException e) {
    String where =
        e.getLocation() == null
            ? ""
            : "line "
                + e.getLocation().getLineNr()
                + ", column "
                + e.getLocation().getColumnNr()
                + ": ";
    return new MalformedJson(where + e.getOriginalMessage());
  }

  private static Json whole(JsonParser parser) throws IOException, MalformedJson {
    if (parser.nextToken() == null) {
      throw new MalformedJson("there is nothing in it");
    }
    Json value = value(parser);
    if (parser.nextToken() != null) {
      throw new MalformedJson("something follows the value");
    }
    return value;
  }

  private static Json value(JsonParser parser) throws IOException, MalformedJson {
    JsonToken token = parser.currentToken();
    return switch (token) {
      case START_OBJECT -> {
        Json.Members object = Json.object();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String name = parser.currentName();
          parser.nextToken();
          if (object.get(name) != null) {
            throw new MalformedJson("\"" + name + "\" stands more than once in one object");
          }
          object.put(name, value(parser));
        }
        yield object;
      }
      case START_ARRAY -> {
        List<Json> elements = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          elements.add(value(parser));
        }
        yield new Json.Array(elements);
      }
      case VALUE_STRING -> new Json.Text(parser.getText());
      case VALUE_NUMBER_INT -> {
        if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
          yield new Json.Decimal(parser.getDoubleValue());
        }
        yield new Json.Whole(parser.getLongValue());
      }
      case VALUE_NUMBER_FLOAT -> new Json.Decimal(parser.getDoubleValue());
      case VALUE_TRUE -> new Json.Flag(true);
      case VALUE_FALSE -> new Json.Flag(false);
      case VALUE_NULL -> new Json.Null();
      // Cannot happen: none of these begins a value.
      case NOT_AVAILABLE, END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT ->
          throw new IllegalStateException("no value at " + token);
    };
  }
}
