// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.model.PolicyLimits;
import hnv.model.SourceMap;

/// What belongs to the reading of one document: its bounds, and what is found out on the way.
record Reading(PolicyLimits limits, Report report, SourceMap source) {}
