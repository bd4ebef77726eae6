// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import hnv.document.NetworkReader.WrittenNetwork;
import hnv.document.Vocabulary.Property;
import hnv.document.Vocabulary.Treatment;
import hnv.model.AccessControlList;
import hnv.model.NetworkInterface;
import hnv.model.Policy;
import hnv.model.PolicyLimits;
import hnv.model.PolicyValidation;
import hnv.model.ProblemCode;
import hnv.model.Server;
import hnv.model.SourceMap;
import hnv.model.VirtualNetwork;
import hnv.model.VirtualNetworkManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// One reading of one document. Holds one resource of the text at a time, so that memory goes with
/// the policy and not with the text.
final class PolicyReader {
  private static final int MESSAGE_SHOWN = 300;
  private static final int NUMBER_LENGTH = 64;

  private final DocumentLimits limits;
  private final Report report;
  private final Reading reading;
  private final NetworkReader networkReader;

  private final Elements<Server> servers = list("servers");
  private final Elements<WrittenNetwork> networks = list("virtualNetworks");
  private final Elements<NetworkInterface> interfaces = list("networkInterfaces");
  private final Elements<AccessControlList> accessControlLists = list("accessControlLists");
  private final GatewayResourcesReader gatewayResources;
  private VirtualNetworkManager manager = VirtualNetworkManager.DEFAULT;
  private boolean outlineIsWhole = true;

  PolicyReader(DocumentLimits limits) {
    this.limits = limits;
    this.report = new Report(limits.policy().problems());
    this.reading = new Reading(limits.policy(), report, new SourceMap());
    this.networkReader = new NetworkReader(reading);
    this.gatewayResources = new GatewayResourcesReader(reading);
  }

  private static <T> Elements<T> list(String name) {
    return new Elements<>(JsonPath.ROOT.property(name));
  }

  Parsed read(byte[] json) {
    if (json.length > limits.octets()) {
      report.problem(
          JsonPath.ROOT,
          ProblemCode.DOCUMENT_TOO_LARGE,
          "the document has more than " + limits.octets() + " octets");
      return refused();
    }
    try (JsonParser parser = factory().createParser(TextDecoder.reader(json))) {
      readSafely(parser);
    } catch (IOException e) {
      // Cannot happen: opening and closing a reader of octets in memory does nothing that fails.
      throw new UncheckedIOException(e);
    }
    return outlineIsWhole ? finish() : refused();
  }

  private JsonFactory factory() {
    StreamReadConstraints constraints =
        StreamReadConstraints.builder()
            .maxNestingDepth(limits.depth())
            .maxNameLength(limits.nameLength())
            .maxStringLength(limits.stringLength())
            .maxNumberLength(NUMBER_LENGTH)
            .build();
    return JsonFactory.builder()
        .streamReadConstraints(constraints)
        // No table of names that outlives the document, which chosen names could make slow.
        .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
        .build();
  }

  private void readSafely(JsonParser parser) {
    try {
      readDocument(parser);
    } catch (JsonProcessingException e) {
      // What is beyond a limit bears no location.
      JsonLocation location = e.getLocation() == null ? parser.currentLocation() : e.getLocation();
      malformed(place(parser.getParsingContext()), e.getOriginalMessage(), location);
    } catch (CharacterCodingException e) {
      malformed(
          place(parser.getParsingContext()),
          "the text is not UTF-8, nor UTF-16 with a byte order mark",
          parser.currentLocation());
    } catch (IOException e) {
      // Cannot happen: the octets are in memory.
      throw new UncheckedIOException(e);
    }
  }

