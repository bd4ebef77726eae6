// SPDX-License-Identifier: Apache-2.0

/// What this machine and its paths can do: the facts behind `hnv doctor`.
package hnv.linux.probe;
