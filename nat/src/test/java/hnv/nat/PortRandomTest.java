// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

class PortRandomTest {
  /// RFC 8439 §2.3.2.
  @Test
  void isTheKeyStreamOfChaCha20() {
    int[] key = new int[8];
    for (int i = 0; i < 8; i++) {
      int octet = i * 4;
      key[i] = octet | (octet + 1) << 8 | (octet + 2) << 16 | (octet + 3) << 24;
    }
    PortRandom random = new PortRandom(key, 1, new int[] {0x09000000, 0x4a000000, 0});
    int[] wanted = {
      0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3, 0xc7f4d1c7, 0x0368c033, 0x9aaa2204,
          0x4e6cd4c3,
      0x466482d2, 0x09aa9f07, 0x05d7c214, 0xa2028bd9, 0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2
    };
    for (int word : wanted) {
      assertEquals(word, random.nextInt());
    }
    assertNotEquals(wanted[0], random.nextInt(), "the next block is another one");
  }

  @Test
  void differsFromKeyToKey() {
    assertNotEquals(PortRandom.create().nextLong(), PortRandom.create().nextLong());
  }
}
