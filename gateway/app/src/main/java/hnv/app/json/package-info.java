// SPDX-License-Identifier: Apache-2.0

/// JSON for what the program itself says and asks: reports, the node's configuration, the admin
/// socket.
package hnv.app.json;
