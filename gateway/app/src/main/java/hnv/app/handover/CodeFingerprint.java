// SPDX-License-Identifier: Apache-2.0
package hnv.app.handover;

import hnv.dataplane.FlowRecord;
import hnv.overlay.OverlayCompiler;
import hnv.vswitch.VSwitch;
import hnv.wire.Octets;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/// Tells whether two processes run the same program: what the layers make of a policy is their
/// code's, so that flows of another program's are to be walked once more.
final class CodeFingerprint {
  /// One class of each room that has a part in it.
  private static final List<Class<?>> ROOMS =
      List.of(
          Octets.class,
          FlowRecord.class,
          VSwitch.class,
          OverlayCompiler.class,
          CodeFingerprint.class);

  private CodeFingerprint() {}

  /// SHA-256 of all classes, in hexadecimal; empty, which is the same as no other, where they
  /// cannot be found.
  static String ofThisProgram() throws IOException {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      for (Class<?> room : ROOMS) {
        CodeSource source = room.getProtectionDomain().getCodeSource();
        if (source == null) {
          return "";
        }
        add(Path.of(source.getLocation().toURI()), sha256);
      }
      return HexFormat.of().formatHex(sha256.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    } catch (URISyntaxException e) {
      return "";
    }
  }

  /// An archive, or a folder with all that is in it.
  private static void add(Path location, MessageDigest sha256) throws IOException {
    List<Path> files;
    try (Stream<Path> found = Files.walk(location)) {
      files = found.filter(Files::isRegularFile).sorted().toList();
    }
    for (Path file : files) {
      String name = location.relativize(file).toString();
      sha256.update(name.getBytes(StandardCharsets.UTF_8));
      sha256.update(Files.readAllBytes(file));
    }
  }
}
