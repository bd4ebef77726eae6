// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// Refers to a {@link RouteTable}, as `/routeTables/{id}`.
public record RouteTableReference(ResourceId resourceId) implements ResourceReference {
  @Override
  public String toString() {
    return "/routeTables/" + resourceId;
  }
}
