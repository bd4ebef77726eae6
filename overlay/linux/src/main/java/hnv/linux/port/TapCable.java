// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.dataplane.DropReason;
import hnv.dataplane.FrameBatch;
import hnv.dataplane.FramePool;
import hnv.linux.LinuxException;
import hnv.linux.libc.Epoll;
import org.jspecify.annotations.Nullable;

/// What a hypervisor does for the network adapter of a virtual machine, for a machine that is no
/// more than a namespace: holds the TAP on the host and the TAP that is the guest's adapter, and
/// carries frames between the two with their virtio-net headers, so that super-frames and partial
/// checksums pass as they do by virtio. The host's end can be plugged into another TAP while the
/// guest's adapter stays as it is, as in a live migration.
///
/// {@link #carry} by one thread; {@link #plug} and {@link #close} by any.
public final class TapCable implements AutoCloseable {
  private static final int FRAMES = 128;
  private static final int MAX_SLEEP_MS = 100;

  private final FramePool pool = new FramePool(FRAMES);
  private final FrameBatch batch = new FrameBatch(pool);
  private final Epoll epoll = new Epoll();
  private final Object lock = new Object();
  private final Tap guest;
  private @Nullable Tap host;
  private volatile boolean closed;

  private TapCable(String guestDevice) throws LinuxException {
    guest = Tap.open(guestDevice, pool);
    epoll.watch(guest.fd);
  }

  /// Makes the guest's adapter; it is connected to nothing.
  ///
  /// @param guestDevice at most 15 octets
  /// @throws LinuxException EPERM without CAP_NET_ADMIN, EBUSY where a device has the name
  public static TapCable open(String guestDevice) throws LinuxException {
    return new TapCable(guestDevice);
  }

  /// Makes a TAP in this process's namespace and connects the guest to it; one that it was
  /// connected to before goes. The new one may be moved to another namespace.
  ///
  /// @param hostDevice at most 15 octets
  public void plug(String hostDevice) throws LinuxException {
    synchronized (lock) {
      if (host != null) {
        host.close();
        host = null;
      }
      Tap next = Tap.open(hostDevice, pool);
      epoll.watch(next.fd);
      host = next;
    }
    epoll.wakeUp();
  }

  /// Carries frames until {@link #close}.
  public void carry() {
    while (!closed) {
      int carried;
      synchronized (lock) {
        carried = carry(guest, host) + (host == null ? 0 : carry(host, guest));
      }
      if (carried == 0) {
        epoll.await(MAX_SLEEP_MS);
      }
    }
  }

  /// What cannot be delivered is lost, as on a cable.
  private int carry(Tap from, @Nullable Tap to) {
    batch.clear();
    int received = from.receive(batch, 0);
    for (int i = 0; i < received; i++) {
      if (to == null) {
        batch.get(i).release();
      } else {
        DropReason ignored = to.transmit(batch.get(i));
        assert ignored != null;
      }
    }
    return received;
  }

  /// Both TAPs go.
  @Override
  public void close() {
    closed = true;
    synchronized (lock) {
      guest.close();
      if (host != null) {
        host.close();
      }
    }
    epoll.wakeUp();
  }
}
