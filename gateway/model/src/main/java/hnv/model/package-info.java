// SPDX-License-Identifier: Apache-2.0

/// The operator's intent as immutable records, and its validation. No JSON, no input or output.
///
/// {@link hnv.model.Policy} is the root. {@link hnv.model.PolicyValidation} says everything that is
/// wrong with one; {@link hnv.model.PolicyIndex} finds what its references mean.
package hnv.model;
