// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// Refers to an {@link IpConfiguration} of a {@link NetworkInterface}, as
/// `/networkInterfaces/{networkInterface}/ipConfigurations/{ipConfiguration}`.
public record IpConfigurationReference(ResourceId networkInterface, ResourceId ipConfiguration)
    implements ResourceReference {
  @Override
  public String toString() {
    return "/networkInterfaces/" + networkInterface + "/ipConfigurations/" + ipConfiguration;
  }
}
