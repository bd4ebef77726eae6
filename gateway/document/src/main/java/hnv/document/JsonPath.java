// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import org.jspecify.annotations.Nullable;

/// A place in a document. Cheap to extend; the text is only made when it is asked for.
record JsonPath(@Nullable JsonPath parent, String name, int index) {
  static final JsonPath ROOT = new JsonPath(null, "$", -1);

  private static final int NAME_SHOWN = 64;

  JsonPath property(String property) {
    return new JsonPath(this, property, -1);
  }

  JsonPath element(int position) {
    return new JsonPath(this, "", position);
  }

  /// The path with every index left out: equal for the same property of all elements of a list.
  String pattern() {
    StringBuilder text = new StringBuilder();
    append(text, false);
    return text.toString();
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    append(text, true);
    return text.toString();
  }

  private void append(StringBuilder text, boolean indexes) {
    if (parent == null) {
      text.append(name);
      return;
    }
    parent.append(text, indexes);
    if (index >= 0) {
      text.append('[');
      if (indexes) {
        text.append(index);
      }
      text.append(']');
    } else if (isPlain(name)) {
      text.append('.').append(name);
    } else {
      text.append('[').append(Quoted.of(name, NAME_SHOWN)).append(']');
    }
  }

  private static boolean isPlain(String name) {
    return !name.isEmpty()
        && name.length() <= NAME_SHOWN
        && name.chars()
            .allMatch(c -> c < 0x80 && (Character.isLetterOrDigit(c) || c == '_' || c == '$'));
  }
}
