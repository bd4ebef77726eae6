// SPDX-License-Identifier: Apache-2.0

/// What runs in the virtual machines: page servers, pings, connections, bulk transfers. All are
/// plain tools; the figures are read from what they print.
package hnv.lab.traffic;
