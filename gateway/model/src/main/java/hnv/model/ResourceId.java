// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import java.util.Locale;

/// The name that the operator gave a resource, unique among its siblings.
///
/// Letters of either case are one letter, as in Network Controller: `Host1` and `host1` are equal.
/// The spelling of the operator is kept for display. A name can always stand as one segment of a
/// reference and as the name of a file, so it has 1 to 128 printable ASCII characters, none of
/// `/ \ : * ? " < > | % #`, is neither `.` nor `..`, and does not begin or end with a space.
public final class ResourceId implements Comparable<ResourceId> {
  /// The most characters that a name may have.
  public static final int MAX_LENGTH = 128;

  /// The characters that a name may not have.
  public static final String NOT_ALLOWED = "/\\:*?\"<>|%#";

  private final String text;
  private final String key;

  private ResourceId(String text) {
    this.text = text;
    this.key = text.toLowerCase(Locale.ROOT);
  }

  /// The name with this spelling.
  ///
  /// @throws IllegalArgumentException when {@link #isValid} says no
  public static ResourceId of(String text) {
    if (!isValid(text)) {
      throw new IllegalArgumentException("not a resourceId: " + text);
    }
    return new ResourceId(text);
  }

  /// True when the text can name a resource.
  public static boolean isValid(String text) {
    if (text.isEmpty() || text.length() > MAX_LENGTH) {
      return false;
    }
    if (text.equals(".") || text.equals("..") || text.startsWith(" ") || text.endsWith(" ")) {
      return false;
    }
    return text.chars().allMatch(c -> c >= ' ' && c <= '~' && NOT_ALLOWED.indexOf(c) < 0);
  }

  /// The lower-case form, equal for equal names.
  public String key() {
    return key;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ResourceId that && key.equals(that.key);
  }

  @Override
  public int hashCode() {
    return key.hashCode();
  }

  @Override
  public int compareTo(ResourceId other) {
    return key.compareTo(other.key);
  }

  /// The name as the operator spelled it.
  @Override
  public String toString() {
    return text;
  }
}
