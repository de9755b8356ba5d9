#!/usr/bin/python3
"""Writes the parts of the documentation that follow from the code.

    docs/generate.py                 write them
    docs/generate.py --check         say whether they are what would be written; exit 1 if not
    docs/generate.py --no-commands   without docs/COMMANDS.md, which needs a built picoctl

    docs/ERRORS.md            from link/include/picoctl/link/error.def and error_table.hpp
    docs/COMMANDS.md          from the virtual Pico's own description (picoctl info --json)
    docs/PROTOCOL.md          its worked example, with the wire's second implementation in
                              tests/vectors/generate.py, which has golden vectors in common with C++
    README.md                 its lines for the Pico, from examples/pico-cpp/main.cpp; so in
                              docs/HOW-TWO-PROCESSORS-TALK.md
    docs/pictures/wiring.svg  from docs/pictures/wiring.py
"""

import argparse
import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

DOCS = pathlib.Path(__file__).resolve().parent
ROOT = DOCS.parent
TUTORIAL = DOCS / "HOW-TWO-PROCESSORS-TALK.md"
LINK = ROOT / "link/include/picoctl/link"
NOTE = "<!-- Written by docs/generate.py from {source}. Do not edit: change that, and run it. -->\n"


def load(path):
    """A Python file of this repository as a module, wherever it lies."""
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem + "_of_docs", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.path.pop(0)
    return module


def cell(text):
    return text.replace("|", "\\|")


def table(columns, rows):
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


# --- errors ---------------------------------------------------------------------------------------

ROW = re.compile(r'PICOCTL_ERROR\(\s*(0x[0-9A-Fa-f]{2}),\s*(\w+),\s*(\w+),\s*((?:"(?:[^"\\]|\\.)*"\s*,?\s*)+)\)')
STRINGS = re.compile(r'("(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*)')


def literal(source):
    """Adjacent C string literals as one string."""
    return "".join(json.loads(part) for part in re.findall(r'"(?:[^"\\]|\\.)*"', source))


def read_errors(text):
    """[(heading, [(code, id, exit class, what, cause, cure)])], in the order of the file."""
    groups = []
    for block in re.split(r"\n\s*\n", text):
        comment = re.match(r"// (.*)", block)
        rows = []
        for code, name, exit_class, strings in ROW.findall(block):
            texts = [literal(part) for part in STRINGS.findall(strings)]
            if len(texts) != 3:
                raise SystemExit(f"docs/generate.py: error.def: row {name} has {len(texts)} texts")
            rows.append((code, name, exit_class, *texts))
        if rows:
            groups.append((comment.group(1) if comment else "", rows))
    found = sum(len(rows) for _, rows in groups)
    said = len(re.findall(r"^PICOCTL_ERROR\(", text, re.MULTILINE))
    if found != said or found == 0:
        raise SystemExit(f"docs/generate.py: error.def holds {said} rows, {found} were understood")
    return groups


def read_exit_classes(text):
    body = re.search(r"enum class ExitClass[^{]*\{(.*?)\};", text, re.DOTALL).group(1)
    return re.findall(r"(\w+) = (\d+),(?:\s*//\s*(.*))?", body)


def errors_page():
    groups = read_errors((LINK / "error.def").read_text())
    classes = read_exit_classes((LINK / "error_table.hpp").read_text())
    code_of = {name: code for name, code, _ in classes}
    parts = [
        "# Errors\n",
        NOTE.format(source="link/include/picoctl/link/error.def"),
        "Every error says three things: what happened, the likely cause, and what to do next. The\n"
        "command, the C++ library and the Pico share this one table. `picoctl errors` prints it, and errors\n"
        "under `--json` carry the name.\n\n"
        "## Exit codes\n",
        table(("exit code", "class", "meaning"),
              [(code, f"`{name}`", meaning or "it worked") for name, code, meaning in classes]),
        "With 3, 1 and 2 nothing is left in doubt. With 4 the command ran once or not at all: look at\n"
        "what it acts on before you send it again.\n",
    ]
    for heading, rows in groups:
        parts.append(f"## {heading.rstrip('.')}\n")
        parts.append(
            table(("code", "name", "exit", "what happened", "likely cause", "what to do"),
                  [(code, f"`{name}`", code_of[exit_class], cell(what), cell(cause), cell(cure))
                   for code, name, exit_class, what, cause, cure in rows]))
    parts.append("Codes below 0x80 come from the Pico and never change their meaning. Codes 0x60-0x7F are\n"
                 "free for the commands of your own program. Codes from 0x80 on arise on the Pi.\n")
    return "\n".join(parts)


# --- commands -------------------------------------------------------------------------------------


