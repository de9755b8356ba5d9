#!/usr/bin/python3
"""Says what a firmware image costs, and proves what picoctl promises of it.

    tools/check_firmware.py picoctl-pico.elf [--max-flash 24576] [--max-ram 4096]

Promised, and checked here in the linked program:
  - no heap, no printf, no exceptions: no symbol of theirs is in it;
  - the link's interrupt runs from RAM alone: of it, of every other function that picoctl has in
    RAM, and of what they can reach by direct calls, none lies in flash, none takes the address of
    anything in flash, none calls through a pointer. (That they follow no pointer to flash that
    they find in RAM cannot be seen here: target/flash_test.cpp proves it.)
Needs objdump for Arm (package binutils-arm-none-eabi) for the second.
"""

import argparse
import re
import struct
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

FLASH = range(0x1000_0000, 0x1100_0000)
XIP = range(0x1000_0000, 0x2000_0000)  # flash once more, uncached, and what controls it
RAM = range(0x2000_0000, 0x2010_0000)
RESERVED = {".heap", ".stack_dummy", ".stack1_dummy"}  # room for the stack, and none for a heap

FORBIDDEN = [
    (r"_?(malloc|calloc|realloc|free)(_r)?|_?_?sbrk(_r)?|pvPortMalloc", "the heap"),
    (r"_Z(nw|na|dl|da)[A-Za-z0-9_]*", "operator new or delete"),
    (r"(weak_raw_)?v?(s|sn|f|i|si|sni|fi)?printf(_r)?|_printf_float|puts|putchar", "printf"),
    (r"__cxa_(throw|rethrow|begin_catch|allocate_exception)|__gxx_personality.*|_Unwind_.*",
     "exceptions"),
]
INTERRUPT = r"on_interrupt"
OURS = r"^_Z.*7picoctl"

# How the sizes are told apart for the reader, by a symbol's demangled name; the first that fits.
PARTS = [
    ("target memory (sessions, buffers, registers)", r"\(anonymous namespace\)::(the_)?target$|^target$"),
    ("interrupt path", r"on_interrupt|handle_older|RegisterFace|RegisterBank|I2cPort|I2cTarget"),
    ("link", r"picoctl::(?!target::|pico::|system::|gpio::|led::|\(anon)"),
    ("commands", r"picoctl::(system|gpio|led)::|::commands$|detail::invoke"),
    ("target", r"picoctl::target::"),
    ("pico", r"picoctl::pico::|\(anonymous namespace\)::(board|i2c_address|board_name)"),
    ("pico-sdk and libraries", r""),
]


@dataclass
class Section:
    name: str
    kind: int
    flags: int
    address: int
    offset: int
    size: int
    link: int


@dataclass
class Symbol:
    name: str
    address: int
    size: int
    is_function: bool


class Elf:
    """As much of a 32-bit little-endian ELF file as is needed."""

    NOBITS, SYMTAB, ALLOC, FUNCTION = 8, 2, 2, 2

    def __init__(self, path):
        self.data = Path(path).read_bytes()
        if self.data[:6] != b"\x7fELF\x01\x01":
            raise ValueError(f"{path} is no 32-bit little-endian ELF file")
        start, = struct.unpack_from("<I", self.data, 32)
        size, count, names = struct.unpack_from("<3H", self.data, 46)
        raw = [struct.unpack_from("<10I", self.data, start + i * size) for i in range(count)]
        name_at = raw[names][4]
        self.sections = [Section(self.text(name_at + r[0]), r[1], r[2], *r[3:7]) for r in raw]

    def text(self, at):
        return self.data[at:self.data.index(b"\0", at)].decode()

    def loaded(self):
        """Sections that take up room in the chip."""
        return [s for s in self.sections if s.flags & self.ALLOC and s.size]

    def symbols(self):
        for table in (s for s in self.sections if s.kind == self.SYMTAB):
            names = self.sections[table.link].offset
            for at in range(table.offset, table.offset + table.size, 16):
                name, value, size, info, _, section = struct.unpack_from("<3I2BH", self.data, at)
                if section and info & 15 in (0, 1, 2):
                    is_function = info & 15 == self.FUNCTION
                    address = value & ~1 if is_function else value
                    yield Symbol(self.text(names + name), address, size, is_function)


