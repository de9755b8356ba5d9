"""Flash, RAM and the deepest stack of images, and what their parts take.

The stack: what each function pushes and reserves, read from its instructions, and who calls whom. A
call through a pointer goes down picoctl's layers (dispatch, handlers, board, flash): it may reach any
function of a lower one whose address lies in the program's data. What follows a panic is left out, and
so is the chip's ROM. -fstack-usage, the compiler's own account, is compared where names agree.
"""
import pathlib
import re
import struct
import subprocess
import sys

from common import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import check_firmware  # noqa: E402

EXCEPTION_FRAME = 32 + 4  # eight registers, and padding to 8 bytes
PUSH = re.compile(r"\spush\s+\{(.+)\}")
RESERVE = re.compile(r"\ssub\s+sp, (?:sp, )?#(\d+)")
BIG_RESERVE = re.compile(r"\sadd\s+sp, r\d")
LITERAL = re.compile(r"\.word\s+0x(f[0-9a-f]{7})")
# The first that fits a function's plain name; a pointer called in one leads to a later one.
LAYERS = [re.compile(pattern) for pattern in (
    r"target::Core::(run|run_into|poll|handle|run_written_register)\(|run_batch|Commands::",
    r"detail::invoke|_FUN|main::\{lambda|register_written|target::Core::",
    r"PicoBoard", r"picoctl::")]
USERS_OWN = ("on_event",)  # a handler that a driver of the SDK was given
ENDS = ("panic", "hard_assertion_failure")


class Function:
    def __init__(self):
        self.frame, self.calls, self.by_pointer = 0, set(), False
        self.literals, self.big = [], False


def pushed(text):
    """Registers in {r4, r5-r7, lr}."""
    count = 0
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        count += int(last.lstrip("r")) - int(first.lstrip("r")) + 1 if last else 1
    return count


def functions(elf):
    """{name: Function}: who calls whom as check_firmware reads it, and what each one pushes."""
    text = check_firmware.disassembly(elf)
    calls = check_firmware.Calls(text)
    found, current = {name: Function() for name in calls.address}, None
    for line in text.splitlines():
        header = calls.FUNCTION.match(line)
        if header:
            current = found[header[2]]
        elif current is not None:
            read_instruction(current, line)
    for name, function in found.items():
        function.calls, function.by_pointer = calls.calls[name], name in calls.pointer_calls
        if function.big and function.literals:  # a frame beyond 508 bytes comes from a literal
            function.frame += max(function.literals)
    return found


def read_instruction(function, line):
    if match := PUSH.search(line):
        function.frame += 4 * pushed(match[1])
    elif match := RESERVE.search(line):
        function.frame += int(match[1])
    elif BIG_RESERVE.search(line):
        function.big = True
    elif match := LITERAL.search(line):
        function.literals.append((1 << 32) - int(match[1], 16))


def addressed(elf, program):
    """Names of functions whose address stands in the program's data."""
    starts = {}
    for symbol in elf.symbols():
        if symbol.is_function and symbol.name in program:
            starts[symbol.address | 1] = symbol.name
    found = set()
    for section in elf.loaded():
        if section.kind == check_firmware.Elf.NOBITS:
            continue
        data = elf.data[section.offset:section.offset + section.size // 4 * 4]
        found |= {starts[word] for (word,) in struct.iter_unpack("<I", data) if word in starts}
    return found


def layer(plain):
    return next((i for i, pattern in enumerate(LAYERS) if pattern.search(plain)), None)


def reachable(pointed):
    """A function that says where a call through a pointer may lead."""
    plain = check_firmware.demangled(sorted(pointed))
    layers = {name: layer(plain[name]) for name in pointed}

    def from_caller(name):
        own = layer(check_firmware.demangled([name])[name])
        if own is None:
            return {other for other in pointed if other in USERS_OWN}
        return {other for other, its in layers.items() if its is not None and its > own}
    return from_caller


def deepest(program, pointers, root):
    """Bytes of the deepest path from `root`, and the path."""
    memory, running = {}, set()

    def visit(name):
        if name in memory:
            return memory[name]
        function = program[name]
        below = {other for other in function.calls if other not in ENDS}
        if function.by_pointer:
            below |= pointers(name)
        best = (0, [])
        running.add(name)
        for other in sorted(below):
            if other in program and other not in running:
                best = max(best, visit(other), key=lambda found: found[0])
        running.discard(name)
        memory[name] = (function.frame + best[0], [name, *best[1]])
        return memory[name]

    return visit(root)


def stack(path):
    program = functions(path)
    pointers = reachable(addressed(check_firmware.Elf(path), program))
    interrupts = [name for name in program if re.search(r"on_interrupt|i2c_slave_irq_handler", name)]
    main = deepest(program, pointers, "main")
    handlers = [deepest(program, pointers, name) for name in interrupts]
    below = max(handlers, key=lambda found: found[0], default=(0, []))
    plain = check_firmware.demangled([*main[1], *below[1]])
    return {"main_bytes": main[0], "interrupt_bytes": EXCEPTION_FRAME + below[0],
            "worst_bytes": main[0] + EXCEPTION_FRAME + below[0],
            "main_path": [short(plain[name]) for name in main[1]],
            "interrupt_path": [short(plain[name]) for name in below[1]]}


def short(name):
    """A function's name without its parameters and template arguments."""
    while (plain := re.sub(r"<[^<>]*>", "", name)) != name:
        name = plain
    name = name.replace("(anonymous namespace)::", "").replace("picoctl::", "")
    return (name.split("(")[0].split() or [name])[-1]


def usage_disagrees(path, folder):
    """Functions for which the compiler's account says more than the instructions do."""
    program = functions(path)
    plain = check_firmware.demangled(list(program))
    frames = {}
    for name, function in program.items():
        frames.setdefault(plain[name], function.frame)
    wrong = []
    for file in pathlib.Path(folder).rglob("*.su"):
        for line in file.read_text().splitlines():
            where, size, _ = line.rsplit("\t", 2)
            name = where.split(":", 3)[3]
            if name in frames and int(size) > frames[name]:
                wrong.append((name, int(size), frames[name]))
    return wrong


def image(path):
    elf = check_firmware.Elf(path)
    flash, ram = check_firmware.sizes(elf)
    parts = {name: {"flash": row[0], "ram_data": row[1], "ram_code": row[2]}
             for name, row in check_firmware.parts(elf).items()}
    return {"flash_bytes": flash, "ram_bytes": ram, "parts": parts, "stack": stack(path)}


def library(folder):
    """The MicroPython library: its sources, and compiled for a Pico."""
    cross = ROOT / "build/micropython/mpy-cross"
    sources = sorted((ROOT / "micropython/picoctl").glob("*.py"))
    result = {"py_bytes": sum(source.stat().st_size for source in sources)}
    if cross.is_file():
        out = folder / "library.mpy"
        total = 0
        for source in sources:
            subprocess.run([cross, "-march=armv6m", "-o", out, source], check=True)
            total += out.stat().st_size
        result["mpy_bytes"] = total
    return result


def micropython(programs, heap):
    """Of programs in MicroPython: the image's flash, static RAM, and what they leave of the heap.
    `programs`: {name: "ELF+FLASH"}; `heap`: {name: {free, used}}, as the emulator's heap.js has it."""
    result = {}
    for name, subject in programs.items():
        flash, ram = check_firmware.sizes(check_firmware.Elf(pathlib.Path(subject.partition("+")[0])))
        result[name] = {"flash_bytes": flash, "ram_bytes": ram, "heap_free": heap[name]["free"],
                        "heap_used": heap[name]["used"]}
    return result
