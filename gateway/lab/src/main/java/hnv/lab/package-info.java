// SPDX-License-Identifier: Apache-2.0

/// The demo and the test topologies in network namespaces.
package hnv.lab;
