// SPDX-License-Identifier: Apache-2.0

/// A running node: ports on devices, one Worker, ways to other hosts, a policy that can be
/// reloaded, and a socket to look in by.
///
/// Three threads matter. The *Worker* owns the dataplane. The *control* thread owns everything else
/// here; what it wants of the dataplane it submits as commands. The *monitor* follows the host's
/// network and only tells the control thread that there is something to look at.
package hnv.app.node;
