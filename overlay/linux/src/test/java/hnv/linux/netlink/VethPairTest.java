// SPDX-License-Identifier: Apache-2.0
package hnv.linux.netlink;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.linux.Lab;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A pair is taken for transparent where nothing happens to frames between its ends.
@Tag("netns")
final class VethPairTest {
  private Lab lab;

  @BeforeEach
  void lay() throws Exception {
    lab = Lab.lay("host", "router");
    lab.veth("host", "u", "router", "r");
  }

  @AfterEach
  void clear() {
    if (lab != null) {
      lab.close();
    }
  }

  private boolean isTransparent(String device) throws Exception {
    return lab.in(
        "host",
        () -> {
          try (HostNetwork network = HostNetwork.open()) {
            return VethPair.isTransparent(network, network.link(device).orElseThrow());
          }
        });
  }

  @Test
  void isTransparentAsItComes() throws Exception {
    assertTrue(isTransparent("u"));
  }

  @Test
  void isNotWithBothEndsHere() throws Exception {
    lab.ip("host", "link add x type veth peer name y");
    assertFalse(isTransparent("x"));
  }

  @Test
  void isNotWithAQueue() throws Exception {
    lab.run("host", "tc qdisc add dev u root pfifo");
    assertFalse(isTransparent("u"));
    lab.run("host", "tc qdisc del dev u root");
    assertTrue(isTransparent("u"));
  }

  @Test
  void isNotWhereTheKernelCompletesChecksums() throws Exception {
    lab.run("host", "ethtool -K u tx off");
    assertFalse(isTransparent("u"));
    lab.run("host", "ethtool -K u tx on");
    assertTrue(isTransparent("u"));
  }

  @Test
  void isNotWhereTheKernelCutsSuperFrames() throws Exception {
    lab.run("host", "ethtool -K u tso off");
    assertFalse(isTransparent("u"));
  }

  @Test
  void isNotWithXdpAtTheOtherEnd(@TempDir Path folder) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/clang")), "needs clang to make a program");
    Path source = folder.resolve("pass.c");
    Files.writeString(
        source, "__attribute__((section(\"xdp\"))) int pass(void *frame) { return 2; }");
    lab.run("router", "clang -target bpf -O2 -c %s -o %s/pass.o".formatted(source, folder));
    lab.ip("router", "link set r xdpdrv obj %s/pass.o sec xdp".formatted(folder));
    assertFalse(isTransparent("u"));
    lab.ip("router", "link set r xdpdrv off");
    assertTrue(isTransparent("u"));
  }
}
