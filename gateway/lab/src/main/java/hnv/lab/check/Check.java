// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

/// One claim about the lab and how to prove it.
///
/// @param name for `--only`, in lower case
/// @param claim a sentence that is true if the check holds
/// @param proof what to do; puts what it sees into the evidence
public record Check(String name, String claim, Proof proof) {
  /// Sends traffic and notes what is seen.
  @FunctionalInterface
  public interface Proof {
    /// Sends the traffic, measures, notes.
    ///
    /// @throws hnv.lab.netns.LabException when the traffic could not even be sent or measured
    void prove(Lab lab, Evidence evidence);
  }
}
