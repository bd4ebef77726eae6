// SPDX-License-Identifier: Apache-2.0
package hnv.app.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.Map;

/// Writes JSON values, whole or piece by piece. Equal values give equal text on every machine: line
/// feeds only, members in the order of the value.
public final class JsonWriter implements AutoCloseable {
  private static final JsonFactory FACTORY = new JsonFactory();

  private final JsonGenerator out;

  private JsonWriter(JsonGenerator out) {
    this.out = out;
  }

  /// Writes indented text for people, and closes the writer when it is closed.
  public static JsonWriter indented(Writer writer) throws IOException {
    DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
    DefaultPrettyPrinter printer = new DefaultPrettyPrinter().withObjectIndenter(indenter);
    printer.indentArraysWith(indenter);
    JsonGenerator out = FACTORY.createGenerator(writer);
    out.setPrettyPrinter(printer);
    return new JsonWriter(out);
  }

  /// A value as indented text, with a line feed at its end.
  public static String indented(Json value) {
    StringWriter text = new StringWriter();
    try (JsonWriter writer = indented(text)) {
      writer.value(value);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Cannot happen: the text is in memory.
    }
    return text.append('\n').toString();
  }

  /// A value on one line, without a line feed.
  public static String line(Json value) {
    StringWriter text = new StringWriter();
    try (JsonWriter writer = new JsonWriter(FACTORY.createGenerator(text))) {
      writer.value(value);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Cannot happen: the text is in memory.
    }
    return text.toString();
  }

  /// Begins an object.
  public void begin() throws IOException {
    out.writeStartObject();
  }

  /// Ends the object that was begun last.
  public void end() throws IOException {
    out.writeEndObject();
  }

  /// Begins a member that is a list.
  public void beginArray(String name) throws IOException {
    out.writeArrayFieldStart(name);
  }

  /// Ends the list that was begun last.
  public void endArray() throws IOException {
    out.writeEndArray();
  }

  /// Writes a member.
  public void member(String name, Json value) throws IOException {
    out.writeFieldName(name);
    value(value);
  }

  /// Writes a value: an element of the list begun last, or all there is.
  public void value(Json value) throws IOException {
    switch (value) {
      case Json.Text(String text) -> out.writeString(text);
      case Json.Whole(long number) -> out.writeNumber(number);
      case Json.Decimal(double number) -> out.writeNumber(number);
      case Json.Flag(boolean flag) -> out.writeBoolean(flag);
      case Json.Null _ -> out.writeNull();
      case Json.Array(var elements) -> {
        out.writeStartArray();
        for (Json element : elements) {
          value(element);
        }
        out.writeEndArray();
      }
      case Json.Members object -> {
        out.writeStartObject();
        for (Map.Entry<String, Json> member : object.members().entrySet()) {
          member(member.getKey(), member.getValue());
        }
        out.writeEndObject();
      }
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
