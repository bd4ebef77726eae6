// SPDX-License-Identifier: Apache-2.0

/// `./hnv gre-peer`: a gateway of ours and the kernel's own GRE devices, tunnel by tunnel.
package hnv.lab.gre;
