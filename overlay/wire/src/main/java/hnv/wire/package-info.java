// SPDX-License-Identifier: Apache-2.0

/// Header accessors, checksums and address values.
package hnv.wire;
