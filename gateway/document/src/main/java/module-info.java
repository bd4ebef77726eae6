// SPDX-License-Identifier: Apache-2.0

/// Policy documents: JSON to model and back.
@org.jspecify.annotations.NullMarked
module hnv.document {
  requires transitive hnv.model;
  requires com.fasterxml.jackson.core;
  requires static org.jspecify;

  exports hnv.document;
}
