// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.document.JsonValue.JsonArray;
import hnv.document.JsonValue.JsonFlag;
import hnv.document.JsonValue.JsonNull;
import hnv.document.JsonValue.JsonNumber;
import hnv.document.JsonValue.JsonObject;
import hnv.document.JsonValue.JsonText;
import hnv.document.JsonValue.Member;
import hnv.document.Vocabulary.Property;
import hnv.model.ProblemCode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Takes the properties out of one JSON object. Owned by one reading.
///
/// Every method that finds a value wrong reports it and returns null, as it does for a property
/// that is absent or null; {@link #has} tells the two apart. Names are found whatever their case.
final class Fields {
  private static final int MESSAGE_SHOWN = 300;

  private final JsonPath path;
  private final Map<String, Member> members;
  private final Vocabulary vocabulary;
  private final Report report;

  /// True where something else stands in the place of the object, which has been reported.
  private final boolean broken;

  private Fields(
      JsonPath path,
      Map<String, Member> members,
      Vocabulary vocabulary,
      Report report,
      boolean broken) {
    this.path = path;
    this.members = members;
    this.vocabulary = vocabulary;
    this.report = report;
    this.broken = broken;
  }

  /// Looks at an object and reports properties that are not in the vocabulary, or stand twice.
  ///
  /// @return null when the value is no object, which is reported
  static @Nullable Fields of(JsonPath path, JsonValue value, Vocabulary vocabulary, Report report) {
    if (!(value instanceof JsonObject object)) {
      report.problem(path, ProblemCode.INVALID_PARAMETER_VALUE, wanted("an object", value));
      return null;
    }
    Fields fields = new Fields(path, object.members(), vocabulary, report, false);
    object.repeated().forEach(fields::reportRepeated);
    object.members().forEach(fields::judge);
    return fields;
  }

  private void reportRepeated(String name) {
    report.problem(
        path.property(name),
        ProblemCode.DUPLICATE_PROPERTY,
        "the property stands more than once in " + vocabulary.what());
  }

  private void judge(String key, Member member) {
    Property property = vocabulary.property(key);
    if (property == null) {
      String nearest = vocabulary.nearest(member.name());
      report.problem(
          path.property(member.name()),
          ProblemCode.UNKNOWN_PROPERTY,
          vocabulary.what()
              + " has no such property"
              + (nearest == null ? "" : "; did you mean " + nearest + "?"));
      return;
    }
    JsonPath at = path.property(property.name());
    switch (property.treatment()) {
      case READ, IGNORED -> {}
      case WITHOUT_EFFECT -> {
        if (!member.value().isNeutral()) {
          report.warning(
              at, ProblemCode.PROPERTY_HAS_NO_EFFECT, property.name() + " has no effect");
        }
      }
      case REFUSED -> {
        if (!member.value().isNeutral()) {
          report.problem(
              at,
              ProblemCode.OPERATION_NOT_SUPPORTED,
              property.name()
                  + " is not supported, and leaving it out would let through what it"
                  + " is there to stop");
        }
      }
    }
  }

  JsonPath path(String name) {
    return path.property(name);
  }

  /// True when the property is there and not null.
  boolean has(String name) {
    return value(name) != null;
  }

  /// True when the property is there and is not one of the ways to say nothing.
  boolean asksFor(String name) {
    JsonValue value = value(name);
    return value != null && !value.isNeutral();
  }

  private @Nullable JsonValue value(String name) {
    Member member = members.get(name.toLowerCase(Locale.ROOT));
    return member == null || member.value() instanceof JsonNull ? null : member.value();
  }

  /// A value, or a report that it is missing.
  private @Nullable JsonValue required(String name, ProblemCode missing) {
    JsonValue value = value(name);
    if (value == null && !broken) {
      problem(name, missing, vocabulary.what() + " needs " + name);
    }
    return value;
  }

  /// Reports the property when it is absent or null.
  void require(String name, ProblemCode missing) {
    required(name, missing);
  }

  void problem(String name, ProblemCode code, String text) {
    report.problem(path.property(name), code, text);
  }

  void warning(String name, ProblemCode code, String text) {
    report.warning(path.property(name), code, text);
  }

  /// A text that {@code parse} understands; it throws IllegalArgumentException where it does not.
  <T> @Nullable T parsed(String name, ProblemCode code, Function<String, T> parse) {
    JsonValue value = value(name);
    return value == null ? null : parsed(path.property(name), value, code, parse);
  }

  <T> @Nullable T requiredParsed(
      String name, ProblemCode missing, ProblemCode code, Function<String, T> parse) {
    JsonValue value = required(name, missing);
    if (value instanceof JsonText text && text.text().isEmpty()) {
      problem(name, missing, name + " is empty");
      return null;
    }
    return value == null ? null : parsed(path.property(name), value, code, parse);
  }

