// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A gateway whose only network card is the host's: the host goes on, and so do the tenants.
@Tag("netns")
@Timeout(180)
class SharedNicTest {
  @TempDir Path folder = Path.of("");
  private SharedNic nic;

  @AfterEach
  void clear() {
    if (nic != null) {
      nic.close();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void tenantsAndTheHostUseTheSameCard(boolean offload) throws Exception {
    nic = new SharedNic(folder, offload);
    try (SharedNic.Session ssh = nic.new Session("isp1")) {
      ssh.assertAnswers();
      assertEquals("203.0.113.65", nic.seenFrom("contoso", "isp1"));
      ssh.assertAnswers();
      assertEquals("203.0.113.98", nic.seenFrom("fabrikam", "isp1"));
      assertEquals(SharedNic.HOST, nic.seenFrom("gw1", "isp1"));
      nic.assertPings("isp1", SharedNic.HOST);
      nic.assertPings("gw1", SharedNic.WEB);
      nic.assertPings("host1", "192.168.3.30");
      ssh.assertAnswers();
    }
  }
}
