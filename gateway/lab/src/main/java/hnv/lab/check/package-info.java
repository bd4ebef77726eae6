// SPDX-License-Identifier: Apache-2.0

/// What the lab proves: one class for each group of checks. A check sends real traffic, has it
/// captured, and compares counts that tshark read with counts that must be.
package hnv.lab.check;
