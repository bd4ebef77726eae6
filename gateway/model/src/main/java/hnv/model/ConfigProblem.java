// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// One thing that is wrong, or worth a warning, in what the operator wrote.
///
/// @param path where, as a JSON path from the root of the document, for example
///     `$.servers[0].properties.providerAddresses[1]`; `$` when the whole document is meant
/// @param code what kind of problem it is; stable, for programs
/// @param text what is wrong and what would be right; for people
public record ConfigProblem(String path, ProblemCode code, String text) {
  @Override
  public String toString() {
    return path + ": " + code + ": " + text;
  }
}
