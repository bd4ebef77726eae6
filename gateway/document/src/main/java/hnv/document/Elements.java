// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.model.SourceMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The elements of a list that could be read, and where each stood. Owned by one reading.
final class Elements<T> {
  private final JsonPath path;
  private final List<T> values = new ArrayList<>();
  private int[] positions = new int[8];
  private boolean complete = true;
  private boolean cut;

  Elements(JsonPath path) {
    this.path = path;
  }

  JsonPath path() {
    return path;
  }

  /// Adds the next element that stood in the text.
  ///
  /// @param value null when the element could not be read
  void add(int position, @Nullable T value) {
    if (value == null) {
      complete = false;
      return;
    }
    if (values.size() == positions.length) {
      positions = Arrays.copyOf(positions, positions.length * 2);
    }
    positions[values.size()] = position;
    values.add(value);
  }

  /// Says that elements are missing of which nothing is known.
  void cut() {
    complete = false;
    cut = true;
  }

  boolean isCut() {
    return cut;
  }

  /// False when an element is missing because it could not be read.
  boolean isComplete() {
    return complete;
  }

  List<T> values() {
    return values;
  }

  int position(int index) {
    return positions[index];
  }

  /// The values, after telling the map where they stood.
  List<T> placed(SourceMap source) {
    if (!complete) {
      source.recordPositions(path.toString(), Arrays.copyOf(positions, values.size()));
    }
    return values;
  }
}
