// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.model.Policy;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/// Reads and writes policy documents. `docs/policy.md` describes them.
public final class PolicyDocuments {
  private PolicyDocuments() {}

  /// Reads a document within the default limits.
  ///
  /// @param json the text in UTF-8, or in UTF-16 with a byte order mark
  /// @return the policy, or everything that is wrong with the document; never an exception
  public static Parsed parse(byte[] json) {
    return parse(json, DocumentLimits.DEFAULT);
  }

  /// Reads a document within limits of the caller.
  public static Parsed parse(byte[] json, DocumentLimits limits) {
    return new PolicyReader(limits).read(json);
  }

  /// Reads a document from a stream, and no more of it than the default limits allow.
  ///
  /// @throws IOException when the stream cannot be read; not for anything in the document
  public static Parsed parse(InputStream json) throws IOException {
    return parse(json.readNBytes(DocumentLimits.DEFAULT.octets() + 1));
  }

  /// Writes a document. Equal policies give equal text, and parsing it gives an equal policy.
  ///
  /// @param policy a valid policy
  /// @return the text, indented, with a line feed at its end
  public static String write(Policy policy) {
    return PolicyWriter.write(policy);
  }

  /// The document of the two-tenant lab, also at `docs/examples/two-tenants.json`.
  public static byte[] twoTenants() {
    return resource("two-tenants.json");
  }

  /// The document of the gateway lab, also at `docs/examples/gateway.json`.
  public static byte[] gateway() {
    return resource("gateway.json");
  }

  /// The JSON Schema of policy documents, also at `docs/policy.schema.json`.
  public static byte[] schema() {
    return resource("policy.schema.json");
  }

  private static byte[] resource(String name) {
    try (InputStream in = PolicyDocuments.class.getResourceAsStream(name)) {
      // Cannot be absent: it is part of this module.
      return Objects.requireNonNull(in, name).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(name, e);
    }
  }
}
