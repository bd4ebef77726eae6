// SPDX-License-Identifier: Apache-2.0
package hnv.linux.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.libc.Libc;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A folder of a bpf file system, in which maps and links live on under a name without a process
/// that holds them. Where the folder is on no bpf file system one is mounted on it, readable by
/// this user only; it belongs to the mount namespace of the process.
///
/// What is taken from here is compared with what is asked for, so that what somebody else put there
/// is refused. Not thread-safe.
public final class BpfFolder implements MapSource {
  // struct bpf_map_info and struct bpf_link_info of linux/bpf.h.
  private static final int MAP_INFO_LENGTH = 24;
  private static final int LINK_INFO_LENGTH = 24;
  private static final int LINK_TYPE_TCX = 11;

  // sys/mount.h.
  private static final long NOSUID_NODEV_NOEXEC = 2 | 4 | 8;
  private static final int DETACH = 2;

  private final Path folder;

  private BpfFolder(Path folder) {
    this.folder = folder;
  }

  /// The folder, made where it is not there, a bpf file system mounted on it where it is on none.
  ///
  /// @throws LinuxException EPERM where the process may not mount (CAP_SYS_ADMIN)
  public static BpfFolder make(Path folder) throws LinuxException {
    try {
      Files.createDirectories(folder);
      if (!isOnBpfFileSystem(folder)) {
        mount(folder);
      }
      return new BpfFolder(folder);
    } catch (IOException e) {
      throw new LinuxException("make the folder " + folder, Errno.EIO, text(e));
    }
  }

  /// The folder, where it is there and on a bpf file system.
  public static Optional<BpfFolder> find(Path folder) throws LinuxException {
    try {
      return Files.isDirectory(folder) && isOnBpfFileSystem(folder)
          ? Optional.of(new BpfFolder(folder))
          : Optional.empty();
    } catch (IOException e) {
      throw new LinuxException("look at the folder " + folder, Errno.EIO, text(e));
    }
  }

  private static boolean isOnBpfFileSystem(Path folder) throws IOException {
    return Files.getFileStore(folder).type().equals("bpf");
  }

