// SPDX-License-Identifier: Apache-2.0

/// What stands around the gateway in the lab and is not ours: the Internet, branches behind GRE
/// tunnels, a corporate VLAN. Open vSwitch plays those whose protocol a kernel may lack.
package hnv.lab.peer;
