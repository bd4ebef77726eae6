// SPDX-License-Identifier: Apache-2.0

/// The C library by `java.lang.foreign`: the only place where a native function is called.
package hnv.linux.libc;
