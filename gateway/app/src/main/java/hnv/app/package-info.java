// SPDX-License-Identifier: Apache-2.0

/// Composition root: the node, the compiler from intent to forwarding state, the command line.
package hnv.app;
