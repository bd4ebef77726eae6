// SPDX-License-Identifier: Apache-2.0

/// Processes, network namespaces, captures and injected frames: what a laboratory is made of. Knows
/// nothing of policy.
package hnv.lab.netns;