  private static void mount(Path folder) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Libc.errnoBuffer(arena);
      MemorySegment kind = arena.allocateFrom("bpf");
      int result =
          Libc.mount(
              errno,
              kind.address(),
              arena.allocateFrom(folder.toString()).address(),
              kind.address(),
              NOSUID_NODEV_NOEXEC,
              arena.allocateFrom("mode=0700").address());
      Libc.check(result, errno, "mount a bpf file system on " + folder);
    }
  }

  /// Where it is.
  public Path path() {
    return folder;
  }

  // ---- putting there ----

  /// Names a map here: letters, digits, `_`. It lives until {@link #clear}.
  public void pin(String name, BpfMap map) throws LinuxException {
    pin(name, map.fd());
  }

  /// Names a link here: its program stays at its device until {@link #clear}, or until the device
  /// is gone.
  public void pin(String name, TcxLink link) throws LinuxException {
    pin(name, link.fd());
  }

  private void pin(String name, int fd) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = attributes(arena, name);
      attributes.set(JAVA_INT, 8, fd);
      Bpf.call(arena, Bpf.OBJECT_PIN, attributes, "pin " + folder.resolve(name));
    }
  }

  private MemorySegment attributes(Arena arena, String name) {
    MemorySegment attributes = arena.allocate(16, 8);
    attributes.set(JAVA_LONG, 0, arena.allocateFrom(folder.resolve(name).toString()).address());
    return attributes;
  }

  // ---- taking from there ----

  @Override
  public BpfMap hash(String name, int keyLength, int valueLength, int entries)
      throws LinuxException {
    return open(name, BpfMap.HASH, keyLength, valueLength, entries, 0);
  }

  @Override
  public BpfMap leastRecentlyUsed(String name, int keyLength, int valueLength, int entries)
      throws LinuxException {
    return open(name, BpfMap.LRU_HASH, keyLength, valueLength, entries, 0);
  }

  @Override
  public BpfMap array(String name, int valueLength, int entries) throws LinuxException {
    return open(name, BpfMap.ARRAY, 4, valueLength, entries, 0);
  }

  @Override
  public BpfMap mappableArray(String name, int valueLength, int entries) throws LinuxException {
    BpfMap.checkMappable(name, valueLength);
    return open(name, BpfMap.ARRAY, 4, valueLength, entries, BpfMap.MMAPABLE);
  }

  @Override
  public BpfMap perCpuArray(String name, int valueLength, int entries) throws LinuxException {
    BpfMap map = open(name, BpfMap.PER_CPU_ARRAY, 4, valueLength, entries, 0);
    return new BpfMap(map.fd(), name, 4, BpfMap.lengthOnAllCpus(valueLength));
  }

  /// @throws LinuxException ENOENT where there is none of this name, EINVAL where it is another map
  private BpfMap open(String name, int type, int keyLength, int valueLength, int entries, int flags)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      String attempted = "take over the bpf map " + folder.resolve(name);
      int fd = Bpf.call(arena, Bpf.OBJECT_GET, attributes(arena, name), attempted);
      MemorySegment info = info(arena, fd, MAP_INFO_LENGTH, attempted);
      int[] wanted = {type, keyLength, valueLength, entries, flags};
      int[] found = {
        info.get(JAVA_INT, 0),
        info.get(JAVA_INT, 8),
        info.get(JAVA_INT, 12),
        info.get(JAVA_INT, 16),
        info.get(JAVA_INT, 20)
      };
      for (int i = 0; i < wanted.length; i++) {
        if (found[i] != wanted[i]) {
          Libc.close(fd);
          String what = List.of("type", "key length", "value length", "size", "flags").get(i);
          throw new LinuxException(
              attempted, Errno.EINVAL, "its " + what + " is " + found[i] + ", not " + wanted[i]);
        }
      }
      return new BpfMap(fd, name, keyLength, valueLength);
    }
  }

  /// A link that was pinned.
  ///
  /// @param linkIndex of the device that it must be at; one whose device is gone says 0
  /// @throws LinuxException ENOENT where there is none of this name, EINVAL where it is no tcx link
  ///     or is at another device
  public TcxLink link(String name, int linkIndex) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      String attempted = "take over the link " + folder.resolve(name);
      int fd = Bpf.call(arena, Bpf.OBJECT_GET, attributes(arena, name), attempted);
      try {
        MemorySegment info = info(arena, fd, LINK_INFO_LENGTH, attempted);
        int type = info.get(JAVA_INT, 0);
        int device = info.get(JAVA_INT, 16);
        if (type != LINK_TYPE_TCX || device != linkIndex) {
          throw new LinuxException(
              attempted,
              Errno.EINVAL,
              "its type is " + type + " and its device " + device + ", not " + linkIndex);
        }
        return new TcxLink(fd);
      } catch (LinuxException e) {
        Libc.close(fd);
        throw e;
      }
    }
  }

  private static MemorySegment info(Arena arena, int fd, int length, String attempted)
      throws LinuxException {
    MemorySegment info = arena.allocate(length, 8);
    MemorySegment attributes = arena.allocate(16, 8);
    attributes.set(JAVA_INT, 0, fd);
    attributes.set(JAVA_INT, 4, length);
    attributes.set(JAVA_LONG, 8, info.address());
    try {
      Bpf.call(arena, Bpf.OBJECT_INFO, attributes, attempted);
    } catch (LinuxException e) {
      Libc.close(fd);
      throw e;
    }
    return info;
  }

  // ---- the end ----

  /// What is pinned here. Names with a dot are the kernel's own (`maps.debug`).
  public List<String> names() throws LinuxException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        String name = String.valueOf(entry.getFileName());
        if (name.indexOf('.') < 0) {
          names.add(name);
        }
      }
    } catch (IOException e) {
      throw new LinuxException("list " + folder, Errno.EIO, text(e));
    }
    return names;
  }

  /// Removes a name; one that is not there is no error.
  public void remove(String name) throws LinuxException {
    try {
      Files.deleteIfExists(folder.resolve(name));
    } catch (IOException e) {
      throw new LinuxException("remove " + folder.resolve(name), Errno.EIO, text(e));
    }
  }

  /// Removes every name, the file system where it is mounted on this very folder, and the folder. A
  /// map lives on as long as somebody holds it; a link that nobody holds ends.
  public void clear() throws LinuxException {
    try {
      for (String name : names()) {
        Files.deleteIfExists(folder.resolve(name));
      }
      Path parent = folder.toAbsolutePath().getParent();
      if (parent != null && !device(folder).equals(device(parent))) {
        unmount();
      }
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      throw new LinuxException("clear " + folder, Errno.EIO, text(e));
    }
  }

  private static Object device(Path path) throws IOException {
    return Files.getAttribute(path, "unix:dev");
  }

  private void unmount() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Libc.errnoBuffer(arena);
      MemorySegment target = arena.allocateFrom(folder.toString());
      Libc.check(Libc.unmount(errno, target.address(), DETACH), errno, "unmount " + folder);
    }
  }

  private static String text(IOException e) {
    return e.getClass().getSimpleName() + ": " + e.getMessage();
  }
}
