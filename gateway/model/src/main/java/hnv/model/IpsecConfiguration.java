// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.IpAddress;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// What an IPsec connection proposes. The shared secret is not part of a policy: it is a secret,
/// and a policy is shown.
public record IpsecConfiguration(
    MainMode mainMode,
    QuickMode quickMode,
    List<TrafficSelector> localTrafficSelectors,
    List<TrafficSelector> remoteTrafficSelectors) {
  /// What is proposed for keys unless said otherwise.
  public static final MainMode DEFAULT_MAIN_MODE =
      new MainMode(
          DiffieHellmanGroup.GROUP14, Cipher.AES256, Integrity.SHA256, OptionalInt.empty());

  /// What is proposed for traffic unless said otherwise.
  public static final QuickMode DEFAULT_QUICK_MODE =
      new QuickMode(
          PerfectForwardSecrecy.PFS2048,
          Transform.GCMAES256,
          Transform.GCMAES256,
          OptionalInt.empty(),
          OptionalLong.empty(),
          OptionalInt.empty());

  public IpsecConfiguration {
    localTrafficSelectors = List.copyOf(localTrafficSelectors);
    remoteTrafficSelectors = List.copyOf(remoteTrafficSelectors);
  }

  /// The association that keys are exchanged in.
  ///
  /// @param lifeTimeSeconds empty: a default
  public record MainMode(
      DiffieHellmanGroup diffieHellmanGroup,
      Cipher encryptionAlgorithm,
      Integrity integrityAlgorithm,
      OptionalInt lifeTimeSeconds) {}

  /// The associations that traffic travels in.
  public record QuickMode(
      PerfectForwardSecrecy perfectForwardSecrecy,
      Transform cipher,
      Transform authentication,
      OptionalInt lifeTimeSeconds,
      OptionalLong lifeTimeKiloBytes,
      OptionalInt idleDisconnectSeconds) {}

  /// Traffic that an association is for.
  ///
  /// @param protocol IP protocol; 0: all
  public record TrafficSelector(IpAddress first, IpAddress last, int protocol, PortRange ports) {}

  /// Groups of main mode.
  public enum DiffieHellmanGroup {
    GROUP1,
    GROUP2,
    GROUP14,
    ECP256,
    ECP384,
    GROUP24
  }

  /// Ciphers of main mode.
  public enum Cipher {
    DES,
    DES3,
    AES128,
    AES192,
    AES256
  }

  /// Integrity of main mode.
  public enum Integrity {
    MD5,
    SHA1,
    SHA256,
    SHA384
  }

  /// Groups of quick mode.
  public enum PerfectForwardSecrecy {
    NONE,
    PFS1,
    PFS2,
    PFS2048,
    PFS14,
    ECP256,
    ECP384,
    PFSMM,
    PFS24
  }

  /// Transforms of quick mode: ciphers, hashes, and those that are both.
  public enum Transform {
    NONE(true, true),
    DES(true, false),
    DES3(true, false),
    AES128(true, false),
    AES192(true, false),
    AES256(true, false),
    MD596(false, true),
    SHA196(false, true),
    SHA256128(false, true),
    GCMAES128(true, true),
    GCMAES192(true, true),
    GCMAES256(true, true);

    private final boolean cipher;
    private final boolean authentication;

    Transform(boolean cipher, boolean authentication) {
      this.cipher = cipher;
      this.authentication = authentication;
    }

    /// Whether it can stand where a cipher is wanted.
    public boolean isCipher() {
      return cipher;
    }

    /// Whether it can stand where authentication is wanted.
    public boolean isAuthentication() {
      return authentication;
    }
  }
}
