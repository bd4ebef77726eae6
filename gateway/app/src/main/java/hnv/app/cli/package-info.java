// SPDX-License-Identifier: Apache-2.0

/// What all commands share: exit codes, refusals, policy files.
package hnv.app.cli;
