// SPDX-License-Identifier: Apache-2.0
package hnv.linux.bpf;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// An object file of a compiler for eBPF (ELF64, little-endian, relocatable; RFC 9669 for the
/// instructions): its sections, and the places in its code where the address of a map belongs.
///
/// What it reads was built with this program and committed beside its source; the checks are there
/// so that a wrong build says what is wrong with it. Immutable.
public final class ProgramObject {
  /// Octets of an object at most.
  public static final int MAX_LENGTH = 1 << 20;

  // ELF-64 object file format, version 1.5.
  private static final int HEADER_LENGTH = 64;
  private static final int MAGIC = 0x464C457F;
  private static final int CLASS_64_LITTLE_ENDIAN = 0x0102;
  private static final int RELOCATABLE = 1;
  private static final int MACHINE_BPF = 247;
  private static final int MAX_SECTIONS = 64;
  private static final int SECTION_LENGTH = 64;
  private static final int SYMBOL_LENGTH = 24;
  private static final int RELOCATION_LENGTH = 16;
  private static final int TYPE_SYMBOLS = 2;
  private static final int TYPE_RELOCATIONS = 9;

  /// R_BPF_64_64: the 64-bit immediate of two instructions.
  private static final int RELOCATION_64_64 = 1;

  private static final int LOAD_64_BIT_IMMEDIATE = 0x18;
  private static final long SOURCE_IS_MAP_FD = 1L << 12;
  private static final long REGISTERS_AND_OPCODE = 0xFFFFL;

  private record Section(String name, int type, int at, int length, int link, int info) {}

  private final byte[] file;
  private final ByteBuffer octets;
  private final Section[] sections;
  private final Map<String, Integer> numbers = new HashMap<>();

  private ProgramObject(byte[] file) {
    this.file = file;
    this.octets = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    this.sections = readSections();
  }

  /// Reads an object file.
  ///
  /// @throws IllegalArgumentException where it is none, or none for eBPF
  public static ProgramObject of(byte[] file) {
    if (file.length < HEADER_LENGTH || file.length > MAX_LENGTH) {
      throw new IllegalArgumentException("object file of " + file.length + " octets");
    }
    ByteBuffer octets = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    if (octets.getInt(0) != MAGIC
        || octets.getShort(4) != CLASS_64_LITTLE_ENDIAN
        || octets.getShort(16) != RELOCATABLE
        || Short.toUnsignedInt(octets.getShort(18)) != MACHINE_BPF) {
      throw new IllegalArgumentException("not a relocatable little-endian ELF64 object for eBPF");
    }
    return new ProgramObject(file.clone());
  }

