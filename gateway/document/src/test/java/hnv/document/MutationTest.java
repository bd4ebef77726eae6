// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Documents that nobody would write: whatever the octets, there is an answer and no exception.
class MutationTest {
  private static final int DOCUMENTS = 20_000;
  private static final Pattern TOKEN = Pattern.compile("\"[^\"]*\"|[0-9]+|[\\[\\]{},:]");
  private static final List<String> STRANGE =
      List.of(
          "null",
          "true",
          "-1",
          "1e999",
          "0.5",
          "99999999999999999999",
          "\"\"",
          "\"*\"",
          "\"/\"",
          "\"//\"",
          "\"/networking/v1\"",
          "\"::\"",
          "\"0.0.0.0/0\"",
          "\"::/0\"",
          "\"/0\"",
          "\"255.255.255.255/32\"",
          "[]",
          "{}",
          "[[]]",
          "[null]",
          "{\"resourceRef\": null}",
          "{\"resourceId\": 1}",
          "\"\\u0000\"",
          "\"\\ud800\"",
          "\"İ\"",
          "16777215",
          "4095",
          "\"-\"");

  @Test
  void answersEveryMutation() {
    Random random = new Random(20_260_101);
    byte[] example = PolicyDocuments.twoTenants();
    byte[] sample = SampleDocument.octets(SampleDocument.TEXT);
    byte[] gateway = SampleDocument.octets(SampleGateway.TEXT);
    int accepted = 0;
    for (int i = 0; i < DOCUMENTS; i++) {
      byte[] base = i % 3 == 0 ? sample : i % 3 == 1 ? example : gateway;
      byte[] document = i % 4 < 3 ? mutateTokens(base, random) : mutateOctets(base, random);
      Parsed parsed = PolicyDocuments.parse(document);
      switch (parsed) {
        case Parsed.Accepted a -> {
          accepted++;
          // What is accepted can be written, and that is accepted again.
          byte[] written = PolicyDocuments.write(a.policy()).getBytes(StandardCharsets.UTF_8);
          assertEquals(a.policy(), SampleDocument.accepted(PolicyDocuments.parse(written)));
        }
        case Parsed.Refused r -> {
          assertFalse(r.problems().isEmpty());
          r.problems().forEach(problem -> assertTrue(problem.path().startsWith("$")));
        }
      }
      assertNotNull(parsed);
    }
    // Neither the mutations nor the rules are so wild that all or nothing passes.
    assertTrue(accepted > DOCUMENTS / 100 && accepted < DOCUMENTS / 2, accepted + " accepted");
  }

  /// Replaces, removes, doubles or exchanges one to three tokens.
  private static byte[] mutateTokens(byte[] base, Random random) {
    List<String> tokens = new ArrayList<>();
    Matcher matcher = TOKEN.matcher(new String(base, StandardCharsets.UTF_8));
    while (matcher.find()) {
      tokens.add(matcher.group());
    }
    for (int n = 1 + random.nextInt(3); n > 0; n--) {
      int at = random.nextInt(tokens.size());
      int other = random.nextInt(tokens.size());
      switch (random.nextInt(5)) {
        case 0 -> tokens.remove(at);
        case 1 -> tokens.add(at, tokens.get(at));
        case 2 -> tokens.set(at, tokens.get(other));
        case 3 -> tokens.set(at, STRANGE.get(random.nextInt(STRANGE.size())));
        default -> tokens.set(at, changed(tokens.get(at), random));
      }
    }
    return String.join(" ", tokens).getBytes(StandardCharsets.UTF_8);
  }

  private static String changed(String token, Random random) {
    if (token.length() < 3) {
      return token;
    }
    StringBuilder text = new StringBuilder(token);
    text.setCharAt(1 + random.nextInt(token.length() - 2), (char) (' ' + random.nextInt(95)));
    return text.toString();
  }

  private static byte[] mutateOctets(byte[] base, Random random) {
    int length = random.nextInt(4) == 0 ? random.nextInt(base.length) : base.length;
    byte[] octets = Arrays.copyOf(base, length);
    for (int n = random.nextInt(8); n > 0 && length > 0; n--) {
      octets[random.nextInt(length)] = (byte) random.nextInt(256);
    }
    return octets;
  }
}
