// SPDX-License-Identifier: Apache-2.0

/// `hnv capture`: the frames of a running node's port.
package hnv.app.capture;
