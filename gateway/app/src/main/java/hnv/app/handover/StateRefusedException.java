// SPDX-License-Identifier: Apache-2.0
package hnv.app.handover;

/// What an earlier node left cannot be taken over. The message says why, in one line.
public final class StateRefusedException extends Exception {
  private static final long serialVersionUID = 1;

  public StateRefusedException(String why) {
    super(why);
  }
}
