// SPDX-License-Identifier: Apache-2.0

/// What would happen to a packet that is only described: the same code, with effects off.
package hnv.app.trace;