  private void readDocument(JsonParser parser) throws IOException {
    JsonToken first = parser.nextToken();
    if (first != JsonToken.START_OBJECT) {
      malformed(
          JsonPath.ROOT,
          first == null ? "the document is empty" : "a policy document is a JSON object",
          parser.currentTokenLocation());
      return;
    }
    Set<String> seen = new HashSet<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      if (!seen.add(name.toLowerCase(Locale.ROOT))) {
        outlineIsWhole = false;
        report.problem(
            JsonPath.ROOT.property(name),
            ProblemCode.DUPLICATE_PROPERTY,
            "the property stands more than once in " + Vocabularies.DOCUMENT.what());
        parser.skipChildren();
      } else {
        readProperty(parser, name);
      }
    }
    if (parser.nextToken() != null) {
      malformed(JsonPath.ROOT, "something follows the document", parser.currentTokenLocation());
    }
  }

  private void readProperty(JsonParser parser, String name) throws IOException {
    Property property = Vocabularies.DOCUMENT.property(name.toLowerCase(Locale.ROOT));
    if (property == null || property.treatment() != Treatment.READ) {
      readOther(parser, name, property == null);
      return;
    }
    PolicyLimits most = limits.policy();
    switch (property.name()) {
      case "servers" -> readList(parser, servers, most.servers(), new ServerReader(reading)::read);
      case "virtualNetworks" ->
          readList(parser, networks, most.virtualNetworks(), networkReader::read);
      case "networkInterfaces" ->
          readList(
              parser, interfaces, most.networkInterfaces(), new InterfaceReader(reading)::read);
      case "accessControlLists" ->
          readList(
              parser,
              accessControlLists,
              most.accessControlLists(),
              new AccessControlListReader(reading)::read);
      case "virtualNetworkManager" -> {
        if (parser.currentToken() != JsonToken.VALUE_NULL) {
          JsonPath at = JsonPath.ROOT.property("virtualNetworkManager");
          manager = new ManagerReader(reading).read(at, JsonTree.read(parser));
        }
      }
      default -> readGatewayList(parser, gatewayResources.list(property.name()));
    }
  }

  private <T> void readGatewayList(JsonParser parser, GatewayResourcesReader.ResourceList<T> list)
      throws IOException {
    readList(parser, list.elements(), list.limit(), list.reader());
  }

  private void readOther(JsonParser parser, String name, boolean unknown) throws IOException {
    JsonPath at = JsonPath.ROOT.property(name);
    if (unknown) {
      String nearest = Vocabularies.DOCUMENT.nearest(name);
      report.problem(
          at,
          ProblemCode.UNKNOWN_PROPERTY,
          Vocabularies.DOCUMENT.what()
              + " has no such property"
              + (nearest == null ? "" : "; did you mean " + nearest + "?"));
    } else if (!name.equals("$schema") && parser.currentToken() != JsonToken.VALUE_NULL) {
      report.warning(at, ProblemCode.PROPERTY_HAS_NO_EFFECT, name + " has no effect");
    }
    parser.skipChildren();
  }

  private <T> void readList(
      JsonParser parser, Elements<T> list, int limit, Fields.ElementReader<T> element)
      throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      outlineIsWhole = false;
      JsonValue value = JsonTree.read(parser);
      String text = Fields.wanted("an array", value);
      report.problem(list.path(), ProblemCode.INVALID_PARAMETER_VALUE, text);
      return;
    }
    int count = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (count < limit) {
        list.add(count, element.read(list.path().element(count), JsonTree.read(parser)));
      } else {
        parser.skipChildren();
      }
      count++;
    }
    if (count > limit) {
      outlineIsWhole = false;
      String text = count + " elements, but at most " + limit + " are allowed";
      report.problem(list.path(), ProblemCode.COUNT_LIMIT_REACHED, text);
    }
  }

  /// Checks what was read against itself. That is worth the while also when some of it could not be
  /// read: so all that is wrong is said at once.
  private Parsed finish() {
    List<VirtualNetwork> virtualNetworks =
        networkReader.finish(networks.placed(reading.source()), manager.virtualSubnetIdRange());
    Policy policy =
        new Policy(
            servers.placed(reading.source()),
            virtualNetworks,
            interfaces.placed(reading.source()),
            accessControlLists.placed(reading.source()),
            manager,
            gatewayResources.read());
    PolicyValidation.check(policy, limits.policy(), reading.source(), report.problems());
    if (!report.problems().isEmpty()) {
      return refused();
    }
    new RouteTableWarnings(policy, report).report();
    return new Parsed.Accepted(policy, report.warnings());
  }

  private Parsed refused() {
    return new Parsed.Refused(report.problems().toList());
  }

  private void malformed(JsonPath at, String message, JsonLocation location) {
    outlineIsWhole = false;
    String where = "line " + location.getLineNr() + ", column " + location.getColumnNr() + ": ";
    report.problem(at, ProblemCode.INVALID_JSON, where + Quoted.plain(message, MESSAGE_SHOWN));
  }

  private static JsonPath place(JsonStreamContext context) {
    JsonStreamContext parent = context.getParent();
    if (parent == null) {
      return JsonPath.ROOT;
    }
    JsonPath path = place(parent);
    if (context.inArray()) {
      return context.hasCurrentIndex() ? path.element(context.getCurrentIndex()) : path;
    }
    String name = context.getCurrentName();
    return name == null ? path : path.property(name);
  }
}
