// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

/// What a layer keeps beside connections, such as sessions of a translation. It gives a number to
/// the packet that begins one ({@link PacketContext#bind}); the {@link Connection} bears the number
/// from then on and is what it lives by. Called on the Worker's thread only, never in a dry run.
///
/// Only the engine ends a binding: who wants it gone has the connection end ({@link
/// VSwitch#endConnections}).
public interface ConnectionBindings {
  /// No binding.
  int NO_BINDING = 0;

  /// Not seen, or it cannot be told.
  long NEVER = Long.MIN_VALUE;

  /// For an engine whose layers bind nothing.
  ConnectionBindings NONE =
      new ConnectionBindings() {
        @Override
        public void ended(int binding) {
          // Nothing was kept.
        }

        @Override
        public long timeoutNs(int binding, long nowNs) {
          return 0;
        }

        @Override
        public void observed(int binding, boolean forward, int tcpFlags, long nowNs) {
          // Nothing was kept.
        }

        @Override
        public void seen(int binding, long forwardLastSeenNs, long reverseLastSeenNs) {
          // Nothing was kept.
        }
      };

  /// The binding's connection has ended or bears another binding now, or its packet went nowhere
  /// and began none. Said once; the number may be given anew afterwards.
  void ended(int binding);

  /// How long the connection may be silent, in ns; asked from time to time, right after {@link
  /// #seen}. Zero or less ends it at once.
  long timeoutNs(int binding, long nowNs);

  /// A packet of the connection has gone its way by a walk: the first ones, and all that have SYN,
  /// FIN or RST set. ICMP errors about it are not told.
  ///
  /// @param forward the way of the connection's initiator
  /// @param tcpFlags 0 without TCP
  void observed(int binding, boolean forward, int tcpFlags, long nowNs);

  /// When packets last passed, walked or by a record, in Java or in the kernel; {@link #NEVER}
  /// where there is no such flow now. Told before {@link #timeoutNs} is asked; what the kernel saw
  /// is asked for, and told by a further call, only where the connection would end without it.
  void seen(int binding, long forwardLastSeenNs, long reverseLastSeenNs);
}
