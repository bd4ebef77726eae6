// SPDX-License-Identifier: Apache-2.0
package hnv.document;

/// Text of a document as it is shown in a message: in quotes, shortened, and without characters
/// that would move the cursor of a terminal.
final class Quoted {
  private static final int SHOWN = 80;

  private Quoted() {}

  static String of(String text) {
    return of(text, SHOWN);
  }

  static String of(String text, int shown) {
    return "'" + plain(text, shown) + "'";
  }

  /// The same without the quotes.
  static String plain(String text, int shown) {
    StringBuilder quoted = new StringBuilder();
    int end = Math.min(text.length(), shown);
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~') {
        quoted.append(String.format("\\u%04x", (int) c));
      } else {
        quoted.append(c);
      }
    }
    if (text.length() > shown) {
      quoted.append("…");
    }
    return quoted.toString();
  }
}
