// SPDX-License-Identifier: Apache-2.0

/// What a translation does, asked from outside of it: `./hnv nat-probe`.
package hnv.bench.probe;
