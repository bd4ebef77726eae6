// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import com.fasterxml.jackson.core.JsonGenerator;
import hnv.model.ResourceId;
import hnv.model.ResourceReference;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// Writes what all resources have in common. What is absent is left out. Owned by one writing.
final class ResourceOutput {
  /// Writes a thing of a list.
  interface Element<T> {
    void write(T element) throws IOException;
  }

  private final JsonGenerator json;

  ResourceOutput(JsonGenerator json) {
    this.json = json;
  }

  void begin(ResourceId resourceId) throws IOException {
    json.writeStartObject();
    json.writeStringField("resourceId", resourceId.toString());
    json.writeObjectFieldStart("properties");
  }

  void end() throws IOException {
    json.writeEndObject();
    json.writeEndObject();
  }

  void text(Object element) throws IOException {
    json.writeString(element.toString());
  }

  void text(String name, Optional<?> value) throws IOException {
    if (value.isPresent()) {
      json.writeStringField(name, value.get().toString());
    }
  }

  void number(String name, OptionalInt value) throws IOException {
    if (value.isPresent()) {
      json.writeNumberField(name, value.getAsInt());
    }
  }

  void number(String name, OptionalLong value) throws IOException {
    if (value.isPresent()) {
      json.writeNumberField(name, value.getAsLong());
    }
  }

  void flag(String name, boolean value) throws IOException {
    if (value) {
      json.writeBooleanField(name, true);
    }
  }

  void reference(String name, Optional<? extends ResourceReference> reference) throws IOException {
    if (reference.isPresent()) {
      json.writeFieldName(name);
      reference(reference.get());
    }
  }

  private void reference(ResourceReference reference) throws IOException {
    json.writeStartObject();
    json.writeStringField("resourceRef", reference.toString());
    json.writeEndObject();
  }

  /// A list that is left out where it is empty.
  void references(String name, List<? extends ResourceReference> references) throws IOException {
    some(name, references, this::reference);
  }

  /// A list that is left out where it is empty.
  <T> void some(String name, List<T> elements, Element<? super T> writer) throws IOException {
    if (!elements.isEmpty()) {
      array(name, elements, writer);
    }
  }

  <T> void array(String name, List<T> elements, Element<? super T> writer) throws IOException {
    json.writeArrayFieldStart(name);
    for (T element : elements) {
      writer.write(element);
    }
    json.writeEndArray();
  }
}
