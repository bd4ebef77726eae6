// SPDX-License-Identifier: Apache-2.0
package hnv.app.json;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A JSON value. Objects keep the order in which their members were put.
public sealed interface Json {
  /// A text.
  record Text(String value) implements Json {}

  /// A whole number.
  record Whole(long value) implements Json {}

  /// A number that is not whole, or does not fit a `long`.
  record Decimal(double value) implements Json {}

  /// True or false.
  record Flag(boolean value) implements Json {}

  /// No value.
  record Null() implements Json {}

  /// A list.
  record Array(List<Json> elements) implements Json {
    public Array {
      elements = List.copyOf(elements);
    }

    /// The elements, made of other things one by one.
    public static <T> Array of(Iterable<T> things, java.util.function.Function<T, Json> each) {
      List<Json> elements = new ArrayList<>();
      things.forEach(thing -> elements.add(each.apply(thing)));
      return new Array(elements);
    }

    /// A list of texts.
    public static Array ofTexts(Iterable<String> texts) {
      return of(texts, Text::new);
    }
  }

  /// An object, to be put together and then handed on. One owner at a time.
  final class Members implements Json {
    private final Map<String, Json> members = new LinkedHashMap<>();

    public Members() {}

    /// Adds a member, or replaces it in its place.
    public Members put(String name, Json value) {
      members.put(name, value);
      return this;
    }

    public Members put(String name, String value) {
      return put(name, new Text(value));
    }

    public Members put(String name, long value) {
      return put(name, new Whole(value));
    }

    public Members put(String name, boolean value) {
      return put(name, new Flag(value));
    }

    /// Adds a text unless it is empty.
    public Members putUnlessEmpty(String name, String value) {
      return value.isEmpty() ? this : put(name, value);
    }

    /// The members by name, in order.
    public Map<String, Json> members() {
      return Collections.unmodifiableMap(members);
    }

    /// The member of this name, or null.
    public @Nullable Json get(String name) {
      return members.get(name);
    }

    /// The text of this name, or the empty one where there is none or something else.
    public String text(String name) {
      return members.get(name) instanceof Text(String value) ? value : "";
    }

    /// The whole number of this name, or `otherwise`.
    public long number(String name, long otherwise) {
      return members.get(name) instanceof Whole(long value) ? value : otherwise;
    }

    /// The elements of the list of this name; none where there is none or something else.
    public List<Json> elements(String name) {
      return members.get(name) instanceof Array(List<Json> elements) ? elements : List.of();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Members that && members.equals(that.members);
    }

    @Override
    public int hashCode() {
      return members.hashCode();
    }

    @Override
    public String toString() {
      return members.toString();
    }
  }

  /// An object with nothing in it yet.
  static Members object() {
    return new Members();
  }
}
