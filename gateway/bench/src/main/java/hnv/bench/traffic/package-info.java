// SPDX-License-Identifier: Apache-2.0

/// The packets that rows send, and the policy that they are sent under.
package hnv.bench.traffic;
