// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.model.GatewayLimits;
import hnv.model.IpsecConfiguration;
import hnv.model.IpsecConfiguration.Cipher;
import hnv.model.IpsecConfiguration.DiffieHellmanGroup;
import hnv.model.IpsecConfiguration.Integrity;
import hnv.model.IpsecConfiguration.MainMode;
import hnv.model.IpsecConfiguration.PerfectForwardSecrecy;
import hnv.model.IpsecConfiguration.QuickMode;
import hnv.model.IpsecConfiguration.TrafficSelector;
import hnv.model.IpsecConfiguration.Transform;
import hnv.model.PortRange;
import hnv.model.ProblemCode;
import hnv.wire.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads what an IPsec connection proposes. Of two spellings of the specification both are read.
final class IpsecReader {
  static final Choices<DiffieHellmanGroup> GROUPS =
      Choices.<DiffieHellmanGroup>of()
          .with("Group1", DiffieHellmanGroup.GROUP1)
          .with("Group2", DiffieHellmanGroup.GROUP2)
          .with("Group14", DiffieHellmanGroup.GROUP14)
          .with("ECP256", DiffieHellmanGroup.ECP256)
          .with("ECP258", DiffieHellmanGroup.ECP256)
          .with("ECP384", DiffieHellmanGroup.ECP384)
          .with("Group24", DiffieHellmanGroup.GROUP24);
  static final Choices<Cipher> CIPHERS =
      Choices.<Cipher>of()
          .with("DES", Cipher.DES)
          .with("DES3", Cipher.DES3)
          .with("AES128", Cipher.AES128)
          .with("AES192", Cipher.AES192)
          .with("AES256", Cipher.AES256);
  static final Choices<Integrity> INTEGRITIES =
      Choices.<Integrity>of()
          .with("MD5", Integrity.MD5)
          .with("SHA1", Integrity.SHA1)
          .with("SHA196", Integrity.SHA1)
          .with("SHA256", Integrity.SHA256)
          .with("SHA384", Integrity.SHA384);
  static final Choices<PerfectForwardSecrecy> SECRECIES =
      Choices.<PerfectForwardSecrecy>of()
          .with("None", PerfectForwardSecrecy.NONE)
          .with("PFS1", PerfectForwardSecrecy.PFS1)
          .with("PFS2", PerfectForwardSecrecy.PFS2)
          .with("PFS2048", PerfectForwardSecrecy.PFS2048)
          .with("PFS14", PerfectForwardSecrecy.PFS14)
          .with("ECP256", PerfectForwardSecrecy.ECP256)
          .with("ECP384", PerfectForwardSecrecy.ECP384)
          .with("PFSMM", PerfectForwardSecrecy.PFSMM)
          .with("PFS24", PerfectForwardSecrecy.PFS24);
  static final Choices<Transform> CIPHER_TRANSFORMS =
      Choices.<Transform>of()
          .with("None", Transform.NONE)
          .with("DES", Transform.DES)
          .with("CBCDES", Transform.DES)
          .with("DES3", Transform.DES3)
          .with("CBCDES3", Transform.DES3)
          .with("AES128", Transform.AES128)
          .with("AES192", Transform.AES192)
          .with("AES256", Transform.AES256)
          .with("GCMAES128", Transform.GCMAES128)
          .with("GCMAES192", Transform.GCMAES192)
          .with("GCMAES256", Transform.GCMAES256);
  static final Choices<Transform> AUTHENTICATION_TRANSFORMS =
      Choices.<Transform>of()
          .with("None", Transform.NONE)
          .with("MD596", Transform.MD596)
          .with("SHA196", Transform.SHA196)
          .with("SHA256", Transform.SHA256128)
          .with("SHA256128", Transform.SHA256128)
          .with("GCMAES128", Transform.GCMAES128)
          .with("GCMAES192", Transform.GCMAES192)
          .with("GCMAES256", Transform.GCMAES256);
  private static final Choices<Boolean> METHODS = Choices.<Boolean>of().with("PSK", true);

