// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hnv.app.policy.PolicyCompiler;
import hnv.document.Parsed;
import hnv.document.PolicyDocuments;
import hnv.overlay.OverlayNetwork;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PolicyChangeTest {
  private static final Path POLICY = Path.of("src/test/resources/replay/vxlan/policy.json");

  private static OverlayNetwork with(String from, String to) throws IOException {
    String text = Files.readString(POLICY).replace(from, to);
    Parsed parsed = PolicyDocuments.parse(text.getBytes(StandardCharsets.UTF_8));
    return PolicyCompiler.compile(((Parsed.Accepted) parsed).policy());
  }

  private static List<String> changes(String from, String to) throws IOException {
    return PolicyChange.between(with("", ""), with(from, to));
  }

  @Test
  void findsNothingWhereNothingChanged() throws IOException {
    assertEquals(List.of(), changes("", ""));
  }

  @Test
  void namesAMigration() throws IOException {
    String before =
        "\"00155D010112\",\n    \"server\": {\n     \"resourceRef\": \"/servers/host2\"";
    assertEquals(
        List.of("contoso: contoso-web host2 > host1", "fabrikam: fabrikam-web host2 > host1"),
        changes(before, before.replace("host2", "host1")));
  }

  @Test
  void namesAListOfAccessControl() throws IOException {
    assertEquals(
        List.of("contoso: contoso-sql access control"),
        changes("\"inboundDefaultAction\": \"Deny\"", "\"inboundDefaultAction\": \"Permit\""));
  }

  @Test
  void namesTheEncapsulation() throws IOException {
    assertEquals(List.of("encapsulation VXLAN > NVGRE"), changes("\"VXLAN\"", "\"NVGRE\""));
  }

  @Test
  void countsWhatIsTooMuchToName() throws IOException {
    OverlayNetwork many = with("", "");
    List<OverlayNetwork.Domain> domains =
        java.util.stream.IntStream.range(0, 30)
            .mapToObj(
                i ->
                    new OverlayNetwork.Domain(
                        many.domains().getFirst().id(), "network" + i, List.of(), List.of()))
            .toList();
    List<String> changes =
        PolicyChange.between(
            OverlayNetwork.EMPTY,
            new OverlayNetwork(many.encapsulation(), true, List.of(), domains));
    assertEquals(21, changes.size());
    assertEquals("and 10 more", changes.getLast());
  }
}
