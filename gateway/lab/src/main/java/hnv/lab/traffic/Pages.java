// SPDX-License-Identifier: Apache-2.0
package hnv.lab.traffic;

import static hnv.lab.netns.Processes.words;

import hnv.lab.netns.LabException;
import hnv.lab.netns.Namespace;
import hnv.lab.netns.Patience;
import hnv.lab.netns.RunningProcess;
import hnv.wire.IpAddress;
import hnv.wire.Ipv6Address;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// A page server with a banner, and its client.
public final class Pages {
  public static final int PORT = 80;

  private static final Duration LIMIT = Duration.ofSeconds(5);

  private Pages() {}

  /// Starts a server whose only page is the banner.
  ///
  /// @param folder where the page is written
  public static RunningProcess serve(Namespace machine, String name, String banner, Path folder) {
    Path pages = folder.resolve("page-" + name);
    try {
      Files.createDirectories(pages);
      Files.writeString(pages.resolve("index.html"), banner + "\n");
    } catch (IOException e) {
      throw new LabException("cannot write the page of " + name, e);
    }
    return machine.start(
        "httpd-" + name, words("busybox httpd -f -p %d -h %s".formatted(PORT, pages)));
  }

  /// The page of the server at this address, or the reason why there is none.
  public static String fetch(Namespace machine, IpAddress server) {
    return fetch(machine, server, PORT);
  }

  /// The page of the server at this address and port, or the reason why there is none.
  public static String fetch(Namespace machine, IpAddress server, int port) {
    return fetch(machine, server, port, "");
  }

  /// A page of the server at this address and port, or the reason why there is none.
  public static String fetch(Namespace machine, IpAddress server, int port, String path) {
    String host = server instanceof Ipv6Address ? "[" + server + "]" : server.toString();
    // Not wget's own -T: it crashes in Debian 12's static busybox.
    var outcome =
        machine.run(
            words(
                "timeout %s busybox wget -q -O - http://%s:%d/%s"
                    .formatted(Patience.seconds(LIMIT), host, port, path)));
    return (outcome.succeeded() ? outcome.output() : outcome.errors()).strip();
  }
}
