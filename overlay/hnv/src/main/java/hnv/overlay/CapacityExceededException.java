// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

/// A policy needs more entries of a table than there are. Nothing of it is in force.
public final class CapacityExceededException extends Exception {
  private static final long serialVersionUID = 1L;

  CapacityExceededException(String table, int limit) {
    super("the policy needs more than " + limit + " " + table);
  }

  /// @param cause says which table was too small
  public CapacityExceededException(Exception cause) {
    super(cause.getMessage(), cause);
  }
}
