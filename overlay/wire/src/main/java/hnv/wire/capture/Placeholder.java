// SPDX-License-Identifier: Apache-2.0
package hnv.wire.capture;

/// Keeps the package in being until its first class; delete it then.
final class Placeholder {
  private Placeholder() {}
}
