// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// Refers to a {@link NetworkInterface}, as `/networkInterfaces/{id}`.
public record NetworkInterfaceReference(ResourceId resourceId) implements ResourceReference {
  @Override
  public String toString() {
    return "/networkInterfaces/" + resourceId;
  }
}
