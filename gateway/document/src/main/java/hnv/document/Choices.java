// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// The words that a property takes, and what each means.
final class Choices<T> {
  private final Map<String, T> values = new LinkedHashMap<>();
  private final Map<T, String> words = new LinkedHashMap<>();
  private final StringBuilder names = new StringBuilder();

  private Choices() {}

  static <T> Choices<T> of() {
    return new Choices<>();
  }

  Choices<T> with(String word, T value) {
    words.putIfAbsent(value, word);
    values.put(word.toLowerCase(Locale.ROOT), value);
    names.append(names.isEmpty() ? "" : ", ").append(word);
    return this;
  }

  /// The first word for a value.
  ///
  /// @throws IllegalArgumentException when there is none
  String word(T value) {
    String word = words.get(value);
    if (word == null) {
      throw new IllegalArgumentException("no word for " + value);
    }
    return word;
  }

  /// What the word means, in any case.
  ///
  /// @throws IllegalArgumentException when it is none of the words
  T parse(String text) {
    T value = values.get(text.toLowerCase(Locale.ROOT));
    if (value == null) {
      throw new IllegalArgumentException(Quoted.of(text) + " is none of: " + names);
    }
    return value;
  }
}
