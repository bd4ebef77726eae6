// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import java.security.SecureRandom;
import java.util.random.RandomGenerator;

/// Numbers that nobody outside can guess, without allocation: the key stream of ChaCha20 (RFC 8439
/// §2.3) under a key that is drawn once. For public ports (RFC 6056 §3.3, RFC 6888 REQ-15). Owned
/// by one thread.
public final class PortRandom implements RandomGenerator {
  private static final int WORDS = 16;
  private static final int KEY_WORDS = 8;
  private static final int KEY_AT = 4;
  private static final int COUNTER_AT = 12;
  private static final int NONCE_AT = 13;

  // "expand 32-byte k"
  private static final int[] CONSTANTS = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};

  private final int[] state = new int[WORDS];
  private final int[] block = new int[WORDS];
  private int used = WORDS;

  /// @param key 8 words
  /// @param nonce 3 words
  PortRandom(int[] key, int counter, int[] nonce) {
    System.arraycopy(CONSTANTS, 0, state, 0, KEY_AT);
    System.arraycopy(key, 0, state, KEY_AT, KEY_WORDS);
    state[COUNTER_AT] = counter;
    System.arraycopy(nonce, 0, state, NONCE_AT, WORDS - NONCE_AT);
  }

  /// With a key of the system's own random numbers.
  public static PortRandom create() {
    SecureRandom system = new SecureRandom();
    return new PortRandom(
        system.ints(KEY_WORDS).toArray(), 0, system.ints(WORDS - NONCE_AT).toArray());
  }

  @Override
  public int nextInt() {
    if (used == WORDS) {
      fill();
    }
    return block[used++];
  }

  @Override
  public long nextLong() {
    return (long) nextInt() << 32 | Integer.toUnsignedLong(nextInt());
  }

  private void fill() {
    System.arraycopy(state, 0, block, 0, WORDS);
    for (int i = 0; i < 10; i++) {
      quarter(0, 4, 8, 12);
      quarter(1, 5, 9, 13);
      quarter(2, 6, 10, 14);
      quarter(3, 7, 11, 15);
      quarter(0, 5, 10, 15);
      quarter(1, 6, 11, 12);
      quarter(2, 7, 8, 13);
      quarter(3, 4, 9, 14);
    }
    for (int i = 0; i < WORDS; i++) {
      block[i] += state[i];
    }
    if (++state[COUNTER_AT] == 0) {
      state[NONCE_AT]++;
    }
    used = 0;
  }

  private void quarter(int a, int b, int c, int d) {
    block[a] += block[b];
    block[d] = Integer.rotateLeft(block[d] ^ block[a], 16);
    block[c] += block[d];
    block[b] = Integer.rotateLeft(block[b] ^ block[c], 12);
    block[a] += block[b];
    block[d] = Integer.rotateLeft(block[d] ^ block[a], 8);
    block[c] += block[d];
    block[b] = Integer.rotateLeft(block[b] ^ block[c], 7);
  }
}
