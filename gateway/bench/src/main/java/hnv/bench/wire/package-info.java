// SPDX-License-Identifier: Apache-2.0

/// Rows over network namespaces: what is sent over a line, and how it is measured.
package hnv.bench.wire;
