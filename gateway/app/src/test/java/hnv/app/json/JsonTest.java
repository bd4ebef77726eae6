// SPDX-License-Identifier: Apache-2.0
package hnv.app.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import hnv.app.json.JsonReader.MalformedJson;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonTest {
  private static final String TEXT =
      "{\"a\":1,\"b\":[true,null,\"x\\n\"],\"c\":{\"d\":-2.5},\"e\":[]}";

  @Test
  void writesWhatItRead() throws MalformedJson {
    assertEquals(TEXT, JsonWriter.line(JsonReader.read(TEXT)));
  }

  @Test
  void indentsWithLineFeedsOnly() throws MalformedJson {
    assertEquals(
        "{\n  \"a\" : 1,\n  \"b\" : [\n    2\n  ]\n}\n",
        JsonWriter.indented(JsonReader.read("{\"a\":1,\"b\":[2]}")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "{} {}", "{\"a\":1,\"a\":2}", "nul", "{a:1}", "[1,]"})
  void refusesWhatIsNotOneValue(String text) {
    assertThrows(MalformedJson.class, () -> JsonReader.read(text));
  }

  @Test
  void refusesWhatIsTooDeep() {
    assertThrows(MalformedJson.class, () -> JsonReader.read("[".repeat(17) + "]".repeat(17)));
  }

  @Test
  void keepsTheOrderOfMembers() {
    assertEquals("{\"z\":1,\"a\":2}", JsonWriter.line(Json.object().put("z", 1).put("a", 2)));
  }
}
