// SPDX-License-Identifier: Apache-2.0

/// eBPF without libbpf: an assembler for small tc programs and the programs themselves, a reader of
/// object files for large ones, maps, and the calls that load and attach.
package hnv.linux.bpf;
