// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.model.AccessControlListReference;
import hnv.model.ProblemCode;
import hnv.model.ResourceId;
import hnv.model.ServerReference;
import hnv.model.SubnetReference;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What a reference to one kind of resource looks like.
///
/// @param kinds the collections on the way, for example virtualNetworks, subnets
/// @param make makes the reference of the names between them
record ReferenceShape<T>(List<String> kinds, Function<List<ResourceId>, T> make) {
  static final ReferenceShape<ServerReference> SERVER =
      new ReferenceShape<>(List.of("servers"), names -> new ServerReference(names.get(0)));

  static final ReferenceShape<AccessControlListReference> ACCESS_CONTROL_LIST =
      new ReferenceShape<>(
          List.of("accessControlLists"), names -> new AccessControlListReference(names.get(0)));

  static final ReferenceShape<SubnetReference> SUBNET =
      new ReferenceShape<>(
          List.of("virtualNetworks", "subnets"),
          names -> new SubnetReference(names.get(0), names.get(1)));

  private static final String VERSION = "[vV][0-9]{1,2}(\\.[0-9]{1,2})?";

  /// Reads `/kind/id/…`, in any case, also with `/networking/v1` before it.
  ///
  /// @return null when it is not such a reference, which is reported
  @Nullable T read(String text, JsonPath at, Report report) {
    List<String> segments = segments(text);
    if (segments == null) {
      String wrong = Quoted.of(text) + " is not a reference; one looks like " + this;
      report.problem(at, ProblemCode.INVALID_REFERENCE_FORMAT, wrong);
      return null;
    }
    List<ResourceId> names = new ArrayList<>();
    boolean matches = segments.size() == 2 * kinds.size();
    for (int i = 0; matches && i < kinds.size(); i++) {
      matches = segments.get(2 * i).equalsIgnoreCase(kinds.get(i));
      names.add(ResourceId.of(segments.get(2 * i + 1)));
    }
    if (!matches) {
      String wrong = Quoted.of(text) + " refers to another kind of resource; wanted is " + this;
      report.problem(at, ProblemCode.INVALID_REFERENCE_TYPE, wrong);
      return null;
    }
    return make.apply(names);
  }

  /// The segments in pairs of a collection and a name; null when the text is not of that form.
  private static @Nullable List<String> segments(String text) {
    if (!text.startsWith("/")) {
      return null;
    }
    List<String> segments = List.of(text.substring(1).split("/", -1));
    if (segments.size() > 2
        && segments.get(0).equalsIgnoreCase("networking")
        && segments.get(1).matches(VERSION)) {
      segments = segments.subList(2, segments.size());
    }
    boolean valid = segments.size() % 2 == 0 && segments.stream().allMatch(ResourceId::isValid);
    return valid ? segments : null;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    kinds.forEach(kind -> text.append('/').append(kind).append("/{id}"));
    return text.toString();
  }
}
