// SPDX-License-Identifier: Apache-2.0

/// Capture files: pcap and pcapng, read and written.
package hnv.wire.capture;
