// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// Refers to a {@link Server}, as `/servers/{id}`.
public record ServerReference(ResourceId resourceId) implements ResourceReference {
  @Override
  public String toString() {
    return "/servers/" + resourceId;
  }
}
