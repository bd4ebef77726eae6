// SPDX-License-Identifier: Apache-2.0

/// Frames put on a wire as they are, for measurements.
package hnv.linux.traffic;
