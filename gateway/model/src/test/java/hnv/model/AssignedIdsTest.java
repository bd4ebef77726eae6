// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.wire.RoutingDomainId;
import hnv.wire.Vsid;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Ids that the operator leaves to the program.
class AssignedIdsTest {
  private static SubnetReference subnet(String network, String subnet) {
    return new SubnetReference(ResourceId.of(network), ResourceId.of(subnet));
  }

  private static VirtualSubnetIds.Request unwritten(SubnetReference subnet) {
    return new VirtualSubnetIds.Request(subnet, Optional.empty(), Optional.empty());
  }

  private static VirtualSubnetIds.Request written(SubnetReference subnet, int id) {
    return new VirtualSubnetIds.Request(subnet, Optional.of(new Vsid(id)), Optional.empty());
  }

  private static VirtualSubnetIdRange range(int start, int end) {
    return new VirtualSubnetIdRange(new Vsid(start), new Vsid(end));
  }

  /// The figures are those of another implementation of RFC 9562 §5.5 (Python's uuid.uuid5).
  @Test
  void derivesTheRoutingDomainFromTheNameInLowerCase() {
    assertEquals(
        RoutingDomainId.parse("fe6d93b9-07fa-57cc-bfad-4e3a4a6fa567"),
        RoutingDomainIds.derive(ResourceId.of("Contoso")));
    assertEquals(
        RoutingDomainId.parse("eed7cb99-55f0-5c7e-ad3e-6695cfcbcaaf"),
        RoutingDomainIds.derive(ResourceId.of("fabrikam")));
  }

  /// The figures were computed from the SHA-256 by hand.
  @Test
  void assignsByTheHashOfTheName() {
    SubnetReference front = subnet("Contoso", "Front");
    SubnetReference back = subnet("contoso", "back");
    Map<SubnetReference, Vsid> ids =
        VirtualSubnetIds.assign(VirtualSubnetIds.ALL, List.of(unwritten(front), unwritten(back)));
    assertEquals(new Vsid(14071692), ids.get(front));
    assertEquals(new Vsid(14477469), ids.get(back));
  }

  @Test
  void goesToTheNextFreeIdAndRoundTheEnd() {
    SubnetReference a = subnet("n", "a");
    List<VirtualSubnetIds.Request> requests = new ArrayList<>();
    requests.add(unwritten(a));
    for (int id = 5_000; id < 5_010; id++) {
      if (id != 5_003) {
        requests.add(written(subnet("w", "s" + id), id));
      }
    }
    assertEquals(new Vsid(5_003), VirtualSubnetIds.assign(range(5_000, 5_009), requests).get(a));
  }

  @Test
  void leavesOutWhatTheRangeHasNoIdFor() {
    List<VirtualSubnetIds.Request> requests = new ArrayList<>();
    for (int i = 0; i < 11; i++) {
      requests.add(unwritten(subnet("n", "s" + i)));
    }
    Map<SubnetReference, Vsid> ids = VirtualSubnetIds.assign(range(5_000, 5_009), requests);
    assertEquals(10, ids.size());
    assertEquals(10, new HashSet<>(ids.values()).size());
    assertEquals(Map.of(), VirtualSubnetIds.assign(range(6_000, 5_000), requests));
  }

  @Test
  void givesAPairOneId() {
    SubnetReference v4 = subnet("n", "a");
    SubnetReference v6 = subnet("n", "z");
    Optional<SubnetReference> toV4 = Optional.of(v4);
    List<VirtualSubnetIds.Request> one =
        List.of(unwritten(v4), new VirtualSubnetIds.Request(v6, Optional.empty(), toV4));
    Map<SubnetReference, Vsid> ids = VirtualSubnetIds.assign(VirtualSubnetIds.ALL, one);
    assertEquals(ids.get(v4), ids.get(v6));
    List<VirtualSubnetIds.Request> given =
        List.of(
            new VirtualSubnetIds.Request(v6, Optional.of(new Vsid(7_000)), toV4), unwritten(v4));
    assertEquals(new Vsid(7_000), VirtualSubnetIds.assign(VirtualSubnetIds.ALL, given).get(v4));
  }

  @Test
  void theOrderOfTheDocumentMakesNoDifference() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      List<VirtualSubnetIds.Request> requests = requests(random, 1 + random.nextInt(60));
      Map<SubnetReference, Vsid> ids = VirtualSubnetIds.assign(range(5_000, 5_099), requests);
      Collections.shuffle(requests, random);
      assertEquals(ids, VirtualSubnetIds.assign(range(5_000, 5_099), requests), "seed " + seed);
    }
  }

  @Test
  void noIdIsAssignedTwiceNorOutsideTheRange() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      List<VirtualSubnetIds.Request> requests = requests(random, 1 + random.nextInt(60));
      Map<SubnetReference, Vsid> ids = VirtualSubnetIds.assign(range(5_000, 5_099), requests);
      Set<Vsid> seen = new HashSet<>();
      for (VirtualSubnetIds.Request request : requests) {
        Vsid id = ids.get(request.subnet());
        String what = "seed " + seed + ", " + request.subnet() + ": " + id;
        assertTrue(seen.add(id), what);
        assertEquals(request.written().orElse(id), id, what);
        assertFalse(id.value() < 5_000 || id.value() > 5_099, what);
      }
    }
  }

  /// Between hosts with the old and the new document no number must change its meaning.
  @Test
  void anAddedSubnetLeavesTheOthersAsTheyAre() {
    List<VirtualSubnetIds.Request> requests = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      requests.add(unwritten(subnet("n" + i % 10, "s" + i)));
    }
    Map<SubnetReference, Vsid> before = VirtualSubnetIds.assign(VirtualSubnetIds.ALL, requests);
    requests.addFirst(unwritten(subnet("a", "a")));
    requests.remove(500);
    Map<SubnetReference, Vsid> after = VirtualSubnetIds.assign(VirtualSubnetIds.ALL, requests);
    long changed =
        before.entrySet().stream()
            .filter(
                e -> after.containsKey(e.getKey()) && !after.get(e.getKey()).equals(e.getValue()))
            .count();
    assertEquals(0, changed);
  }

  private static List<VirtualSubnetIds.Request> requests(Random random, int count) {
    List<VirtualSubnetIds.Request> requests = new ArrayList<>();
    int free = 5_000;
    for (int i = 0; i < count; i++) {
      SubnetReference subnet = subnet("n" + i % 3, "s" + i);
      requests.add(random.nextInt(3) == 0 ? written(subnet, free++) : unwritten(subnet));
    }
    return requests;
  }
}
