"""Where the fuzzing programs begin: corpus/NAME.txt, and what the golden vectors hold.

A line of corpus/NAME.txt is one input, as hexadecimal digits or as "text" with Python's escapes;
# begins a comment.
"""

import ast
import json
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
VECTORS = HERE.parent / "vectors"


def lines_of(name):
    path = HERE / "corpus" / f"{name}.txt"
    if not path.exists():
        return []
    lines = [line.strip() for line in path.read_text().splitlines()]
    return [ast.literal_eval("b" + line) if line.startswith('"') else bytes.fromhex(line)
            for line in lines if line and not line.startswith("#")]


def vectors(name):
    return json.loads((VECTORS / f"{name}.json").read_text())


def all_bytes(value):
    """Every "bytes" in a file of vectors."""
    if isinstance(value, dict):
        own = [bytes.fromhex(value["bytes"])] if isinstance(value.get("bytes"), str) else []
        return own + [data for item in value.values() for data in all_bytes(item)]
    if isinstance(value, list):
        return [data for item in value for data in all_bytes(item)]
    return []


def frame():
    """The first byte says which decoder; bit 6: the check is made right; bit 7: the public key."""
    for case in vectors("request")["cases"]:
        yield bytes([0x80 if case["key"] == 0xFFFF else 0x40]) + bytes.fromhex(case["bytes"])
    for case in vectors("answer")["cases"]:
        yield bytes([0x81 if case["key"] == 0xFFFF else 0x41]) + bytes.fromhex(case["bytes"])
    for kind, name in ((2, "batch"), (3, "codec"), (4, "identity"), (4, "session")):
        for data in all_bytes(vectors(name)):
            yield bytes([kind]) + data


def description():
    lines = [row["line"].encode() for row in vectors("description")["lines"]]
    yield b"\n".join(lines) + b"\n\0"
    for line in lines:
        yield line + b"\0\x01\x02\x03\x041\x02on\x03low"


def server():
    """A hello, and then each message of the socket's own vectors, whole."""
    rows = json.loads((HERE.parent.parent / "socket/vectors.json").read_text())
    for row in [*rows["valid"], *rows["malformed"]]:
        data = bytes.fromhex(row["hex"])[:300]
        yield b"\x02\x05" + len(data).to_bytes(2, "big") + data
    # A register is written and read byte by byte: seize, START, write, repeated START, read, its ninth bit, STOP.
    steps = ((1, 0), (2, 0xA0), (3, 7), (3, 0x42), (2, 0xA1), (4, 0), (5, 1), (4, 0), (5, 0), (6, 0))
    data = b"".join(bytes((12, 0, 0, 0, 9, tag, 0, 0, 0, *step, 255, 0, 0, 0, 0)) for tag, step in enumerate(steps))
    yield b"\x02\x05" + len(data).to_bytes(2, "big") + data


MADE = {"frame": frame, "description": description, "server": server}


def write(name, folder):
    """Puts all seeds of a program into a new folder; how many."""
    folder.mkdir()
    seeds = [*lines_of(name), *(MADE[name]() if name in MADE else ())]
    for index, data in enumerate(seeds):
        (folder / f"{index:04}").write_bytes(data)
    return len(seeds)
