// SPDX-License-Identifier: Apache-2.0

/// Where tenants' networks meet the outside, as ports and layers of the virtual switch.
package hnv.edge;
