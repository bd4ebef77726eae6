// SPDX-License-Identifier: Apache-2.0

/// From the operator's intent to what the overlay knows: the one compiler between model and
/// dataplane.
package hnv.app.policy;
