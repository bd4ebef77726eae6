// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import org.jspecify.annotations.Nullable;

/// What a walk knows of its packet's connection, and what the layers want of it. Part of a {@link
/// PacketContext}.
final class ConnectionClaim {
  /// The connection that the packet belongs to, or null.
  @Nullable Connection connection;

  /// The connection allows the packet at the port where it is now.
  boolean permits;

  /// The packet may begin a connection.
  boolean begins;

  /// The packet goes the way of its connection's initiator.
  boolean forward;

  private int newBinding;
  private int newChoice;
  private int newChoiceOfAnswers;

  void clear() {
    connection = null;
    permits = false;
    begins = false;
    forward = true;
    newBinding = ConnectionBindings.NO_BINDING;
    newChoice = PacketContext.NO_CHOICE;
    newChoiceOfAnswers = PacketContext.NO_CHOICE;
  }

  int binding() {
    return newBinding != ConnectionBindings.NO_BINDING || connection == null
        ? newBinding
        : connection.binding();
  }

  void bind(int binding) {
    if (newBinding != ConnectionBindings.NO_BINDING) {
      throw new IllegalStateException("bound twice");
    }
    newBinding = binding;
    begins = true;
  }

  /// What was bound in this walk and is nobody's yet: whoever takes it answers for it.
  int takeBinding() {
    int taken = newBinding;
    newBinding = ConnectionBindings.NO_BINDING;
    return taken;
  }

  boolean isBinding() {
    return newBinding != ConnectionBindings.NO_BINDING;
  }

  int choice() {
    return newChoice != PacketContext.NO_CHOICE || connection == null
        ? newChoice
        : connection.choice(forward);
  }

  void choose(int choice) {
    newChoice = choice;
  }

  void chooseForAnswers(int choice) {
    newChoiceOfAnswers = choice;
  }

  /// Has the packet's connection remember what was chosen in this walk.
  void leaveChoices(Connection c) {
    if (newChoice != PacketContext.NO_CHOICE) {
      c.setChoice(forward, newChoice);
    }
    if (newChoiceOfAnswers != PacketContext.NO_CHOICE
        && c.choice(!forward) == PacketContext.NO_CHOICE) {
      c.setChoice(!forward, newChoiceOfAnswers);
    }
  }
}
