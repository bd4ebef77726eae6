// SPDX-License-Identifier: Apache-2.0

/// What a node leaves to the next one, and how that takes it over: the file, and what may be
/// believed of it.
package hnv.app.handover;
