// SPDX-License-Identifier: Apache-2.0
package hnv.app.show;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hnv.app.json.Json;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TableTest {
  @Test
  void putsNumbersAtTheRight() {
    assertEquals(
        """
        PORT    PACKETS  UP
        a             7  yes
        longer      123  no
        """,
        Table.of(
            List.of("port", "packets", "up"),
            List.of(
                Json.object().put("port", "a").put("packets", 7).put("up", true),
                Json.object().put("port", "longer").put("packets", 123).put("up", false))));
  }

  @Test
  void hasAHeadWithoutRows() {
    assertEquals("PORT  MTU\n", Table.of(List.of("port", "mtu"), List.of()));
  }
}
