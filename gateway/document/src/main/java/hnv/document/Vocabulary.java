// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The properties that an object of one kind may have, and what is done with each.
///
/// A property that is not here is refused, with the nearest name that is.
final class Vocabulary {
  /// What is done with a property.
  enum Treatment {
    /// Its value is part of the policy.
    READ,
    /// Network Controller writes it, or it is a remark: accepted, and no word about it.
    IGNORED,
    /// Network Controller acts on it, this program does not: accepted with a warning.
    WITHOUT_EFFECT,
    /// Ignoring it would let through what it was written to stop: refused unless it asks for
    /// nothing.
    REFUSED
  }

  /// A property that is known.
  ///
  /// @param name as it is written
  record Property(String name, Treatment treatment) {}

  private final String what;
  private final Map<String, Property> properties = new LinkedHashMap<>();

  private Vocabulary(String what) {
    this.what = what;
  }

  /// A vocabulary without words.
  ///
  /// @param what the kind of object, with its article, as said in messages
  static Vocabulary of(String what) {
    return new Vocabulary(what);
  }

  Vocabulary reads(String... names) {
    return add(Treatment.READ, names);
  }

  Vocabulary ignores(String... names) {
    return add(Treatment.IGNORED, names);
  }

  Vocabulary withoutEffect(String... names) {
    return add(Treatment.WITHOUT_EFFECT, names);
  }

  Vocabulary refuses(String... names) {
    return add(Treatment.REFUSED, names);
  }

  private Vocabulary add(Treatment treatment, String... names) {
    for (String name : names) {
      properties.put(name.toLowerCase(Locale.ROOT), new Property(name, treatment));
    }
    return this;
  }

  String what() {
    return what;
  }

  /// Finds a property.
  ///
  /// @param key a name in lower case
  @Nullable Property property(String key) {
    return properties.get(key);
  }

  /// The canonical names, sorted.
  Set<String> names() {
    Set<String> names = new TreeSet<>();
    properties.values().forEach(property -> names.add(property.name()));
    return names;
  }

  /// The name that was probably meant, or null when none is near.
  @Nullable String nearest(String name) {
    return NearestName.of(name, names());
  }
}