  /// Reads an object file that lies beside a class.
  public static ProgramObject ofResource(Class<?> beside, String name) {
    try (InputStream in = beside.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalArgumentException("no resource " + name + " beside " + beside.getName());
      }
      return of(in.readNBytes(MAX_LENGTH + 1));
    } catch (IOException e) {
      throw new IllegalArgumentException("resource " + name + ": " + e.getMessage(), e);
    }
  }

  private Section[] readSections() {
    int count = Short.toUnsignedInt(octets.getShort(60));
    int names = Short.toUnsignedInt(octets.getShort(62));
    int table = offset(octets.getLong(40), (long) count * SECTION_LENGTH, "section headers");
    if (count > MAX_SECTIONS || names >= count) {
      throw new IllegalArgumentException("object file with " + count + " sections");
    }
    int namesAt = (int) octets.getLong(table + names * SECTION_LENGTH + 24);
    Section[] result = new Section[count];
    for (int i = 0; i < count; i++) {
      int at = table + i * SECTION_LENGTH;
      String name = string(namesAt, octets.getInt(at));
      int type = octets.getInt(at + 4);
      long length = octets.getLong(at + 32);
      // A section without octets (type 8, .bss) would be data that the kernel does not have.
      int start = offset(octets.getLong(at + 24), length, "section " + name);
      result[i] =
          new Section(
              name, type, start, (int) length, octets.getInt(at + 40), octets.getInt(at + 44));
      numbers.putIfAbsent(name, i);
    }
    return result;
  }

  private int offset(long at, long length, String what) {
    if (at < 0 || length < 0 || at > octets.limit() || length > octets.limit() - at) {
      throw new IllegalArgumentException(what + " lies outside the object file");
    }
    return (int) at;
  }

  private String string(int table, int at) {
    int start = offset(Integer.toUnsignedLong(table) + Integer.toUnsignedLong(at), 1, "a name");
    int end = start;
    while (end < octets.limit() && octets.get(end) != 0) {
      end++;
    }
    return new String(file, start, end - start, StandardCharsets.UTF_8);
  }

  private Section section(String name) {
    Integer number = numbers.get(name);
    if (number == null) {
      throw new IllegalArgumentException("object file without the section " + name);
    }
    return sections[number];
  }

  /// The octets of a section.
  ///
  /// @throws IllegalArgumentException where there is no such section
  public byte[] octets(String sectionName) {
    Section section = section(sectionName);
    return Arrays.copyOfRange(file, section.at, section.at + section.length);
  }

  /// The instructions of a section, with the maps that they name.
  ///
  /// @param maps by the names that the source has for them; more than needed do no harm
  /// @throws IllegalArgumentException where there is no such section, or it names a map that is not
  ///     given, or anything but a map
  public long[] code(String sectionName, Map<String, BpfMap> maps) {
    Section section = section(sectionName);
    if (section.length % 8 != 0) {
      throw new IllegalArgumentException("section " + sectionName + " ends within an instruction");
    }
    long[] code = new long[section.length / 8];
    octets
        .slice(section.at, section.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asLongBuffer()
        .get(code);
    int number = Arrays.asList(sections).indexOf(section);
    for (Section other : sections) {
      if (other.type == TYPE_RELOCATIONS && other.info == number) {
        relocate(code, other, maps);
      }
    }
    return code;
  }

  private void relocate(long[] code, Section relocations, Map<String, BpfMap> maps) {
    Section symbols =
        relocations.link >= 0 && relocations.link < sections.length
            ? sections[relocations.link]
            : null;
    if (symbols == null || symbols.type != TYPE_SYMBOLS) {
      throw new IllegalArgumentException(relocations.name + " names no symbols");
    }
    for (int i = 0; i + RELOCATION_LENGTH <= relocations.length; i += RELOCATION_LENGTH) {
      long place = octets.getLong(relocations.at + i);
      int type = octets.getInt(relocations.at + i + 8);
      String name = symbolName(symbols, octets.getInt(relocations.at + i + 12));
      int at = (int) (place / 8);
      if (type != RELOCATION_64_64
          || place % 8 != 0
          || place < 0
          || place / 8 > code.length - 2
          || (code[at] & 0xFF) != LOAD_64_BIT_IMMEDIATE) {
        throw new IllegalArgumentException(
            relocations.name + ": type " + type + " at " + place + " is no address of a map");
      }
      BpfMap map = maps.get(name);
      if (map == null) {
        throw new IllegalArgumentException("the program names " + name + ", which is no map here");
      }
      code[at] = (code[at] & REGISTERS_AND_OPCODE) | SOURCE_IS_MAP_FD | ((long) map.fd() << 32);
      code[at + 1] = 0;
    }
  }

  private String symbolName(Section symbols, int number) {
    Section names = sections[Math.floorMod(symbols.link, sections.length)];
    if (number < 0 || number >= symbols.length / SYMBOL_LENGTH) {
      throw new IllegalArgumentException("symbol " + number + " of " + symbols.name);
    }
    int at = number * SYMBOL_LENGTH;
    return string(names.at, octets.getInt(symbols.at + at));
  }
}
