// SPDX-License-Identifier: Apache-2.0

/// Where a thread runs: its network namespace and its processor.
package hnv.linux.thread;