  private <T> @Nullable T parsed(
      JsonPath at, JsonValue value, ProblemCode code, Function<String, T> parse) {
    String text =
        switch (value) {
          case JsonText t -> t.text();
          case JsonNumber n -> n.text();
          default -> null;
        };
    if (text == null) {
      report.problem(at, code, wanted("a string", value));
      return null;
    }
    try {
      return parse.apply(text);
    } catch (IllegalArgumentException e) {
      String message = e.getMessage();
      report.problem(at, code, Quoted.plain(message == null ? text : message, MESSAGE_SHOWN));
      return null;
    }
  }

  /// A text as it stands, or the empty one.
  String text(String name) {
    String text = parsed(name, ProblemCode.INVALID_PARAMETER_VALUE, Function.identity());
    return text == null ? "" : text;
  }

  /// A whole number, also one in a string.
  @Nullable Long integer(String name, ProblemCode code, long min, long max) {
    return parsed(
        name,
        code,
        text -> {
          if (!text.matches("-?[0-9]{1,18}")) {
            throw new IllegalArgumentException(Quoted.of(text) + " is not a whole number");
          }
          long number = Long.parseLong(text);
          if (number < min || number > max) {
            throw new IllegalArgumentException(number + " is not within " + min + " to " + max);
          }
          return number;
        });
  }

  /// True or false, also as a string.
  @Nullable Boolean flag(String name) {
    JsonValue value = value(name);
    if (value instanceof JsonFlag flag) {
      return flag.value();
    }
    return choice(
        name,
        ProblemCode.INVALID_PARAMETER_VALUE,
        Choices.<Boolean>of().with("true", true).with("false", false));
  }

  /// One of several words, in any case.
  <T> @Nullable T choice(String name, ProblemCode code, Choices<T> choices) {
    return parsed(name, code, choices::parse);
  }

  <T> @Nullable T requiredChoice(
      String name, ProblemCode missing, ProblemCode code, Choices<T> choices) {
    return requiredParsed(name, missing, code, choices::parse);
  }

  /// An object; absent is an object without properties.
  Fields object(String name, Vocabulary properties) {
    JsonPath at = path.property(name);
    JsonValue value = value(name);
    Fields fields = value == null ? null : of(at, value, properties, report);
    return fields == null
        ? new Fields(at, Map.of(), properties, report, broken || value != null)
        : fields;
  }

  /// A list of things; absent is an empty list.
  ///
  /// @param limit how many elements may be; when there are more, that is reported and the rest is
  ///     not looked at
  /// @param element reads one element at its place; null when it cannot be read, which it reports
  <T> Elements<T> elements(String name, int limit, ElementReader<T> element) {
    Elements<T> elements = new Elements<>(path.property(name));
    JsonValue value = value(name);
    if (value == null) {
      if (broken) {
        elements.cut();
      }
      return elements;
    }
    if (!(value instanceof JsonArray array)) {
      problem(name, ProblemCode.INVALID_PARAMETER_VALUE, wanted("an array", value));
      elements.cut();
      return elements;
    }
    List<JsonValue> values = array.elements();
    if (values.size() > limit) {
      problem(
          name,
          ProblemCode.COUNT_LIMIT_REACHED,
          values.size() + " elements, but at most " + limit + " are allowed");
      elements.cut();
    }
    for (int i = 0; i < Math.min(values.size(), limit); i++) {
      elements.add(i, element.read(elements.path().element(i), values.get(i)));
    }
    return elements;
  }

  /// A list of texts that {@code parse} understands.
  <T> Elements<T> parsedElements(
      String name, int limit, ProblemCode code, Function<String, T> parse) {
    return elements(name, limit, (at, value) -> parsed(at, value, code, parse));
  }

  /// A reference, `{"resourceRef": "/kind/id"}`, to a resource of the kind that is wanted.
  <T> @Nullable T reference(String name, ReferenceShape<T> shape) {
    return has(name) ? object(name, Vocabularies.REFERENCE).target(shape) : null;
  }

  /// A list of references to resources of the kind that is wanted.
  <T> Elements<T> references(String name, int limit, ReferenceShape<T> shape) {
    return elements(
        name,
        limit,
        (at, value) -> {
          Fields reference = of(at, value, Vocabularies.REFERENCE, report);
          return reference == null ? null : reference.target(shape);
        });
  }

  private <T> @Nullable T target(ReferenceShape<T> shape) {
    JsonValue value = required("resourceRef", ProblemCode.INVALID_REFERENCE_FORMAT);
    if (value == null) {
      return null;
    }
    JsonPath at = path.property("resourceRef");
    if (!(value instanceof JsonText text)) {
      report.problem(at, ProblemCode.INVALID_REFERENCE_FORMAT, wanted("a string", value));
      return null;
    }
    return shape.read(text.text(), at, report);
  }

  static String wanted(String what, JsonValue value) {
    return value.kind() + " stands where " + what + " is wanted";
  }

  /// Reads one element of a list.
  interface ElementReader<T> {
    @Nullable T read(JsonPath at, JsonValue value);
  }
}
