// SPDX-License-Identifier: Apache-2.0

/// Lines of network namespaces, and what can stand in the middle of one.
package hnv.bench.line;
