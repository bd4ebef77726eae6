// SPDX-License-Identifier: Apache-2.0

/// Linux by java.lang.foreign: ports, netlink, bpf.
package hnv.linux;
