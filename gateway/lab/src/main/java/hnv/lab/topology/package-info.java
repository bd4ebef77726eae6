// SPDX-License-Identifier: Apache-2.0

/// The two-tenant lab itself: hosts, router and virtual machines as network namespaces, the nodes
/// that run on the hosts, and what runs in the machines.
package hnv.lab.topology;
