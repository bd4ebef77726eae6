// SPDX-License-Identifier: Apache-2.0

/// What an operator is told of translations: a queue off the packet path, and messages of syslog
/// and IPFIX.
package hnv.nat.log;
