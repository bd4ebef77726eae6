// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.app.json.Json;
import java.util.function.Function;

/// Answers requests of the admin socket. Called by many threads.
final class AdminRequests implements Function<Json.Members, Json> {
  private final Node node;

  AdminRequests(Node node) {
    this.node = node;
  }

  @Override
  public Json apply(Json.Members request) {
    return AdminSocket.error("there is no request " + request.members().keySet() + " " + node);
  }
}
