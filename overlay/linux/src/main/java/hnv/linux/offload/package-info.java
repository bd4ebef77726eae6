// SPDX-License-Identifier: Apache-2.0

/// Flow records executed by the kernel: the maps that its programs read, written by Java, and what
/// they count, read back.
package hnv.linux.offload;
