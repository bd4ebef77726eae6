// SPDX-License-Identifier: Apache-2.0

/// Rows over three network namespaces in a line, with this program or the kernel in the middle.
package hnv.bench.line;
