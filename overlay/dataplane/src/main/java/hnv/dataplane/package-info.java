// SPDX-License-Identifier: Apache-2.0

/// Frames, ports, flow records, drop reasons, counters, clock and trace.
package hnv.dataplane;
