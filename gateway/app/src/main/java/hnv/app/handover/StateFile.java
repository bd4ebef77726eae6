// SPDX-License-Identifier: Apache-2.0
package hnv.app.handover;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// The file in which a node leaves its state, for this user's eyes only:
///
///      0  u8[8] "HNVLEFT" and a zero
///      8  u32 version of this format
///     12  u32 octets of the state
///     16  the state, as StateWriter writes it
///      …  u8[32] SHA-256 of all before
public final class StateFile {
  /// Version of the format. A node reads its own only.
  static final int VERSION = 2;

  /// Octets of a file at most: four million connections.
  static final long MAX_LENGTH = 1L << 29;

  private static final byte[] MAGIC = {'H', 'N', 'V', 'L', 'E', 'F', 'T', 0};
  private static final int HEAD = 16;
  private static final int SUM = 32;
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private StateFile() {}

  /// Writes the file, whole or not at all.
  public static void write(Path file, LeftState state) throws IOException {
    byte[] body = StateWriter.octets(state);
    if (HEAD + body.length + SUM > MAX_LENGTH) {
      throw new IOException("a state of " + body.length + " octets is too long");
    }
    ByteBuffer octets = ByteBuffer.wrap(frame(VERSION, body));
    Path unfinished = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(unfinished);
    try (FileChannel channel =
        FileChannel.open(
            unfinished,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
      while (octets.hasRemaining()) {
        channel.write(octets);
      }
    }
    Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
  }

  static byte[] frame(int version, byte[] body) {
    byte[] octets = new byte[HEAD + body.length + SUM];
    ByteBuffer out = ByteBuffer.wrap(octets);
    out.put(MAGIC).putInt(version).putInt(body.length).put(body);
    out.put(sum(octets, HEAD + body.length));
    return octets;
  }

  /// Reads the file; empty where there is none.
  ///
  /// @throws StateRefusedException where it is somebody else's, damaged, of another version, or
  ///     says what cannot be
  public static Optional<LeftState> read(Path file) throws StateRefusedException {
    try {
      checkOwner(file);
      long length = Files.size(file);
      if (length > MAX_LENGTH) {
        throw new StateRefusedException("it is longer than " + MAX_LENGTH + " octets");
      }
      return Optional.of(read(Files.readAllBytes(file)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new StateRefusedException("it cannot be read: " + e.getMessage());
    }
  }

  private static void checkOwner(Path file) throws IOException, StateRefusedException {
    PosixFileAttributes attributes =
        Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    Set<PosixFilePermission> others = EnumSet.copyOf(attributes.permissions());
    others.removeAll(OWNER_ONLY);
    Object owner = Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    if (!attributes.isRegularFile()
        || !others.isEmpty()
        || !owner.equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
      throw new StateRefusedException("it is not a file that only this user can write");
    }
  }

  static LeftState read(byte[] octets) throws StateRefusedException {
    if (octets.length < HEAD + SUM
        || !Arrays.equals(octets, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw new StateRefusedException("it is no state of a node");
    }
    ByteBuffer in = ByteBuffer.wrap(octets);
    in.position(MAGIC.length);
    int version = in.getInt();
    if (version != VERSION) {
      throw new StateRefusedException("its format is version " + version + ", not " + VERSION);
    }
    int length = in.getInt();
    if (length != octets.length - HEAD - SUM) {
      throw new StateRefusedException("it is not as long as it says");
    }
    byte[] wanted = Arrays.copyOfRange(octets, HEAD + length, octets.length);
    if (!Arrays.equals(wanted, sum(octets, HEAD + length))) {
      throw new StateRefusedException("it is damaged: its checksum is wrong");
    }
    return StateReader.read(in.slice(HEAD, length));
  }

  private static byte[] sum(byte[] octets, int length) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update(octets, 0, length);
      return sha256.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