def sizes(elf):
    """Bytes of flash and of static RAM (code copied to RAM included)."""
    flash = ram = 0
    for section in elf.loaded():
        has_bytes = section.kind != Elf.NOBITS
        if section.address in FLASH:
            flash += section.size
        elif section.address in RAM and section.name not in RESERVED:
            ram += section.size
            flash += section.size if has_bytes else 0  # its first contents
    return flash, ram


def forbidden(elf):
    """What must not be in the image, as (symbol, reason)."""
    found = []
    for symbol in elf.symbols():
        for pattern, reason in FORBIDDEN:
            if re.fullmatch(pattern, symbol.name):
                found.append((symbol.name, reason))
    return sorted(set(found))


def demangled(names):
    try:
        done = subprocess.run(["c++filt"], input="\n".join(names), capture_output=True, text=True,
                              check=True)
        return dict(zip(names, done.stdout.split("\n")))
    except (OSError, subprocess.CalledProcessError):
        return {name: name for name in names}


def parts(elf):
    """{part: [flash, ram data, ram code]} by symbol; what no symbol covers goes to the last."""
    in_ram_with_bytes = [s for s in elf.loaded() if s.address in RAM and s.kind != Elf.NOBITS]
    seen, symbols = set(), []
    for symbol in elf.symbols():
        if symbol.size and symbol.address not in seen:
            seen.add(symbol.address)
            symbols.append(symbol)
    plain = demangled([s.name for s in symbols])
    table = {name: [0, 0, 0] for name, _ in PARTS}
    for symbol in symbols:
        row = table[next(n for n, p in PARTS if re.search(p, plain[symbol.name]))]
        if symbol.address in FLASH:
            row[0] += symbol.size
        elif symbol.address in RAM:
            row[2 if symbol.is_function else 1] += symbol.size
            if any(s.address <= symbol.address < s.address + s.size for s in in_ram_with_bytes):
                row[0] += symbol.size
    flash, ram = sizes(elf)
    last = table[PARTS[-1][0]]
    last[0] += flash - sum(row[0] for row in table.values())
    last[1] += ram - sum(row[1] + row[2] for row in table.values())
    return table


def disassembly(elf_path):
    done = subprocess.run(["arm-none-eabi-objdump", "-d", "--no-show-raw-insn", str(elf_path)],
                          capture_output=True, text=True, check=True)
    return done.stdout


class Calls:
    """Who calls whom, and who names an address in flash, read from a disassembly."""

    FUNCTION = re.compile(r"^([0-9a-f]{8}) <(.+)>:$")
    BRANCH = re.compile(r"\sb(?:l|[a-z]{2})?(?:\.[nw])?\s+(?:0x)?[0-9a-f]+ <([^>+]+)(?:\+0x[0-9a-f]+)?>")
    BY_POINTER = re.compile(r"\sblx\s+(?:r\d+|ip|sl|fp)|\sldr(?:\.w)?\s+pc,|\smov\s+pc,")
    JUMP = re.compile(r"\sbx\s+(r\d+|ip|sl|fp)")
    POP = re.compile(r"\spop\s+\{.*\b(r\d+)\}")
    WORD = re.compile(r"\.word\s+0x([0-9a-f]{8})")
    MOVT = re.compile(r"\smovt\s+\w+, #(\d+)")
    # Addresses with few bits set are made without a word: "movs r3, #128; lsls r3, r3, #21".
    MOV = re.compile(r"\smov(?:s|w|\.w)\s+(\w+), #(\d+)")
    SHIFT = re.compile(r"\slsls(?:\.w)?\s+(\w+), (\w+), #(\d+)")
    FIRST_OPERAND = re.compile(r":\s+\S+\s+(\w+)")

    def __init__(self, text):
        self.address, self.calls = {}, defaultdict(set)
        self.pointer_calls, self.flash_words = set(), defaultdict(set)
        name, popped, constants = None, None, {}
        for line in text.splitlines():
            head = self.FUNCTION.match(line)
            if head:
                name, popped, constants = head[2], None, {}
                self.address[name] = int(head[1], 16)
            elif name:
                pop = self.POP.search(line)
                popped = pop[1] if pop else popped
                self.read(name, line, popped)
                self.flash_words[name].update(self.made(line, constants))

    def read(self, name, line, popped):
        branch = self.BRANCH.search(line)
        if branch and branch[1] != name:
            self.calls[name].add(branch[1])
        jump = self.JUMP.search(line)
        # Thumb-1 returns by "pop {r3}; bx r3".
        if self.BY_POINTER.search(line) or (jump and jump[1] != popped):
            self.pointer_calls.add(name)
        words = [int(word, 16) for word in self.WORD.findall(line)]
        words += [int(high) << 16 for high in self.MOVT.findall(line)]
        self.flash_words[name].update(word for word in words if word in XIP)

    def made(self, line, constants):
        """Addresses in flash that this line makes; `constants` is what the registers hold."""
        move, shift = self.MOV.search(line), self.SHIFT.search(line)
        if move:
            constants[move[1]] = int(move[2])
        elif shift and shift[2] in constants:
            constants[shift[1]] = constants[shift[2]] << int(shift[3]) & 0xFFFF_FFFF
        else:
            other = self.FIRST_OPERAND.search(line)
            constants.pop(other[1] if other else None, None)
            return []
        return [value for value in [constants[(move or shift)[1]]] if value in XIP]

    def reachable(self, start):
        """{function: the one that calls it}, from `start`."""
        caller, todo = {start: None}, [start]
        while todo:
            name = todo.pop()
            for callee in sorted(self.calls[name]):
                if callee not in caller:
                    caller[callee] = name
                    todo.append(callee)
        return caller