def virtual_pico_info(picoctl):
    """What `picoctl info --json` says of a fresh virtual Pico."""
    if not picoctl.exists():
        raise SystemExit(f"docs/generate.py: there is no {picoctl}: build first, or give --picoctl "
                         "PATH or --no-commands")
    with tempfile.TemporaryDirectory(prefix="picoctl-docs-") as folder:
        environment = dict(os.environ, XDG_RUNTIME_DIR=folder, XDG_CACHE_HOME=folder)
        environment.pop("PICOCTL_BUS", None)
        path = f"{folder}/bus.sock"
        server = subprocess.Popen([str(picoctl), "virtual", "--listen", path], env=environment,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True)
        try:
            server.stdout.readline()  # it says so once it listens
            answer = subprocess.run([str(picoctl), "--bus", f"virtual:{path}", "info", "--json"],
                                    env=environment, capture_output=True, text=True, timeout=20,
                                    check=True)
        finally:
            server.terminate()
            server.wait(timeout=10)
        return json.loads(answer.stdout)


VIRTUAL_ONLY = ("light", "wait", "hang")  # the virtual Pico's own program, for tests and the demo
ADDED = {"failsafe": "A part that programs on the Pico add (`examples/pico-failsafe`); the virtual Pico has it.\n"}


def words_of(fields):
    return " ".join(f"{field['name']}:{field['type']}" + (f"[{field['unit']}]" if field["unit"] else "")
                    for field in fields)


def command_row(command):
    words = f"{command['name']} {words_of(command['arguments'])}".strip()
    if command["reply"]:
        words += " -> " + words_of(command["reply"])
    time = "" if command["max_time_ms"] == 1000 else f" May take {command['max_time_ms']} ms."
    return str(command["number"]), f"`{cell(words)}`", cell(command["help"]) + time


def commands_page(info):
    modules = {}
    for command in info["commands"]:
        name = command["name"]
        module = "own" if name in VIRTUAL_ONLY else name.split(".")[0]
        modules.setdefault(module, []).append(command_row(command))
    own = modules.pop("own", [])
    parts = [
        "# Commands\n",
        NOTE.format(source="what the virtual Pico says of itself"),
        "A Pico describes itself, so `picoctl info` is the truth for the Pico at hand. These are the\n"
        "commands of the default image and of the virtual Pico. Types: [PROTOCOL.md](PROTOCOL.md#values).\n",
    ]
    for module, rows in modules.items():
        parts += [f"## {module}\n", *filter(None, [ADDED.get(module)]), table(("number", "command", ""), rows)]
    if own:
        parts += ["## Only on the virtual Pico\n", table(("number", "command", ""), own)]
    rows = [(f"0x{one['number']:02x}", f"`{one['name']}:{one['type']}`", cell(one["help"]))
            for one in info["registers"]]
    parts += ["## Plain registers\n",
              "For `picoctl get` and `set`, i2c-tools and smbus2. They are outside the CRC.\n",
              table(("number", "register", ""), rows)]
    return "\n".join(parts)


# --- the README's lines for the Pico --------------------------------------------------------------


def between(text, name, block):
    mark = re.compile(rf"<!-- {name}[^>]*-->\n.*?<!-- /{name} -->", re.DOTALL)
    if not mark.search(text):
        raise SystemExit(f"docs/generate.py: a page has lost the marks of '{name}'")
    made = f"<!-- {name}: written by docs/generate.py -->\n{block}<!-- /{name} -->"
    return mark.sub(lambda _: made, text)


def with_pico_program(path):
    program = (ROOT / "examples/pico-cpp/main.cpp").read_text()
    program = re.sub(r"\A(//[^\n]*\n)+", "", program)  # its opening words; the README has its own
    return between(path.read_text(), "pico-cpp", f"```cpp\n{program}```\n")


# --- the worked example ---------------------------------------------------------------------------

ADDRESS, NONCE, LED = 0x41, 0xDEADBEEF, 14


def hex_of(data):
    return " ".join(f"{byte:02X}" for byte in data)


def sequence(byte):
    return f"SEQ: slot {byte >> 5}, number {byte & 31}"


def request_rows(frame, command, payload, key):
    return [(bytes([ADDRESS << 1]), "address, write"), (frame[:1], "register REQUEST"),
            (frame[1:2], sequence(frame[1])), (frame[2:3], f"LEN: {frame[2]} bytes of payload"),
            (frame[3:4], f"CMD: {command}"), (frame[4:-2], payload), (frame[-2:], f"CRC under {key}")]


def answer_rows(answer, state, payload, key):
    rows = [(bytes([ADDRESS << 1 | 1]), "address, read"), (answer[:1], f"HDR: {state}"),
            (answer[1:2], sequence(answer[1])), (answer[2:3], f"LEN: {answer[2]}"),
            (answer[3:4], "EPOCH: low byte of the boot id"), (answer[4:6], f"CRC under {key}")]
    if len(answer) > 6:
        rows += [(answer[6:-2], payload), (answer[-2:], f"CRC under {key}")]
    return rows


def exchange(title, request, answer):
    rows = request_rows(*request) + [(b"", "*repeated START*")] + answer_rows(*answer)
    shown = [(f"`{hex_of(data)}`" if data else "", what) for data, what in rows]
    return f"{title}\n\n" + table(("bytes", "meaning"), shown)


