// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

import hnv.lab.netns.LabException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Processor time, as the kernel counts it. Soft interrupts are part of the time of the thread that
/// they interrupt or that raises them, unless a thread of the kernel (`ksoftirqd`) takes them over;
/// what interrupts the idle thread is in `/proc/stat` only.
public final class CpuTime {
  private static final Path PROC = Path.of("/proc");

  /// Nanoseconds of a unit of /proc/stat, USER_HZ = 100.
  private static final long TICK_NS = 10_000_000L;

  /// Which number of a line of /proc/stat is the time in soft interrupts, the name counted.
  private static final int SOFT_INTERRUPTS = 7;

  private static final List<Path> SOFT_INTERRUPT_THREADS = softInterruptThreads();

  private CpuTime() {}

  /// All threads of a process, by the scheduler's count, in nanoseconds.
  ///
  /// @throws LabException where the process has ended
  public static long ofProcess(long pid) {
    long sum = 0;
    Path tasks = PROC.resolve(Long.toString(pid)).resolve("task");
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(tasks)) {
      for (Path thread : threads) {
        sum += ofTask(thread);
      }
    } catch (IOException e) {
      throw new LabException("process " + pid + " has ended", e);
    }
    return sum;
  }

  /// The kernel's threads for soft interrupts, of all CPUs, in nanoseconds.
  public static long ofSoftInterruptThreads() {
    try {
      long sum = 0;
      for (Path thread : SOFT_INTERRUPT_THREADS) {
        sum += ofTask(thread);
      }
      return sum;
    } catch (IOException e) {
      throw new LabException("cannot read " + PROC, e);
    }
  }

  /// Soft interrupts of a CPU, whichever thread they interrupted, in nanoseconds; sampled by the
  /// kernel's tick.
  public static long ofSoftInterrupts(int cpu) {
    try {
      return Files.readAllLines(PROC.resolve("stat")).stream()
          .filter(text -> text.startsWith("cpu" + cpu + " "))
          .mapToLong(text -> Long.parseLong(text.split(" ", -1)[SOFT_INTERRUPTS]) * TICK_NS)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      throw new LabException("cannot read " + PROC.resolve("stat"), e);
    }
  }

  private static long ofTask(Path task) throws IOException {
    try {
      return Long.parseLong(Files.readString(task.resolve("schedstat")).split(" ", -1)[0]);
    } catch (NoSuchFileException e) {
      return 0; // The thread has just ended.
    }
  }

  private static List<Path> softInterruptThreads() {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path task : tasks) {
        if (nameOf(task).startsWith("ksoftirqd/")) {
          found.add(task);
        }
      }
    } catch (IOException e) {
      throw new LabException("cannot list " + PROC, e);
    }
    return found;
  }

  private static String nameOf(Path task) {
    try {
      return Files.readString(task.resolve("comm"));
    } catch (IOException e) {
      return ""; // It has just ended.
    }
  }
}
