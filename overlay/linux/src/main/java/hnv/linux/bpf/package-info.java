// SPDX-License-Identifier: Apache-2.0

/// eBPF without libbpf: an assembler for small tc programs, the programs themselves, and the calls
/// that load and attach them.
package hnv.linux.bpf;
