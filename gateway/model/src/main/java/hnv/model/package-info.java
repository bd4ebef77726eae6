// SPDX-License-Identifier: Apache-2.0

/// The operator's intent as immutable records, and its validation.
package hnv.model;
