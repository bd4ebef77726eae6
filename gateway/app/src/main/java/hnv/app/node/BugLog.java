// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells of exceptions that nothing expected: each distinct one with its stack once a minute. Any
/// thread.
final class BugLog {
  private static final long SILENCE_NS = 60_000_000_000L;
  private static final int MAX_DISTINCT = 256;

  private static final Logger LOG = LoggerFactory.getLogger(BugLog.class);

  private final Map<String, Told> told = new HashMap<>();

  private static final class Told {
    long atNs;
    long since;
  }

  /// Notes a bug.
  ///
  /// @param where what was being done, and what became of it
  synchronized void note(String where, Throwable bug) {
    StackTraceElement[] stack = bug.getStackTrace();
    String key = bug.getClass().getName() + (stack.length == 0 ? "" : " at " + stack[0]);
    long now = System.nanoTime();
    Told last = told.get(key);
    if (last == null && told.size() >= MAX_DISTINCT) {
      return;
    }
    if (last != null && now - last.atNs < SILENCE_NS) {
      last.since++;
      return;
    }
    long more = last == null ? 0 : last.since;
    Told next = new Told();
    next.atNs = now;
    told.put(key, next);
    LOG.error(
        "a bug, please report it: {}{}", where, more == 0 ? "" : " (" + more + " times more)", bug);
  }
}
