// SPDX-License-Identifier: Apache-2.0

/// The overlay as layers on the engine.
package hnv.overlay;
