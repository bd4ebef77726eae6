// SPDX-License-Identifier: Apache-2.0
package hnv.linux.bpf;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Writes an eBPF program instruction by instruction, with labels for jump targets (RFC 9669). For
/// programs that fit on a page; each method is one instruction unless it says otherwise.
///
///     63            32 31     16 15  12 11   8 7      0
///     |   immediate   |  offset | src  | dst  | opcode |
///
/// Not thread-safe; used once.
public final class Assembler {
  // Specification: RFC 9669 §4 and §5.
  private static final int ALU64 = 0x07;
  private static final int ALU64_REGISTER = 0x0F;
  private static final int ADD = 0x00;
  private static final int OR = 0x40;
  private static final int AND = 0x50;
  private static final int SHIFT_LEFT = 0x60;
  private static final int SHIFT_RIGHT = 0x70;
  private static final int EXCLUSIVE_OR = 0xA0;
  private static final int MOVE = 0xB0;
  private static final int JUMP = 0x05;
  private static final int JUMP32 = 0x06;
  private static final int EQUAL = 0x10;
  private static final int GREATER = 0x20;
  private static final int BITS_SET = 0x40;
  private static final int NOT_EQUAL = 0x50;
  private static final int LESS = 0xA0;
  private static final int CALL = 0x85;
  private static final int EXIT = 0x95;
  private static final int LOAD = 0x61;
  private static final int STORE_IMMEDIATE = 0x62;
  private static final int STORE = 0x63;
  private static final int ATOMIC_64 = 0xDB;
  private static final int LOAD_64_BIT_IMMEDIATE = 0x18;
  private static final int TO_BIG_ENDIAN = 0xDC;
  private static final int PSEUDO_MAP_FD = 1;

  /// Width of a load or store.
  public enum Width {
    U32(0x00),
    U16(0x08),
    U8(0x10),
    U64(0x18);

    private final int bits;

    Width(int bits) {
      this.bits = bits;
    }
  }

  /// Instructions at most: the limit for programs of unprivileged origin, far above what is meant
  /// to be written by hand.
  public static final int MAX_INSTRUCTIONS = 4096;

  private record Jump(int at, String label) {}

  private final List<Long> code = new ArrayList<>();
  private final Map<String, Integer> labels = new HashMap<>();
  private final List<Jump> jumps = new ArrayList<>();

  /// An empty program.
  public Assembler() {}

  private Assembler emit(int opcode, Register to, Register from, int offset, int immediate) {
    return emit(opcode, to, from.number(), offset, immediate);
  }

  private Assembler emit(int opcode, Register to, int from, int offset, int immediate) {
    if (offset != (short) offset) {
      throw new IllegalArgumentException("offset beyond 16 bits: " + offset);
    }
    code.add(
        (opcode & 0xFFL)
            | (long) to.number() << 8
            | (long) from << 12
            | (offset & 0xFFFFL) << 16
            | (long) immediate << 32);
    return this;
  }

  private Assembler emit(int opcode, Register to, int immediate) {
    return emit(opcode, to, 0, 0, immediate);
  }

  private Assembler jump(int opcode, Register left, int right, int immediate, String label) {
    jumps.add(new Jump(code.size(), label));
    return emit(opcode, left, right, 0, immediate);
  }

  /// Names the place of the next instruction.
  public Assembler label(String name) {
    if (labels.put(name, code.size()) != null) {
      throw new IllegalArgumentException("label twice: " + name);
    }
    return this;
  }

  public Assembler move(Register to, int value) {
    return emit(ALU64 | MOVE, to, value);
  }

  public Assembler move(Register to, Register from) {
    return emit(ALU64_REGISTER | MOVE, to, from, 0, 0);
  }

  public Assembler add(Register to, int value) {
    return emit(ALU64 | ADD, to, value);
  }

  public Assembler add(Register to, Register value) {
    return emit(ALU64_REGISTER | ADD, to, value, 0, 0);
  }

  public Assembler and(Register to, int value) {
    return emit(ALU64 | AND, to, value);
  }

  public Assembler or(Register to, Register value) {
    return emit(ALU64_REGISTER | OR, to, value, 0, 0);
  }

