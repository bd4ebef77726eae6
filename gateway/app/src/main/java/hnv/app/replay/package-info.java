// SPDX-License-Identifier: Apache-2.0

/// Captures through a policy, offline. `docs/replay.md` says what goes in and what comes out.
package hnv.app.replay;
