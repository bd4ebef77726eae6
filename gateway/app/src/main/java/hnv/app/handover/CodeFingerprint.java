// SPDX-License-Identifier: Apache-2.0
package hnv.app.handover;

import java.io.IOException;
import java.lang.module.ModuleReader;
import java.lang.module.ResolvedModule;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// Tells whether two processes run the same program: what the layers make of a policy is their
/// code's, so that flows of another program's are to be walked once more.
final class CodeFingerprint {
  private static final String PREFIX = "hnv.";

  private CodeFingerprint() {}

  /// SHA-256 of all that our modules hold, in hexadecimal; empty where this program has no modules,
  /// which then is the same as no other.
  static String ofThisProgram() throws IOException {
    List<ResolvedModule> modules =
        ModuleLayer.boot().configuration().modules().stream()
            .filter(module -> module.name().startsWith(PREFIX))
            .sorted((a, b) -> a.name().compareTo(b.name()))
            .toList();
    if (modules.isEmpty()) {
      return "";
    }
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      for (ResolvedModule module : modules) {
        try (ModuleReader reader = module.reference().open()) {
          add(reader, sha256);
        }
      }
      return HexFormat.of().formatHex(sha256.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static void add(ModuleReader reader, MessageDigest sha256) throws IOException {
    List<String> names = reader.list().filter(name -> !name.endsWith("/")).sorted().toList();
    for (String name : names) {
      sha256.update(name.getBytes(java.nio.charset.StandardCharsets.UTF_8));
      Optional<ByteBuffer> octets = reader.read(name);
      if (octets.isPresent()) {
        sha256.update(octets.get());
        reader.release(octets.get());
      }
    }
  }
}
