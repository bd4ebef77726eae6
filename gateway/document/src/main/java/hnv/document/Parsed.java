// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.model.ConfigProblem;
import hnv.model.Policy;
import java.util.List;

/// What comes of reading a policy document.
public sealed interface Parsed {
  /// The document is a policy, and the policy is valid.
  ///
  /// @param warnings what in the document changes nothing, or was read as something else
  record Accepted(Policy policy, List<ConfigProblem> warnings) implements Parsed {
    public Accepted {
      warnings = List.copyOf(warnings);
    }
  }

  /// The document is refused as a whole.
  ///
  /// @param problems everything that is wrong with it, at least one
  record Refused(List<ConfigProblem> problems) implements Parsed {
    public Refused {
      problems = List.copyOf(problems);
    }
  }
}
