#!/usr/bin/python3
"""Compiles what must not compile, and looks whether the compiler says why.

Each .cpp beside this file begins with `// refused: TEXT`, where the compiler's message has to hold
TEXT (`refused[gcc]`, `refused[clang]` where they differ), or with `// compiles`, the control.

    tests/negative_compile/run.py [--compiler g++]... [--junit FILE]
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ET

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FOLDERS = ("link", "commands", "target")
MARK = re.compile(r"^// (?:(compiles)$|refused(?:\[(\w+)\])?: (.+)$)")


def expectation(source, family):
    """None if the file must compile, else the text that the refusal has to hold."""
    for line in source.read_text().splitlines():
        found = MARK.match(line)
        if not found:
            break
        if found[1]:
            return None
        if found[2] in (None, family):
            return found[3]
    raise SystemExit(f"{source.name}: says neither 'compiles' nor 'refused' for {family}")


def compile_one(compiler, source):
    command = [compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
               *(f"-I{ROOT / folder / 'include'}" for folder in FOLDERS), str(source)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120,
                          env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"})


def verdict(compiler, source):
    """None if all is well, else what is wrong."""
    wanted = expectation(source, "clang" if "clang" in compiler else "gcc")
    result = compile_one(compiler, source)
    if wanted is None:
        return None if result.returncode == 0 else "does not compile:\n" + result.stderr
    if result.returncode == 0:
        return "compiles, and must not"
    if wanted not in result.stderr:
        return f"is refused without saying '{wanted}':\n" + result.stderr
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--compiler", action="append")
    parser.add_argument("--junit", type=pathlib.Path)
    options = parser.parse_args()
    suite = ET.Element("testsuite", name="negative_compile")
    failed = 0
    sources = sorted(HERE.glob("*.cpp"))
    for compiler in options.compiler or ["g++", "clang++-14"]:
        if not shutil.which(compiler):
            raise SystemExit(f"no {compiler} on this machine")
        for source in sources:
            start = time.monotonic()
            wrong = verdict(compiler, source)
            case = ET.SubElement(suite, "testcase", name=source.stem,
                                 classname=f"negative_compile.{pathlib.Path(compiler).name}",
                                 time=f"{time.monotonic() - start:.3f}")
            if wrong:
                failed += 1
                ET.SubElement(case, "failure", message=wrong.splitlines()[0]).text = wrong
                print(f"{compiler}: {source.name} {wrong}", file=sys.stderr)
    if options.junit:
        options.junit.parent.mkdir(parents=True, exist_ok=True)
        ET.ElementTree(suite).write(options.junit, encoding="utf-8", xml_declaration=True)
    print(f"{len(suite)} compiled, {failed} not as they should")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
