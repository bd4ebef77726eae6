// SPDX-License-Identifier: Apache-2.0

/// How two things are measured in turns, and what may be said afterwards.
package hnv.bench.result;
