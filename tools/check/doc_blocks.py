#!/usr/bin/python3
"""The code blocks of Markdown files that say that they run.

    ```sh run        with bash, stopping at the first error
    ```python run    with Python, under `picoctl run`, so that /dev/i2c-1 is the virtual bus
    ```cpp run       compiled against picoctl and run; without a main(), as the body of one
    ```text output   what the block before prints: a line of it each, `…` standing for anything
    ```python pico   MicroPython's: from here on it is what answers on the bus
    ```text console  what it has printed by now
    ```sh run virtual   from here on the virtual Pico answers again

    tools/check/doc_blocks.py FILE...    lists them
"""

import dataclasses
import pathlib
import re
import sys

LANGUAGES = ("sh", "python", "cpp")
FENCE = re.compile(r"^(\s*)(```+|~~~+)\s*(.*?)\s*$")


@dataclasses.dataclass
class Block:
    file: str
    line: int
    language: str
    text: str
    output: str = None  # what it prints, if the document says so
    console: str = None  # what the Pico has printed once it ran
    pico: str = None  # who is to answer on the bus: "virtual", or "micropython" with this program

    @property
    def name(self):
        return f"{self.file}:{self.line}"


def fences(markdown):
    """(line, words after the fence, text) of each fenced block."""
    opened = None
    for number, line in enumerate(markdown.splitlines(), 1):
        found = FENCE.match(line)
        if opened is None:
            if found:
                opened = (number, found[1], found[2], found[3].split(), [])
        elif found and found[2].startswith(opened[2]) and not found[3]:
            yield opened[0], opened[3], "".join(text + "\n" for text in opened[4])
            opened = None
        else:
            opened[4].append(line.removeprefix(opened[1]))
    if opened is not None:
        raise ValueError(f"line {opened[0]}: a block is not closed")


def block_of(file, line, words, text):
    if words[1] == "pico":
        return Block(file, line, words[0], text, pico="micropython")
    if words[0] not in LANGUAGES or words[2:] not in ([], ["virtual"]):
        raise ValueError(f"{file}:{line}: cannot run '{' '.join(words)}'")
    return Block(file, line, words[0], text, pico=words[2] if words[2:] else None)


def blocks_of(markdown, file):
    """The blocks to run, in order."""
    blocks = []
    before = None
    for line, words, text in fences(markdown):
        if words[1:2] == ["run"] or words[:2] == ["python", "pico"]:
            before = block_of(file, line, words, text)
            blocks.append(before)
            continue
        if words[0:1] == ["text"] and words[1:2] in (["output"], ["console"]):
            if before is None:
                raise ValueError(f"{file}:{line}: output of nothing: no block to run just before")
            setattr(before, words[1], text)
            if words[1] == "console":
                continue  # the output may be said as well
        before = None
    return blocks


def matches(expected, printed):
    """True if each expected line comes, in order, `…` within a line standing for anything."""
    lines = iter(printed.splitlines())
    for wanted in expected.splitlines():
        if wanted.strip() in ("…", "..."):
            continue
        pattern = re.compile(".*".join(re.escape(part) for part in wanted.rstrip().split("…")))
        if not any(pattern.fullmatch(line.rstrip()) for line in lines):
            return False
    return True


def whole_program(text):
    """C++ with a main(): its own, or one made around it."""
    if re.search(r"\bint main\(", text):
        return text
    lines = text.splitlines()
    includes = [line for line in lines if line.startswith("#include")]
    body = [line for line in lines if not line.startswith("#include")]
    return "\n".join(["#include <cstdio>", '#include "picoctl/controller/pico.hpp"', *includes,
                      "int main() {", *body, "}", ""])


def main():
    for file in sys.argv[1:]:
        for block in blocks_of(pathlib.Path(file).read_text(), file):
            print(f"{block.name}: {block.language}, {len(block.text.splitlines())} lines")


if __name__ == "__main__":
    main()
