#!/usr/bin/python3
"""Who may include whom (docs/ARCHITECTURE.md, "Who may include whom").

    tools/check_includes.py [--junit FILE]

Of each folder's sources: which other folders' headers they include, and how. A header is another's
business only through `#include "picoctl/FOLDER/name.hpp"`; what lies directly in a folder is private
to it.
"""

import argparse
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAY = {
    "link": {"link"},
    "socket": {"socket"},
    "commands": {"commands", "link"},
    "target": {"target", "commands", "link"},
    "pico": {"pico", "target", "commands", "link"},
    "virtual": {"virtual", "target", "commands", "link", "socket"},
    "controller": {"controller", "link", "commands", "socket"},
    "cli": {"cli", "controller"},
    "python": {"python", "controller"},
}
# Public headers give their users what they include themselves; the faces' sources may name it.
THROUGH = {"cli": {"link", "commands"}, "python": {"link"}}
# Tests of one end may use the other end, or a bus between them.
TESTS_MAY = {"controller": {"virtual", "target"}, "target": {"virtual"}}
SUFFIXES = (".cpp", ".hpp", ".h", ".c")
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def is_test(path):
    return "test" in path.stem or "tests" in path.parts


def allowed(folder, path):
    may = MAY[folder] | THROUGH.get(folder, set())
    return may | TESTS_MAY.get(folder, set()) if is_test(path) else may


def public(folder, root):
    return root / folder / "include" / "picoctl" / folder


def complaint(path, bracket, name, root):
    """What is wrong with one #include, or None."""
    folder = path.relative_to(root).parts[0]
    parts = pathlib.PurePosixPath(name).parts
    if parts[0] == "picoctl":
        if bracket == "<":
            return f'write "{name}", not <{name}>'
        if len(parts) < 3 or parts[1] not in MAY:
            return f"{name} is no public header"
        if not (root / parts[1] / "include" / name).exists():
            return f"{name} does not exist"
        if parts[1] not in allowed(folder, path.relative_to(root)):
            return f"{folder} must not include {parts[1]} ({name})"
        return None
    if bracket == '"':
        return private_complaint(path, folder, name, root)
    if parts[0] in MAY and (root / name).exists():
        return f"<{name}> is a private header of {parts[0]}"
    return None


def private_complaint(path, folder, name, root):
    for base in (path.parent, root / folder, root / "tests" if is_test(path) else path.parent):
        target = (base / name).resolve()
        if target.exists():
            inside = target.relative_to(root).parts if target.is_relative_to(root) else ("", )
            if inside[0] in MAY and inside[0] != folder:
                return f"{name} is a private header of {inside[0]}"
            if inside[0] == folder and target.is_relative_to(root / folder / "include"):
                return f"{name}: a public header is included by its public name"
            return None
    if name.split("/")[0] in MAY and (root / name).exists() and name.split("/")[0] != folder:
        return f"{name} is a private header of {name.split('/')[0]}"
    return None  # a library's


def complaints(folder, root=ROOT):
    found = []
    for path in sorted((root / folder).rglob("*")):
        if path.suffix not in SUFFIXES:
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            include = INCLUDE.match(line)
            said = include and complaint(path, include[1], include[2], root)
            if said:
                found.append(f"{path.relative_to(root)}:{number}: {said}")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--junit", type=pathlib.Path)
    options = parser.parse_args()
    suite = ElementTree.Element("testsuite", name="includes")
    wrong = 0
    for folder in MAY:
        case = ElementTree.SubElement(suite, "testcase", classname="folder", name=folder)
        found = complaints(folder)
        if not (ROOT / folder).is_dir():
            found = [f"there is no folder {folder}"]
        if found:
            wrong += len(found)
            ElementTree.SubElement(case, "failure", message=found[0]).text = "\n".join(found)
            print("\n".join(found), file=sys.stderr)
    if options.junit:
        ElementTree.ElementTree(suite).write(options.junit, encoding="utf-8", xml_declaration=True)
    print(f"{len(MAY)} folders, {wrong} includes that break the rule")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