  public Assembler exclusiveOr(Register to, Register value) {
    return emit(ALU64_REGISTER | EXCLUSIVE_OR, to, value, 0, 0);
  }

  public Assembler shiftLeft(Register to, int bits) {
    return emit(ALU64 | SHIFT_LEFT, to, bits);
  }

  public Assembler shiftRight(Register to, int bits) {
    return emit(ALU64 | SHIFT_RIGHT, to, bits);
  }

  /// Turns a 16-bit number between network order and the machine's; clears the upper bits.
  public Assembler networkOrder16(Register to) {
    return emit(TO_BIG_ENDIAN, to, 16);
  }

  /// `to = *(from + offset)`, zero-extended.
  public Assembler load(Width width, Register to, Register from, int offset) {
    return emit(LOAD | width.bits, to, from, offset, 0);
  }

  /// `*(to + offset) = from`.
  public Assembler store(Width width, Register to, int offset, Register from) {
    return emit(STORE | width.bits, to, from, offset, 0);
  }

  /// `*(to + offset) = value`.
  public Assembler store(Width width, Register to, int offset, int value) {
    return emit(STORE_IMMEDIATE | width.bits, to, 0, offset, value);
  }

  /// Adds 64 bits at `*(to + offset)` in one step, whichever CPUs do so at once.
  public Assembler atomicAdd(Register to, int offset, Register value) {
    return emit(ATOMIC_64, to, value, offset, ADD);
  }

  public Assembler jump(String label) {
    return jump(JUMP, Register.R0, 0, 0, label);
  }

  public Assembler jumpIfEqual(Register left, int right, String label) {
    return jump(JUMP32 | EQUAL, left, 0, right, label);
  }

  public Assembler jumpIfNotEqual(Register left, int right, String label) {
    return jump(JUMP32 | NOT_EQUAL, left, 0, right, label);
  }

  /// Compares all 64 bits: for results of helpers that are pointers or negative numbers.
  public Assembler jumpIfZero64(Register left, String label) {
    return jump(JUMP | EQUAL, left, 0, 0, label);
  }

  /// Compares all 64 bits.
  public Assembler jumpIfNotZero64(Register left, String label) {
    return jump(JUMP | NOT_EQUAL, left, 0, 0, label);
  }

  public Assembler jumpIfLess(Register left, int right, String label) {
    return jump(JUMP32 | LESS, left, 0, right, label);
  }

  public Assembler jumpIfGreater(Register left, int right, String label) {
    return jump(JUMP32 | GREATER, left, 0, right, label);
  }

  public Assembler jumpIfAnyBit(Register left, int bits, String label) {
    return jump(JUMP32 | BITS_SET, left, 0, bits, label);
  }

  /// Address of a map. Two instructions.
  public Assembler loadMap(Register to, BpfMap map) {
    emit(LOAD_64_BIT_IMMEDIATE, to, PSEUDO_MAP_FD, 0, map.fd());
    return emit(0, Register.R0, 0);
  }

  /// Calls a helper function of the kernel; R1…R5 are arguments and undefined afterwards.
  public Assembler call(KernelFunction function) {
    return emit(CALL, Register.R0, function.number());
  }

  public Assembler exit() {
    return emit(EXIT, Register.R0, 0);
  }

  /// Ends the program with this result. Two instructions.
  public Assembler exit(int result) {
    return move(Register.R0, result).exit();
  }

  /// The machine code.
  ///
  /// @throws IllegalStateException where a label is missing, a jump goes backwards (the programs
  ///     here have no loops), or the program is too long: bugs of the author
  public long[] assemble() {
    if (code.size() > MAX_INSTRUCTIONS) {
      throw new IllegalStateException("more than " + MAX_INSTRUCTIONS + " instructions");
    }
    long[] result = code.stream().mapToLong(Long::longValue).toArray();
    for (Jump jump : jumps) {
      Integer target = labels.get(jump.label);
      if (target == null || target <= jump.at) {
        throw new IllegalStateException("label missing or behind its jump: " + jump.label);
      }
      result[jump.at] |= (target - jump.at - 1 & 0xFFFFL) << 16;
    }
    return result;
  }
}
