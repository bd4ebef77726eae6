// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// What becomes of a packet that a rule matches.
public enum AclAction {
  ALLOW,
  DENY
}
