// SPDX-License-Identifier: Apache-2.0
package hnv.app.capture;

import hnv.app.cli.AdminClient;
import hnv.app.cli.ExitCode;
import hnv.app.cli.Failure;
import hnv.app.cli.Refusal;
import hnv.app.json.Json;
import hnv.linux.LinuxException;
import hnv.linux.port.CaptureTap;
import hnv.wire.capture.LinkType;
import hnv.wire.capture.PcapngWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `hnv capture`.
@Command(
    name = "capture",
    header = "Writes down the frames of a running node's port.",
    description = {
      "",
      "The kernel's programs copy each frame that comes in by the port, before anything is asked of"
          + " it, and each that leaves by it, as it leaves; flows go on in the kernel. Of the"
          + " underlay these are the tunnel packets to this host and from it. A super-frame is"
          + " written as one, a checksum that is left to the device as it stands. Frames that come"
          + " faster than they are written are lost to the file, and counted."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  hnv capture contoso-sql -w sql.pcapng --seconds 10",
      "  hnv capture underlay -w - --count 100 | tshark -r -"
    })
public final class CaptureCommand implements Callable<Integer> {
  private static final long RENEW_NS = TimeUnit.SECONDS.toNanos(1);
  private static final long PAUSE_NS = 500_000;
  private static final long PATIENCE_S = 3;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "PORT", description = "A network interface's resourceId, or underlay.")
  private String port = "";

  @Option(
      names = "-w",
      required = true,
      paramLabel = "FILE",
      description = "The pcapng file, or - for the standard output.")
  private Path file = Path.of("");

  @Option(names = "--count", paramLabel = "N", description = "Ends after N frames.")
  private long count = Long.MAX_VALUE;

  @Option(names = "--seconds", paramLabel = "S", description = "Ends after S seconds.")
  private long seconds = TimeUnit.DAYS.toSeconds(365);

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      defaultValue = "/run/hnv/node.sock",
      description = "The node's control socket (default: ${DEFAULT-VALUE}).")
  private Path socket = Path.of("");

  private volatile boolean interrupted;

  /// A command to be filled by picocli.
  public CaptureCommand() {}

  @Override
  public Integer call() throws Refusal, Failure {
    if (count < 1 || seconds < 1) {
      throw new Refusal((count < 1 ? "--count" : "--seconds") + ": 1 or more");
    }
    CountDownLatch finished = new CountDownLatch(1);
    Thread hook = new Thread(() -> interrupt(finished));
    Runtime.getRuntime().addShutdownHook(hook);
    String name = "hnvcap" + ProcessHandle.current().pid() % 1_000_000;
    try (CaptureTap tap = CaptureTap.open(name, "hnv capture " + port)) {
      Json.Members before = ask(tap, true);
      PrintWriter err = spec.commandLine().getErr();
      err.println("hnv capture: capturing " + port + " on " + name);
      long frames;
      try (PcapngWriter writer = open()) {
        frames = copy(tap, writer);
      }
      Json.Members after = ask(tap, false);
      long refused = after.number("notCaptured", 0) - before.number("notCaptured", 0);
      err.println("hnv capture: " + frames + " frames, " + (tap.lost() + refused) + " lost");
      return ExitCode.OK;
    } catch (LinuxException | IOException e) {
      throw new Failure("cannot capture: " + e.getMessage(), e);
    } finally {
      finished.countDown();
      if (!interrupted) {
        Runtime.getRuntime().removeShutdownHook(hook);
      }
    }
  }

  /// What was written so far must be a whole file.
  private void interrupt(CountDownLatch finished) {
    interrupted = true;
    try {
      finished.await(PATIENCE_S, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private PcapngWriter open() throws IOException {
    return file.equals(Path.of("-")) ? PcapngWriter.to(System.out) : PcapngWriter.create(file);
  }

  private long copy(CaptureTap tap, PcapngWriter writer) throws IOException, Failure, Refusal {
    int link = writer.addInterface(port, LinkType.ETHERNET);
    long begin = System.nanoTime();
    long renewed = begin;
    long frames = 0;
    while (!interrupted && frames < count) {
      MemorySegment frame = tap.read();
      if (frame != null) {
        Instant now = Instant.now();
        long ns = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
        writer.write(link, ns, frame, 0, (int) frame.byteSize());
        frames++;
      }
      long now = System.nanoTime();
      if (now - begin >= TimeUnit.SECONDS.toNanos(seconds)) {
        break;
      }
      if (now - renewed >= RENEW_NS) {
        ask(tap, true);
        writer.flush();
        renewed = now;
      }
      if (frame == null) {
        LockSupport.parkNanos(PAUSE_NS);
      }
    }
    return frames;
  }

  /// Says to the node that the port is watched, or that it is no more.
  private Json.Members ask(CaptureTap tap, boolean watched) throws Failure, Refusal {
    return AdminClient.ask(
        socket,
        Json.object().put("capture", port).put("device", tap.index()).put("end", watched ? 0 : 1));
  }
}
