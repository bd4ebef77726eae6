// SPDX-License-Identifier: Apache-2.0
package hnv.lab.peer;

import static hnv.lab.netns.Processes.words;

import hnv.lab.netns.LabException;
import hnv.lab.netns.Namespace;
import hnv.lab.netns.RunningProcess;
import hnv.lab.traffic.Pages;
import hnv.wire.Ipv4Address;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/// The Internet: routers, and a server whose page says who asks.
public final class Internet implements AutoCloseable {
  /// The server's address, at no link.
  public static final Ipv4Address SERVER = Ipv4Address.parse("198.18.0.80");

  private final Namespace namespace;
  private final RunningProcess server;

  private Internet(Namespace namespace, RunningProcess server) {
    this.namespace = namespace;
    this.server = server;
  }

  /// Lays it in a namespace whose links have their addresses already.
  ///
  /// @throws LabException when it cannot be laid
  public static Internet lay(Namespace namespace, Path folder) {
    namespace.set("net/ipv4/ip_forward", 1);
    namespace.ip("link set lo up", "address add " + SERVER + "/32 dev lo");
    Path pages = folder.resolve("page-internet");
    Path script = pages.resolve("cgi-bin/who");
    try {
      Files.createDirectories(pages.resolve("cgi-bin"));
      Files.writeString(pages.resolve("index.html"), "the Internet\n");
      Files.writeString(
          script,
          "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n%s\\n' \"$REMOTE_ADDR\"\n");
      Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (IOException e) {
      throw new LabException("cannot write the page of the Internet", e);
    }
    RunningProcess server =
        namespace.start(
            "httpd-internet",
            words("busybox httpd -f -p %s:%d -h %s".formatted(SERVER, Pages.PORT, pages)));
    return new Internet(namespace, server);
  }

  /// Where it is.
  public Namespace namespace() {
    return namespace;
  }

  /// Whom the server sees when a machine asks it, or the reason why it sees nobody.
  public static String seenAs(Namespace machine) {
    return Pages.fetch(machine, SERVER, Pages.PORT, "cgi-bin/who");
  }

  @Override
  public void close() {
    server.close();
  }
}
