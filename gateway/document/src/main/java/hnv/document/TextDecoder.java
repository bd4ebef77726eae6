// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// Turns the octets of a document into text. Octets that are no text are an error and never a
/// replacement character, under which two names could become one.
final class TextDecoder {
  private TextDecoder() {}

  /// A reader of UTF-8 (RFC 8259 §8.1), or of UTF-16 where a byte order mark says so, as some
  /// shells write it. It throws CharacterCodingException where the octets are neither.
  static Reader reader(byte[] octets) {
    Charset charset = StandardCharsets.UTF_8;
    int mark = 0;
    if (startsWith(octets, 0xEF, 0xBB, 0xBF)) {
      mark = 3;
    } else if (startsWith(octets, 0xFE, 0xFF)) {
      charset = StandardCharsets.UTF_16BE;
      mark = 2;
    } else if (startsWith(octets, 0xFF, 0xFE)) {
      charset = StandardCharsets.UTF_16LE;
      mark = 2;
    }
    return new InputStreamReader(
        new ByteArrayInputStream(octets, mark, octets.length - mark),
        charset
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT));
  }

  private static boolean startsWith(byte[] octets, int... mark) {
    if (octets.length < mark.length) {
      return false;
    }
    for (int i = 0; i < mark.length; i++) {
      if ((octets[i] & 0xFF) != mark[i]) {
        return false;
      }
    }
    return true;
  }
}
