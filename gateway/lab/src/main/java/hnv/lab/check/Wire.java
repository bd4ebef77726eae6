// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

import hnv.lab.check.Evidence.Finding;
import hnv.lab.netns.Capture;
import hnv.lab.netns.Together;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongPredicate;

/// Captures at several points for the time of one check, and what must be found in them. All that
/// is asked of one capture is asked in one reading.
final class Wire implements AutoCloseable {
  private static final Duration ARRIVAL = Duration.ofSeconds(2);

  private record Question(String what, String filter, String expected, LongPredicate holds) {
    Question at(Point point) {
      return new Question(what, point.filter(filter), expected, holds);
    }
  }

  private final Evidence evidence;
  private final Map<Point, Capture> captures = new LinkedHashMap<>();
  private final Map<Point, List<Question>> questions = new LinkedHashMap<>();

  private Wire(Evidence evidence) {
    this.evidence = evidence;
  }

  /// Begins to capture at all points; returns once all do.
  ///
  /// @param label names the files, with the point
  static Wire capture(Evidence evidence, String label, List<Point> points) {
    Wire wire = new Wire(evidence);
    for (Point point : points) {
      Capture capture =
          Capture.start(point.namespace(), point.device(), label + "-" + point.name());
      wire.captures.put(point, capture);
      evidence.file(capture.file());
    }
    wire.captures.values().forEach(Capture::awaitReady);
    return wire;
  }

  /// The filter must let exactly `count` frames pass.
  void exactly(long count, Point point, String what, String filter) {
    ask(point, new Question(what, filter, Long.toString(count), seen -> seen == count));
  }

  /// The filter must let no frame pass.
  void none(Point point, String what, String filter) {
    exactly(0, point, what, filter);
  }

  /// The filter must let at least `count` frames pass.
  void atLeast(long count, Point point, String what, String filter) {
    ask(point, new Question(what, filter, "at least " + count, seen -> seen >= count));
  }

  /// How many frames a filter lets pass.
  long count(Point point, String filter) {
    return capture(point).count(List.of(point.filter(filter))).getFirst();
  }

  /// The capture at a point.
  Capture capture(Point point) {
    return Objects.requireNonNull(captures.get(point), point.name());
  }

  /// Gives frames with this text that are still on their way the time to arrive.
  void await(Point point, String text, int times) {
    capture(point).awaitText(text, times, ARRIVAL);
  }

  /// Stops all captures, reads them and notes the answers.
  void judge() {
    Together.each(captures.values(), Capture::stop);
    List<Map.Entry<Point, List<Question>>> all = List.copyOf(questions.entrySet());
    // Reading is the longest part of most checks, and each capture can be read by itself.
    List<List<Long>> answers =
        Together.map(
            all,
            entry ->
                capture(entry.getKey())
                    .count(entry.getValue().stream().map(Question::filter).toList()));
    for (int i = 0; i < all.size(); i++) {
      note(all.get(i).getKey(), all.get(i).getValue(), answers.get(i));
    }
    questions.clear();
  }

  private void note(Point point, List<Question> asked, List<Long> answers) {
    for (int i = 0; i < asked.size(); i++) {
      Question question = asked.get(i);
      long seen = answers.get(i);
      evidence.note(
          new Finding(
              question.what,
              question.expected,
              Long.toString(seen),
              question.holds.test(seen),
              "tshark -r %s -Y '%s'".formatted(capture(point).file(), question.filter)));
    }
  }

  private void ask(Point point, Question question) {
    capture(point);
    questions.computeIfAbsent(point, key -> new ArrayList<>()).add(question.at(point));
  }

  @Override
  public void close() {
    captures.values().forEach(Capture::close);
  }
}
