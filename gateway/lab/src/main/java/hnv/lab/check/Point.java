// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

import hnv.lab.netns.Namespace;

/// A place to capture at.
///
/// @param name for a file's name
/// @param filter what is captured, in the language of pcap-filter(7); empty for all
record Point(String name, Namespace namespace, String device, String filter) {}
