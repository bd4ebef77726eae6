// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IntTableTest {
  @Test
  void findsWhatAMapFinds() {
    Random random = new Random(7);
    for (int size : new int[] {0, 1, 2, 3, 255, 256, 10_000}) {
      Map<Integer, String> map = new HashMap<>();
      while (map.size() < size) {
        // Runs of addresses, and zero among them.
        int key = map.size() % 2 == 0 ? map.size() / 2 : random.nextInt();
        map.put(key, "value " + key);
      }
      IntTable<String> table = new IntTable<>(map);
      map.forEach((key, value) -> assertEquals(value, table.get(key)));
      for (int i = 0; i < 10_000; i++) {
        int key = random.nextInt(1 << 15);
        assertEquals(map.get(key), table.get(key));
      }
    }
  }

  @Test
  void isEmptyWithoutEntries() {
    assertNull(new IntTable<String>(Map.of()).get(0));
  }
}