def example():
    wire = load(ROOT / "tests/vectors/generate.py")
    vectors = json.loads((ROOT / "tests/vectors/identity.json").read_text())
    who = vectors["cases"][0]["identity"]
    boot, open_key = who["boot_id"], wire.PUBLIC_KEY
    key = wire.session_key(who, NONCE, ADDRESS)
    public, mine = "the public key", f"the session's key 0x{key:04X}"

    def asked(slot, number, command, payload, of=key):
        return wire.request(ADDRESS, of, slot, number, command, payload)

    def answered(state, slot, number, payload=b"", of=key):
        return wire.answer(ADDRESS, of, state, slot, number, boot & 255, False, payload)

    nonce = NONCE.to_bytes(4, "little")
    hello = asked(7, 0, 1, nonce + (400).to_bytes(2, "little"), open_key)
    opened = answered("done", 7, 0, nonce + b"\0\0\0\1" + boot.to_bytes(4, "little") + b"\0\0", open_key)
    light, wrong_light = asked(0, 1, LED, b"\1\1"), asked(0, 2, LED, b"\x09\1")
    done, refused = answered("done", 0, 1), answered("failed", 0, 2, b"\x40lights are 0 to 3")
    bad_frame = answered("bad_frame", 7, 0, b"", open_key)
    bits = 1 + 9 * (1 + len(light)) + 1 + 9 * (1 + len(done)) + 1
    damaged = bytearray(light)
    damaged[5] ^= 1
    who_bytes = wire.identity(ADDRESS, who)
    return "\n".join([
        f"A Pico at 0x{ADDRESS:02X} with boot id 0x{boot:08X}, unique id {who['unique_id']} and the description\n"
        f"hash 0x{who['description']:08X} (made up). These bytes are computed by `docs/generate.py`.\n",
        f"**Who is there?** Write `{ADDRESS << 1:02X} 80`, repeated START, read `{ADDRESS << 1 | 1:02X}` and 32 bytes:\n",
        f"```\n{hex_of(who_bytes[:16])}\n{hex_of(who_bytes[16:])}\n```\n",
        exchange(f"**Open a session** with the nonce 0x{NONCE:08X}, on a bus of 400 kHz:",
                 (hello, "HELLO", "nonce; 400 kHz", public),
                 (opened, "DONE", "nonce; open, slot 0, last 0, fresh; boot id; wait 0", public)),
        f"Both ends now compute the session's key: 0x{key:04X}.\n",
        exchange(f"**`led 1 on`** (command {LED} where the modules are system, gpio and led), {bits} bits in all:",
                 (light, "led", "n = 1; on = 1", mine), (done, "DONE", "", mine)),
        "If that answer is lost, the controller sends the same bytes again. The Pico shows the same answer\n"
        "again and runs nothing.\n",
        f"**One bit flipped on its way**: `{hex_of(light)}` arrives as `{hex_of(damaged)}`. The Pico\n"
        f"answers in the public slot, `{hex_of(bad_frame)}` (BAD_FRAME), and nothing has changed.\n",
        exchange("**`led 9 on`**, which the handler refuses:",
                 (wrong_light, "led", "n = 9; on = 1", mine),
                 (refused, "FAILED", "error 0x40, `bad_value`; then the text \"lights are 0 to 3\"", mine)),
    ])


def protocol_page():
    return between((DOCS / "PROTOCOL.md").read_text(), "example", example())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if stale")
    parser.add_argument("--no-commands", action="store_true", help="leave docs/COMMANDS.md alone")
    build = pathlib.Path(os.environ.get("PICOCTL_BUILD", ROOT / "build"))
    parser.add_argument("--picoctl", type=pathlib.Path, default=build / "bin/picoctl",
                        help="the program to ask (PICOCTL_BUILD names another build directory)")
    options = parser.parse_args()

    pages = {
        DOCS / "ERRORS.md": errors_page(),
        DOCS / "PROTOCOL.md": protocol_page(),
        ROOT / "README.md": with_pico_program(ROOT / "README.md"),
        TUTORIAL: with_pico_program(TUTORIAL),
        DOCS / "pictures/wiring.svg": load(DOCS / "pictures/wiring.py").svg(),
    }
    if not options.no_commands:
        pages[DOCS / "COMMANDS.md"] = commands_page(virtual_pico_info(options.picoctl))
    stale = [path for path, text in pages.items() if not path.exists() or path.read_text() != text]
    names = ", ".join(str(path.relative_to(ROOT)) for path in stale)
    if options.check:
        print(f"docs: stale: {names}; run docs/generate.py" if stale else
              f"docs: {len(pages)} generated files are up to date")
        return 1 if stale else 0
    for path in stale:
        path.write_text(pages[path])
    print(f"docs: written: {names or 'nothing, all was up to date'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
