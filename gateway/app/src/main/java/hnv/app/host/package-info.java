// SPDX-License-Identifier: Apache-2.0

/// A host's virtual switch put together: layers, ports, policy, ways to other hosts.
package hnv.app.host;
