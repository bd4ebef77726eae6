// SPDX-License-Identifier: Apache-2.0

/// What this machine can do, what is missing, and what that costs.
package hnv.app.doctor;
