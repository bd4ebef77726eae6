// SPDX-License-Identifier: Apache-2.0
package hnv.lab.peer;

import static hnv.lab.netns.Processes.words;

import hnv.lab.netns.LabException;
import hnv.lab.netns.Namespace;
import hnv.lab.netns.RunningProcess;
import hnv.lab.traffic.Pages;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

/// The Internet: routers, and a server whose page says who asks.
public final class Internet implements AutoCloseable {
  /// The server's address, at no link.
  public static final Ipv4Address SERVER = Ipv4Address.parse("198.18.0.80");

  /// The server's address in IPv6.
  public static final Ipv6Address SERVER6 = Ipv6Address.parse("2001:db8:198:18::80");

  private final Namespace namespace;
  private final List<RunningProcess> servers;

  private Internet(Namespace namespace, List<RunningProcess> servers) {
    this.namespace = namespace;
    this.servers = servers;
  }

  /// Lays it in a namespace whose links have their addresses already.
  ///
  /// @throws LabException when it cannot be laid
  public static Internet lay(Namespace namespace, Path folder) {
    namespace.set("net/ipv4/ip_forward", 1);
    namespace.set("net/ipv6/conf/all/forwarding", 1);
    namespace.ip(
        "link set lo up",
        "address add " + SERVER + "/32 dev lo",
        "address add " + SERVER6 + "/128 dev lo");
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
    return new Internet(
        namespace,
        Stream.of(SERVER.toString(), "[" + SERVER6 + "]")
            .map(
                address ->
                    namespace.start(
                        "httpd-internet" + (address.startsWith("[") ? "6" : ""),
                        words(
                            "busybox httpd -f -p %s:%d -h %s"
                                .formatted(address, Pages.PORT, pages))))
            .toList());
  }

  /// Where it is.
  public Namespace namespace() {
    return namespace;
  }

  /// Whom the server sees when a machine asks it, or the reason why it sees nobody.
  public static String seenAs(Namespace machine) {
    return seenAs(machine, SERVER);
  }

  /// Whom the server sees when a machine asks it by this address.
  public static String seenAs(Namespace machine, IpAddress server) {
    // The server writes IPv6 in brackets.
    return Pages.fetch(machine, server, Pages.PORT, "cgi-bin/who").replaceAll("[\\[\\]]", "");
  }

  @Override
  public void close() {
    servers.forEach(RunningProcess::close);
  }
}
