"""Stages that look at the sources: their format, includes, habits."""

import re
import shutil
import subprocess

from context import ROOT, Failure, digest, sources
from junit import FAILED, SKIPPED, Case

CLANG_TOOLS = 14  # what other versions say differs in places


def right_version(stage, name):
    """The program of the version that counts, or None; and the case that says which."""
    case = Case(stage, "tool", f"{name} {CLANG_TOOLS}")
    for candidate in (f"{name}-{CLANG_TOOLS}", name):
        path = shutil.which(candidate)
        if path:
            said = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
            found = re.search(r"version (\d+)", said)
            if found and int(found[1]) == CLANG_TOOLS:
                return path, case
    case.state, case.message = SKIPPED, f"{name} {CLANG_TOOLS} is not installed"
    return None, case


def clang_format(context):
    path, version = right_version("format", "clang-format")
    if path is None:
        return [version]
    files = [str(f.relative_to(ROOT)) for f in sources(".cpp", ".hpp")]
    output = context.run(path, "--dry-run", "-Werror", *files).stdout
    cases = [version]
    for file in files:
        wrong = [line for line in output.splitlines() if line.startswith(file + ":")]
        case = Case("format", "clang-format", file)
        if wrong:
            case.state, case.message, case.text = FAILED, f"clang-format -i {file}", wrong[0]
        cases.append(case)
    return cases


# --- rules of our own -----------------------------------------------------------------------------


def include_rule(context):
    report = context.results("includes")
    done = context.run("/usr/bin/python3", "tools/check_includes.py", "--junit", report)
    if not report.exists():
        raise Failure("tools/check_includes.py failed", done.stdout)
    return [report]


LINES = 400
SLAVE = re.compile(r"\b(slaves?|masters?)\b", re.IGNORECASE)
# Written in two parts, so that this file does not break its own rule.
MACHINE_PATHS = re.compile("(?<![\\w.~$}])/(" + "home|root|work|Users)/" + r"\w")
TEXT = (".cpp", ".hpp", ".py", ".sh", ".md", ".cmake", ".txt", ".json", ".pml", ".h", ".def",
        ".yml", ".svg", ".ts", ".c", ".S", ".ld", ".in", "")
CODE = (".cpp", ".hpp", ".py", ".sh", ".cmake", ".pml", ".h", ".ts", ".c", ".S")
# clang-tidy notices it only in a file that it reads by itself.
USING = re.compile(r"^ *(?:using (?:\w*::)+(\w+);|namespace (\w+) =)", re.M)
SPACED = (".md", ".svg")  # may show what programs print


def complaints_about(path, text):
    """(rule, complaint) for one file."""
    name = path.relative_to(ROOT).as_posix()
    lines = text.split("\n")
    if path.suffix in CODE and len(lines) - 1 > LINES:
        yield "length", f"{name} has {len(lines) - 1} lines, more than {LINES}"
    if text and not text.endswith("\n"):
        yield "ends", f"{name} does not end with a line's end"
    for number, line in enumerate(lines, 1):
        if path.suffix in CODE and path.suffix != ".py" and "\t" in line:
            yield "tabs", f"{name}:{number}: a tab"
        if line.endswith("\r") or (line.endswith(" ") and path.suffix not in SPACED):
            yield "ends", f"{name}:{number}: space at the end of the line"
        if MACHINE_PATHS.search(line):
            yield "paths", f"{name}:{number}: a path of one machine"
        if SLAVE.search(line) and name not in ("README.md", "tools/check/quality.py"):
            yield "words", f"{name}:{number}: say controller and target"


    for match in USING.finditer(text) if path.suffix == ".cpp" else ():
        used = match[1] or match[2]
        if len(re.findall(rf"\b{used}\b", text)) < 2:
            yield "using", f"{name}: {used} is declared and not used"


def hygiene(_context):
    rules = {rule: [] for rule in ("length", "ends", "tabs", "paths", "words", "using", "licence",
                                   "executable", "syntax")}
    for path in sources():
        if path.suffix not in TEXT:
            continue
        text = path.read_text(errors="replace")
        for rule, complaint in complaints_about(path, text):
            rules[rule].append(complaint)
        name = path.relative_to(ROOT).as_posix()
        if text.startswith("#!") != bool(path.stat().st_mode & 0o100):
            rules["executable"].append(f"{name}: '#!' and the executable bit go together")
        if text.startswith("#!/bin/bash") or path.suffix == ".sh":
            checked = subprocess.run(["bash", "-n", str(path)], capture_output=True, text=True)
            rules["syntax"] += [checked.stderr] if checked.returncode else []
        if path.suffix == ".py":
            try:
                compile(text, name, "exec")
            except SyntaxError as problem:
                rules["syntax"].append(f"{name}: {problem}")
    if "MIT License" not in (ROOT / "LICENSE").read_text():
        rules["licence"].append("LICENSE does not hold the MIT licence")
    readme = (ROOT / "README.md").read_text()
    if len(SLAVE.findall(readme)) != 1:
        rules["words"].append('README.md says "slave" once, so that searches find it; no more')
    return [Case("hygiene", "rule", rule, FAILED if said else "passed",
                 said[0] if said else "", "\n".join(said)) for rule, said in rules.items()]


def fingerprint():
    """{file of the repository: digest}"""
    return {path.relative_to(ROOT).as_posix(): digest(path.read_bytes()) for path in sources()}


def untouched(context):
    """What is checked is what was there at the start: no test and no document wrote into it."""
    now = fingerprint()
    changed = sorted(name for name in context.fingerprint.keys() | now.keys()
                     if context.fingerprint.get(name) != now.get(name))
    return [Case("untouched", "repository", "holds what it held", FAILED if changed else "passed",
                 "changed meanwhile: " + ", ".join(changed))]
