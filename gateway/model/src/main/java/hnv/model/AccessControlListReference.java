// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// Refers to an {@link AccessControlList}, as `/accessControlLists/{id}`.
public record AccessControlListReference(ResourceId resourceId) implements ResourceReference {
  @Override
  public String toString() {
    return "/accessControlLists/" + resourceId;
  }
}