def interrupt_faults(calls):
    """What keeps the link's interrupt from running while flash cannot be read."""
    ours = [name for name in calls.address
            if calls.address[name] in RAM and re.search(OURS, name)]
    starts = [name for name in ours if re.search(INTERRUPT, name)]
    if not starts:
        return ["the link's interrupt handler is not in RAM (no function " + INTERRUPT + " there)"]
    faults, seen = [], set()
    for start in starts + ours:
        for name, caller in calls.reachable(start).items():
            if name in seen:
                continue
            seen.add(name)
            where = f"{name}, called by {caller}," if caller else f"{name}"
            if calls.address.get(name) not in RAM:
                faults.append(f"{where} lies in flash")
                continue
            if name in calls.pointer_calls:
                faults.append(f"{where} calls through a pointer or jumps to flash")
            for word in sorted(calls.flash_words[name]):
                faults.append(f"{where} uses flash at 0x{word:08x}")
    return faults


def report(path, elf):
    flash, ram = sizes(elf)
    print(f"{path.name}: flash {flash} bytes, static RAM {ram} bytes")
    print(f"  {'':46}{'flash':>7}{'data':>7}{'code in RAM':>13}")
    for name, row in parts(elf).items():
        print(f"  {name:46}{row[0]:7}{row[1]:7}{row[2]:13}")
    return flash, ram


def check(path, max_flash, max_ram, allow_libraries):
    """Prints the sizes; returns the faults."""
    elf = Elf(path)
    flash, ram = report(path, elf)
    faults = []
    if not allow_libraries:
        faults += [f"{name} is in it, of {reason}" for name, reason in forbidden(elf)]
    faults += interrupt_faults(Calls(disassembly(path)))
    if max_flash and flash > max_flash:
        faults.append(f"flash: {flash} bytes, allowed are {max_flash}")
    if max_ram and ram > max_ram:
        faults.append(f"static RAM: {ram} bytes, allowed are {max_ram}")
    return faults


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("elf", type=Path, nargs="+")
    parser.add_argument("--max-flash", type=int, default=0, help="bytes; 0: no limit")
    parser.add_argument("--max-ram", type=int, default=0, help="bytes; 0: no limit")
    parser.add_argument("--allow-libraries", action="store_true",
                        help="a user's program: heap, printf and exceptions are its own affair")
    args = parser.parse_args(arguments)
    bad = False
    for path in args.elf:
        try:
            faults = check(path, args.max_flash, args.max_ram, args.allow_libraries)
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            sys.exit(f"check_firmware.py: {error}")
        for fault in faults:
            print(f"  FAULT: {fault}")
        bad = bad or bool(faults)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
