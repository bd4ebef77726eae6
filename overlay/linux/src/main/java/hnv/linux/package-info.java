// SPDX-License-Identifier: Apache-2.0

/// What the packages of this module share: how the kernel's refusals are told.
package hnv.linux;