  private static final ProblemCode INVALID = ProblemCode.INVALID_PARAMETER_VALUE;

  private final Reading reading;
  private final GatewayLimits limits;

  IpsecReader(Reading reading) {
    this.reading = reading;
    this.limits = reading.limits().gateway();
  }

  IpsecConfiguration read(Fields ipsec) {
    ipsec.choice("authenticationMethod", INVALID, METHODS);
    return new IpsecConfiguration(
        mainMode(ipsec.object("mainMode", GatewayVocabularies.MAIN_MODE)),
        quickMode(ipsec.object("quickMode", GatewayVocabularies.QUICK_MODE)),
        selectors(ipsec, "localVpnTrafficSelector"),
        selectors(ipsec, "remoteVpnTrafficSelector"));
  }

  private static MainMode mainMode(Fields mode) {
    MainMode defaults = IpsecConfiguration.DEFAULT_MAIN_MODE;
    DiffieHellmanGroup group = mode.choice("diffieHellmanGroup", INVALID, GROUPS);
    Cipher cipher = mode.choice("encryptionAlgorithm", INVALID, CIPHERS);
    Integrity integrity = mode.choice("integrityAlgorithm", INVALID, INTEGRITIES);
    return new MainMode(
        group == null ? defaults.diffieHellmanGroup() : group,
        cipher == null ? defaults.encryptionAlgorithm() : cipher,
        integrity == null ? defaults.integrityAlgorithm() : integrity,
        Numbers.optional(seconds(mode, "saLifeTimeSeconds")));
  }

  private static QuickMode quickMode(Fields mode) {
    QuickMode defaults = IpsecConfiguration.DEFAULT_QUICK_MODE;
    PerfectForwardSecrecy secrecy = mode.choice("perfectForwardSecrecy", INVALID, SECRECIES);
    Transform cipher = mode.choice("cipherTransformationConstant", INVALID, CIPHER_TRANSFORMS);
    Transform authentication =
        mode.choice("authenticationTransformationConstant", INVALID, AUTHENTICATION_TRANSFORMS);
    return new QuickMode(
        secrecy == null ? defaults.perfectForwardSecrecy() : secrecy,
        cipher == null ? defaults.cipher() : cipher,
        authentication == null ? defaults.authentication() : authentication,
        Numbers.optional(seconds(mode, "saLifeTimeSeconds")),
        Numbers.optionalLong(mode.integer("saLifeTimeKiloBytes", INVALID, 1, 0xFFFF_FFFFL)),
        Numbers.optional(seconds(mode, "idleDisconnectSeconds")));
  }

  private static @Nullable Long seconds(Fields mode, String name) {
    return mode.integer(name, INVALID, 1, Integer.MAX_VALUE);
  }

  private List<TrafficSelector> selectors(Fields ipsec, String name) {
    return ipsec.elements(name, limits.references(), this::selector).placed(reading.source());
  }

  private @Nullable TrafficSelector selector(JsonPath at, JsonValue value) {
    Fields fields = Fields.of(at, value, GatewayVocabularies.TRAFFIC_SELECTOR, reading.report());
    if (fields == null) {
      return null;
    }
    IpAddress first = address(fields, "ipAddressStart");
    IpAddress last = address(fields, "ipAddressEnd");
    Long protocol = fields.integer("protocolId", INVALID, 0, 255);
    Long from = fields.integer("portStart", INVALID, 0, PortRange.MAX_PORT);
    long least = from == null ? 0 : from;
    Long to = fields.integer("portEnd", INVALID, least, PortRange.MAX_PORT);
    if (first == null || last == null) {
      return null;
    }
    return new TrafficSelector(
        first,
        last,
        protocol == null ? 0 : protocol.intValue(),
        new PortRange((int) least, to == null ? PortRange.MAX_PORT : to.intValue()));
  }

  private static @Nullable IpAddress address(Fields fields, String name) {
    return fields.requiredParsed(
        name, ProblemCode.PROPERTY_MISSING, ProblemCode.INVALID_IP_ADDRESS, IpAddress::parse);
  }
}
