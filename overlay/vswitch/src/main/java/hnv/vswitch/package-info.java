// SPDX-License-Identifier: Apache-2.0

/// The engine: ports with layers, groups and rules; spaces; connections; unified flows.
package hnv.vswitch;
