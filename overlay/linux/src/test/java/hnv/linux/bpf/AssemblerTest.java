// SPDX-License-Identifier: Apache-2.0
package hnv.linux.bpf;

import static hnv.linux.bpf.Register.FP;
import static hnv.linux.bpf.Register.R0;
import static hnv.linux.bpf.Register.R1;
import static hnv.linux.bpf.Register.R2;
import static hnv.linux.bpf.Register.R6;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import hnv.linux.bpf.Assembler.Width;
import org.junit.jupiter.api.Test;

/// Against encodings worked out from RFC 9669's figures: immediate, offset, source, destination,
/// opcode.
final class AssemblerTest {
  private static long only(Assembler program) {
    long[] code = program.assemble();
    assertEquals(1, code.length);
    return code[0];
  }

  @Test
  void encodesMoves() {
    assertEquals(0x0000_0002_0000_00B7L, only(new Assembler().move(R0, 2)));
    assertEquals(0xFFFF_FFFF_0000_00B7L, only(new Assembler().move(R0, -1)));
    assertEquals(0x0000_0000_0000_16BFL, only(new Assembler().move(R6, R1)));
  }

  @Test
  void encodesArithmetic() {
    assertEquals(0x0000_000E_0000_0207L, only(new Assembler().add(R2, 14)));
    assertEquals(0x0000_0000_0000_120FL, only(new Assembler().add(R2, R1)));
    assertEquals(0x0000_000F_0000_0257L, only(new Assembler().and(R2, 15)));
    assertEquals(0x0000_0002_0000_0267L, only(new Assembler().shiftLeft(R2, 2)));
    assertEquals(0x0000_0000_0000_12AFL, only(new Assembler().exclusiveOr(R2, R1)));
    assertEquals(0x0000_0010_0000_02DCL, only(new Assembler().networkOrder16(R2)));
  }

  @Test
  void encodesLoadsAndStores() {
    assertEquals(0x0000_0000_0024_1261L, only(new Assembler().load(Width.U32, R2, R1, 36)));
    assertEquals(0x0000_0000_FFBE_A269L, only(new Assembler().load(Width.U16, R2, FP, -66)));
    assertEquals(0x0000_0000_FFC0_A271L, only(new Assembler().load(Width.U8, R2, FP, -64)));
    assertEquals(0x0000_0000_FFE4_2A63L, only(new Assembler().store(Width.U32, FP, -28, R2)));
    assertEquals(0x0000_0000_0008_20DBL, only(new Assembler().atomicAdd(R0, 8, R2)));
    assertEquals(0x0000_0000_FFD8_0A7AL, only(new Assembler().store(Width.U64, FP, -40, 0)));
  }

  @Test
  void countsJumpsFromTheNextInstruction() {
    long[] code =
        new Assembler()
            .jumpIfEqual(R2, 7, "end")
            .move(R0, 1)
            .move(R0, 2)
            .label("end")
            .exit()
            .assemble();
    assertArrayEquals(
        new long[] {0x0000_0007_0002_0216L, 0x0000_0001_0000_00B7L, 0x0000_0002_0000_00B7L, 0x95L},
        code);
  }

  @Test
  void encodesCallsByNumber() {
    assertEquals(0x0000_0017_0000_0085L, only(new Assembler().call(KernelFunction.REDIRECT)));
  }

  @Test
  void refusesAMissingLabel() {
    Assembler program = new Assembler().jump("nowhere").exit(0);
    assertThrows(IllegalStateException.class, program::assemble);
  }

  @Test
  void refusesABackwardJump() {
    Assembler program = new Assembler().label("top").move(R0, 0).jump("top").exit();
    assertThrows(IllegalStateException.class, program::assemble);
  }

  @Test
  void refusesALabelTwice() {
    Assembler program = new Assembler().label("here");
    assertThrows(IllegalArgumentException.class, () -> program.label("here"));
  }

  @Test
  void refusesTooManyInstructions() {
    Assembler program = new Assembler();
    for (int i = 0; i <= Assembler.MAX_INSTRUCTIONS; i++) {
      program.exit();
    }
    assertThrows(IllegalStateException.class, program::assemble);
  }
}
