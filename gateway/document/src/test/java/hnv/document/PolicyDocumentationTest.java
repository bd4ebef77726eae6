// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.document.Vocabulary.Property;
import hnv.document.Vocabulary.Treatment;
import hnv.model.ProblemCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/// What `docs` says is so.
class PolicyDocumentationTest {
  private static final Path DOCS = Path.of(System.getProperty("hnv.root", "../.."), "docs");

  private final String text = read("policy.md");

  private static String read(String file) {
    try {
      return Files.readString(DOCS.resolve(file));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theDocumentThatWorksWorks() {
    works(0);
  }

  @Test
  void theDocumentWithAGatewayWorks() {
    works(text.indexOf("## Gateways"));
  }

  /// The first document from here on.
  private void works(int from) {
    int start = text.indexOf("```json\n", from) + "```json\n".length();
    Parsed parsed = SampleDocument.parse(text.substring(start, text.indexOf("```", start)));
    assertEquals(List.of(), SampleDocument.problems(parsed));
    assertEquals(List.of(), SampleDocument.warnings(parsed));
  }

  @Test
  void namesEveryCode() {
    for (ProblemCode code : ProblemCode.values()) {
      assertTrue(text.contains("`" + code + "`"), code.toString());
    }
  }

  @Test
  void namesEveryPropertyThatIsReadOrRefused() {
    List<Vocabulary> all = new ArrayList<>(Vocabularies.ALL);
    all.addAll(GatewayVocabularies.ALL);
    for (Vocabulary vocabulary : all) {
      for (String name : vocabulary.names()) {
        Property property = vocabulary.property(name.toLowerCase(Locale.ROOT));
        assertTrue(property != null, name);
        if (property.treatment() == Treatment.READ || property.treatment() == Treatment.REFUSED) {
          assertTrue(text.contains(name), name + " of " + vocabulary.what());
        }
      }
    }
  }

  @Test
  void theExampleAndTheSchemaAreThoseOfTheProgram() throws IOException {
    assertArrayEquals(
        PolicyDocuments.twoTenants(),
        Files.readAllBytes(DOCS.resolve("examples/two-tenants.json")));
    assertArrayEquals(
        PolicyDocuments.gateway(), Files.readAllBytes(DOCS.resolve("examples/gateway.json")));
    assertArrayEquals(
        PolicyDocuments.schema(), Files.readAllBytes(DOCS.resolve("policy.schema.json")));
  }
}
