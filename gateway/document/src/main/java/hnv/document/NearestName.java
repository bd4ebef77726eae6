// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Finds the name that a misspelled one was probably meant to be.
final class NearestName {
  private static final int LONGEST = 64;

  private NearestName() {}

  /// The candidate with the fewest single-letter changes, where those are at most a third of the
  /// name; the first of equals. Case does not count.
  static @Nullable String of(String name, Collection<String> candidates) {
    if (name.length() > LONGEST) {
      return null;
    }
    String key = name.toLowerCase(Locale.ROOT);
    String nearest = null;
    int fewest = Math.max(2, name.length() / 3) + 1;
    for (String candidate : candidates) {
      int changes = changes(key, candidate.toLowerCase(Locale.ROOT));
      if (changes < fewest) {
        fewest = changes;
        nearest = candidate;
      }
    }
    return nearest;
  }

  /// Letters to insert, delete or replace to make one text of the other (Levenshtein).
  private static int changes(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
