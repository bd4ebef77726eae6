// SPDX-License-Identifier: Apache-2.0
package hnv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Identifiers: MAC address, VSID, VNI, routing domain, PA and CA.
class ValuesTest {
  private static String problem(Runnable parse) {
    return assertThrows(IllegalArgumentException.class, parse::run).getMessage();
  }

  @ParameterizedTest
  @ValueSource(strings = {"00:15:5d:52:e7:11", "00-15-5D-52-E7-11", "00155D52E711", "00155d52e711"})
  void readsEveryFormOfAMacAddress(String text) {
    MacAddress mac = MacAddress.parse(text);
    assertEquals(0x0015_5D52_E711L, mac.bits());
    assertEquals("00:15:5d:52:e7:11", mac.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00:15:5d:52:e7",
        "00:15:5d:52:e7:11:22",
        "00:15:5d:52:e7-11",
        "00-15:5d:52:e7:11",
        "00.15.5d.52.e7.11",
        "0015.5d52.e711",
        "0:15:5d:52:e7:11a",
        "00155D52E71",
        "00155D52E71G",
        "00155D52E71\u0661",
        " 0155D52E711"
      })
  void refusesAMacAddressThatIsNone(String text) {
    String message = problem(() -> MacAddress.parse(text));
    assertTrue(message.contains("\"" + text + "\" is not a MAC address"), message);
  }

  @Test
  void refusesAMacAddressBeyond48Bits() {
    problem(() -> new MacAddress(1L << 48));
    problem(() -> new MacAddress(-1));
    assertEquals("ff:ff:ff:ff:ff:ff", MacAddress.BROADCAST.toString());
  }

  @Test
  void tellsKindsOfMacAddresses() {
    assertTrue(MacAddress.BROADCAST.isMulticast());
    assertTrue(MacAddress.parse("33:33:00:00:00:01").isMulticast());
    assertFalse(MacAddress.parse("00:15:5d:52:e7:11").isMulticast());
    assertTrue(MacAddress.ZERO.isZero());
    assertFalse(MacAddress.BROADCAST.isZero());
    assertTrue(MacAddress.ZERO.compareTo(MacAddress.BROADCAST) < 0);
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 5001, 16_777_214})
  void readsAVsid(int value) {
    assertEquals(new Vsid(value), Vsid.parse(Integer.toString(value)));
    assertEquals(Integer.toString(value), new Vsid(value).toString());
    assertEquals(value, Vni.of(new Vsid(value)).value());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "4095",
        "16777215",
        "0",
        "-5001",
        "+5001",
        "05001",
        "5001 ",
        "0x1389",
        "",
        "99999999999"
      })
  void refusesAVsidThatIsNone(String text) {
    assertTrue(problem(() -> Vsid.parse(text)).contains("4096 to 16777214"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1", "4095", "16777215"})
  void readsAVni(String text) {
    assertEquals(text, Vni.parse(text).toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"16777216", "-1", "01", "", "a", "99999999999"})
  void refusesAVniThatIsNone(String text) {
    assertTrue(problem(() -> Vni.parse(text)).contains("0 to 16777215"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{206146D9-A0B1-4ACC-BC25-4D1C85A8BF7A}",
        "206146D9-A0B1-4ACC-BC25-4D1C85A8BF7A",
        "206146d9-a0b1-4acc-bc25-4d1c85a8bf7a"
      })
  void readsARoutingDomainId(String text) {
    assertEquals("206146d9-a0b1-4acc-bc25-4d1c85a8bf7a", RoutingDomainId.parse(text).toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "{",
        "1-2-3-4-5", // UUID.fromString takes this
        "{206146D9-A0B1-4ACC-BC25-4D1C85A8BF7A",
        "206146D9A0B14ACCBC254D1C85A8BF7A",
        "00000000-0000-0000-0000-000000000000"
      })
  void refusesARoutingDomainIdThatIsNone(String text) {
    assertTrue(problem(() -> RoutingDomainId.parse(text)).contains("routing domain id"));
  }

  @Test
  void ordersRoutingDomainsAsTheirTexts() {
    RoutingDomainId low = RoutingDomainId.parse("10000000-0000-0000-0000-000000000000");
    RoutingDomainId high = new RoutingDomainId(new UUID(Long.MIN_VALUE, 0));
    assertTrue(low.compareTo(high) < 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"192.168.1.10", "2001:db8::1", "127.0.0.1", "169.254.1.1", "fe80::1"})
  void readsProviderAndCustomerAddresses(String text) {
    assertEquals(text, ProviderAddress.parse(text).toString());
    assertEquals(text, CustomerAddress.parse(text).toString());
  }

  @ParameterizedTest
  @CsvSource({"0.0.0.0", "255.255.255.255", "224.0.0.1", "239.255.255.255", "::", "ff02::1"})
  void refusesAddressesThatNoInterfaceBears(String text) {
    assertTrue(problem(() -> ProviderAddress.parse(text)).contains("provider"));
    assertTrue(problem(() -> CustomerAddress.parse(text)).contains("must be unicast"));
  }

  @Test
  void ordersProviderAddresses() {
    ProviderAddress low = ProviderAddress.parse("9.0.0.1");
    ProviderAddress high = ProviderAddress.parse("200.0.0.1");
    assertTrue(low.compareTo(high) < 0);
  }
}
