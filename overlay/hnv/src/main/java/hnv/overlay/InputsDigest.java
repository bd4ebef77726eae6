// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A digest of a value that is made of records, lists, maps, optionals, enums, numbers and texts,
/// the same in every process for equal values. It walks all components of all records, so that none
/// can be forgotten; what it does not know it refuses.
final class InputsDigest {
  private InputsDigest() {}

  /// SHA-256, in hexadecimal; empty, which equals no digest, where a part of the value is of a kind
  /// that has no meaning beyond this process.
  static String of(Object value) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(sha256.digest(octets(value)));
    } catch (UnknownKind e) {
      return "";
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static final class UnknownKind extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnknownKind(Object value) {
      super("no digest of a " + value.getClass().getName());
    }
  }

  private static byte[] octets(@Nullable Object value) {
    ByteArrayOutputStream octets = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(octets)) {
      write(value, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return octets.toByteArray();
  }

  /// Each value begins with its kind, and what has parts says how many: no two values have the same
  /// octets.
  private static void write(@Nullable Object value, DataOutputStream out) throws IOException {
    switch (value) {
      case null -> out.writeByte('0');
      case Record record -> writeRecord(record, out);
      case List<?> list -> {
        out.writeByte('L');
        out.writeInt(list.size());
        for (Object element : list) {
          write(element, out);
        }
      }
      case Map<?, ?> map -> writeMap(map, out);
      case Enum<?> constant -> {
        out.writeByte('E');
        writeText(constant.getDeclaringClass().getName(), out);
        writeText(constant.name(), out);
      }
      case String text -> {
        out.writeByte('S');
        writeText(text, out);
      }
      case Integer number -> {
        out.writeByte('I');
        out.writeInt(number);
      }
      case Long number -> {
        out.writeByte('J');
        out.writeLong(number);
      }
      case Boolean truth -> {
        out.writeByte('Z');
        out.writeBoolean(truth);
      }
      case Optional<?> optional -> {
        out.writeByte('O');
        write(optional.orElse(null), out);
      }
      case UUID id -> {
        out.writeByte('U');
        out.writeLong(id.getMostSignificantBits());
        out.writeLong(id.getLeastSignificantBits());
      }
      default -> throw new UnknownKind(value);
    }
  }

  private static void writeRecord(Record record, DataOutputStream out) throws IOException {
    RecordComponent[] components = record.getClass().getRecordComponents();
    out.writeByte('R');
    writeText(record.getClass().getName(), out);
    out.writeInt(components.length);
    for (RecordComponent component : components) {
      writeText(component.getName(), out);
      try {
        write(component.getAccessor().invoke(record), out);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("a record that cannot be read: " + component, e);
      }
    }
  }

  /// In the order of the keys' octets: a map has none of its own.
  private static void writeMap(Map<?, ?> map, DataOutputStream out) throws IOException {
    List<byte[][]> entries = new ArrayList<>();
    map.forEach((key, value) -> entries.add(new byte[][] {octets(key), octets(value)}));
    entries.sort((a, b) -> Arrays.compareUnsigned(a[0], b[0]));
    out.writeByte('M');
    out.writeInt(entries.size());
    for (byte[][] entry : entries) {
      out.write(entry[0]);
      out.write(entry[1]);
    }
  }

  private static void writeText(String text, DataOutputStream out) throws IOException {
    byte[] octets = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    out.writeInt(octets.length);
    out.write(octets);
  }
}
