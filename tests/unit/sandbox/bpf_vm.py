"""Pure. A machine for seccomp BPF programs: it refuses what the kernel refuses and runs the rest.

After kernel/seccomp.c (seccomp_check_filter) and net/core/filter.c (bpf_check_classic) of Linux.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

MAX_INSTRUCTIONS = 4096
SECCOMP_DATA = struct.Struct("<IIQ6Q")

LOAD, AND, JUMP, RETURN = 0x20, 0x54, 0x05, 0x06
BRANCHES = {
    0x15: lambda accumulator, operand: accumulator == operand,
    0x25: lambda accumulator, operand: accumulator > operand,
    0x35: lambda accumulator, operand: accumulator >= operand,
    0x45: lambda accumulator, operand: accumulator & operand != 0,
}


class Instruction(NamedTuple):
    code: int
    if_true: int
    if_false: int
    operand: int


class Call(NamedTuple):
    """What the kernel shows a filter: struct seccomp_data without the instruction pointer."""

    arch: int
    number: int
    args: tuple[int, ...] = ()

    def packed(self) -> bytes:
        return SECCOMP_DATA.pack(self.number, self.arch, 0, *(*self.args, *[0] * 6)[:6])


def load(program: bytes) -> tuple[Instruction, ...]:
    """Decode `program`; ValueError for anything that the kernel would not install."""
    if len(program) % 8 or not 0 < len(program) // 8 <= MAX_INSTRUCTIONS:
        raise ValueError(f"{len(program)} bytes are no program")
    code = tuple(Instruction(*fields) for fields in struct.iter_unpack("<HBBI", program))
    for place, instruction in enumerate(code):
        check(instruction, len(code) - place - 1)
    if code[-1].code != RETURN:
        raise ValueError("the program may run off its end")
    return code


def check(instruction: Instruction, following: int) -> None:
    match instruction.code:
        case code if code in BRANCHES:
            reach = max(instruction.if_true, instruction.if_false)
        case code if code == JUMP:
            reach = instruction.operand
        case code if code == LOAD:
            reach = -1
            if instruction.operand % 4 or instruction.operand >= SECCOMP_DATA.size:
                raise ValueError(f"a load outside of struct seccomp_data: {instruction}")
        case code if code in (AND, RETURN):
            reach = -1
        case _:
            raise ValueError(f"not allowed in a seccomp filter: {instruction}")
    if reach >= following:
        raise ValueError(f"a jump out of the program: {instruction}")


def run(code: tuple[Instruction, ...], call: Call) -> tuple[int, int]:
    """Return the verdict on `call` and how many instructions it took."""
    data, accumulator, place, steps = call.packed(), 0, 0, 0
    while True:
        steps += 1
        operation, if_true, if_false, operand = code[place]
        place += 1
        if operation == RETURN:
            return operand, steps
        if operation == LOAD:
            (accumulator,) = struct.unpack_from("<I", data, operand)
        elif operation == AND:
            accumulator &= operand
        elif operation == JUMP:
            place += operand
        else:
            place += if_true if BRANCHES[operation](accumulator, operand) else if_false
