// SPDX-License-Identifier: Apache-2.0

/// The lists of a running node.
package hnv.app.show;
