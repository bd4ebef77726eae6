// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Says everything that is wrong with a policy, not only the first thing.
///
/// The rules and the code that each yields are listed in `docs/policy.md`. Time grows as n log n
/// with the size of the policy.
public final class PolicyValidation {
  private PolicyValidation() {}

  /// Checks a policy against the default limits.
  ///
  /// @return all problems; empty for a policy that can be put in force
  public static List<ConfigProblem> check(Policy policy) {
    ProblemList problems = new ProblemList(PolicyLimits.DEFAULT.problems());
    check(policy, PolicyLimits.DEFAULT, new SourceMap(), problems);
    return problems.toList();
  }

  /// Checks a policy of which a reader may have left out what it could not read.
  ///
  /// @param source where the elements of the policy stood in the text
  /// @param problems gets every problem that is found
  public static void check(
      Policy policy, PolicyLimits limits, SourceMap source, ProblemList problems) {
    Context context = new Context(policy, PolicyIndex.of(policy), limits, source, problems);
    new ServerRules(context).check();
    new NetworkRules(context).check();
    new InterfaceRules(context).check();
    new AccessControlListRules(context).check();
    GatewayContext gateways = GatewayContext.of(context);
    AddressUses uses = new AddressUses(gateways);
    new LogicalNetworkRules(gateways).check(uses);
    new GatewayRules(gateways).check(uses);
    new PublicAddressRules(gateways).check(uses);
    new VirtualGatewayRules(gateways).check(uses);
    new Ipv6TranslationRules(gateways).check(uses);
    new InboundNatRules(gateways).check(uses);
    new OutboundNatRules(gateways).check(uses);
    new RouteTableRules(gateways).check();
    new EncapsulationRules(gateways).check();
    checkManager(policy.virtualNetworkManager(), problems);
  }

  private static void checkManager(VirtualNetworkManager manager, ProblemList problems) {
    VirtualSubnetIdRange range = manager.virtualSubnetIdRange();
    if (range.startId().value() > range.endId().value()) {
      problems.add(
          "$.virtualNetworkManager.properties.virtualSubnetIdRange",
          ProblemCode.INVALID_VSID_RANGE_FORMAT,
          "startId " + range.startId() + " is above endId " + range.endId());
    }
  }

  /// What the rules look at and report to.
  record Context(
      Policy policy,
      PolicyIndex index,
      PolicyLimits limits,
      SourceMap source,
      ProblemList problems) {
    void add(String path, ProblemCode code, String text) {
      problems.add(path, code, text);
    }

    /// Reports a list that is longer than its limit.
    void checkCount(String path, int count, int limit) {
      if (count > limit) {
        add(path, ProblemCode.COUNT_LIMIT_REACHED, tooMany(count, limit));
      }
    }

    /// Reports names that stand twice among siblings.
    void checkNames(List<ResourceId> names, String listPath) {
      Set<ResourceId> seen = new HashSet<>();
      for (int i = 0; i < names.size(); i++) {
        if (!seen.add(names.get(i))) {
          add(
              source.element(listPath, i) + ".resourceId",
              ProblemCode.RESOURCE_ID_IN_USE,
              names.get(i) + " is the resourceId of an earlier element; case makes no difference");
        }
      }
    }

    /// Reports a reference to what is not in the document.
    void notFound(String path, ResourceReference reference) {
      if (!source.isUnreadable(reference)) {
        add(
            path,
            ProblemCode.REFERENCED_RESOURCE_NOT_FOUND,
            "there is no " + reference + " in the document");
      }
    }
  }

  static String tooMany(int count, int limit) {
    return count + " elements, but at most " + limit + " are allowed";
  }

  static <T> List<ResourceId> names(
      List<T> resources, java.util.function.Function<T, ResourceId> name) {
    List<ResourceId> names = new ArrayList<>(resources.size());
    resources.forEach(resource -> names.add(name.apply(resource)));
    return names;
  }
}
