"""Stages that run what was built: the model, whole programs, examples, the demo, and the errors."""

import contextlib
import os
import pathlib
import re
import subprocess
import time

import builds
from context import ROOT, Failure
from junit import FAILED, PASSED, Case

PYTHON = "/usr/bin/python3"  # Debian's: its packages are there


def model(context):
    report = context.results("model")
    done = context.run(PYTHON, "tests/model/run.py", "--junit", report, "--jobs", context.jobs,
                       "--brief", timeout=1500)
    if not report.exists():
        raise Failure("the model was not searched", done.stdout)
    return [report]


def pytest(context, stage, *folders, at_once=None, suffix="", **environment):
    """Runs pytest on each folder, as many tests at once as there are jobs; the reports."""
    at_once = context.jobs if at_once is None else at_once
    reports = []
    for folder in folders:
        report = context.results(folder.replace("/", "-") + suffix)
        done = context.run(PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rs", folder,
                           f"-n{at_once}", f"--rootdir={ROOT}", f"--junitxml={report}", "-o", "junit_family=xunit2",
                           "-o", f"junit_suite_name={stage}", timeout=1500,
                           env=context.environment(**environment))
        if not report.exists():
            raise Failure(f"pytest {folder} did not come to its end", done.stdout)
        if done.returncode == 5:
            raise Failure(f"there are no tests in {folder}", done.stdout)
        reports.append(report)
    return reports


def system(context):
    folder = builds.build(context, "clang")
    package = builds.build(context, "gcc") / "python"
    return pytest(context, "system", "cli/tests", "virtual/tests", "tests/system",
                  PICOCTL_BUILD=folder, PICOCTL_PYTHON=package,
                  PICOCTL_SWEEP=package.parent / "tests/sweep")


def python(context):
    package = builds.build(context, "gcc") / "python"
    return pytest(context, "python", "python/tests", PYTHONPATH=package)


def build_micropython(context):
    """Its unix port with a target on the virtual bus: build/micropython/micropython."""
    def make():
        made = context.run("micropython/unix/build", "-j", context.jobs)
        if made.returncode != 0:
            raise Failure("MicroPython was not built", made.stdout)
    context.once("build micropython", make)


def micropython(context):
    """The Pico's side in MicroPython: its own tests, and the system tests against it."""
    build_micropython(context)
    folder = builds.build(context, "clang")
    package = builds.build(context, "gcc") / "python"
    reports = pytest(context, "micropython", "micropython/tests", "tests/system",
                     PICOCTL_BUILD=folder, PICOCTL_PYTHON=package, PICOCTL_PICO="micropython",
                     PICOCTL_SWEEP=package.parent / "tests/sweep")
    figures = context.run(PYTHON, "micropython/figures.py")
    print("  " + figures.stdout.strip().replace("\n", "\n  "))
    return [verdict("micropython", "figures", "are printed", figures), *reports]


def tools(context):
    return pytest(context, "tools", "tools", "bench")


def vectors(context):
    done = context.run(PYTHON, "tests/vectors/generate.py", "--check")
    return [verdict("vectors", "generate", "the files are what the second implementation writes",
                    done)]


def verdict(stage, classname, name, done):
    case = Case(stage, classname, name)
    if done.returncode != 0:
        case.state, case.message, case.text = FAILED, f"exit code {done.returncode}", done.stdout
    return case


def examples(context):
    folder = builds.build(context, "clang")
    package = builds.build(context, "gcc") / "python"
    done = context.run(PYTHON, "examples/run_examples.py", "--build", folder, "--python", package,
                       timeout=900)
    cases = []
    for line, rest in re.findall(r"^((?:ok|failed) +\S+)\n((?:  .*\n)*)", done.stdout, re.M):
        state, name = line.split()
        cases.append(Case("examples", "program", name, PASSED if state == "ok" else FAILED,
                          rest.strip().partition("\n")[0], rest))
    if not cases or (done.returncode != 0 and all(c.state == PASSED for c in cases)):
        raise Failure("examples/run_examples.py failed", done.stdout)
    return cases


# --- the demo -------------------------------------------------------------------------------------

LAST_LINE = re.compile(r"^demo: (\d+) commands sent, (\d+) ran once, 0 lost$")


def left_running(session):
    """Processes that still belong to a session."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] not in "ZX":
                found.append(stat.parent.name)
    return found


def demo(context):
    """The demo as a person runs it, and what it promises: its last line, and nothing left behind."""
    context.must("./demo", "--no-install", timeout=900)  # builds it
    log = context.scratch / "demo.txt"
    start = time.monotonic()
    with log.open("w") as output:
        process = subprocess.Popen(["./demo", "--no-install"], cwd=ROOT, stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
                                   env=context.environment())
        try:
            code = process.wait(timeout=300)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()
            code = "none within 300 s"
    seconds = time.monotonic() - start
    text = log.read_text()
    context.note(["./demo", "--no-install"], text)
    last = LAST_LINE.match((text.splitlines() or [""])[-1])
    rules = {
        "exits with 0": code == 0,
        "its last line balances": bool(last) and last[1] == last[2] != "0",
        "leaves nothing running": not left_running(process.pid),
        "is plain text without a terminal": "\x1b" not in text,
    }
    return [Case("demo", "demo", name, PASSED if holds else FAILED, f"exit code {code}",
                 "" if holds else text, seconds) for name, holds in rules.items()]


# --- every error is provoked ----------------------------------------------------------------------

ROW = re.compile(r"^PICOCTL_ERROR\(0x[0-9A-F]{2}, (\w+),", re.M)


def errors(context):
    rows = ROW.findall((ROOT / "link/include/picoctl/link/error.def").read_text())
    if not rows:
        raise Failure("error.def has no rows")
    provoked = {}
    for case in context.cases:
        if case.state == PASSED:
            for name in case.provokes:
                provoked.setdefault(name, case.id)
    cases = [Case("errors", "provoked", row, PASSED if row in provoked else FAILED,
                  f"no passing test provokes {row}") for row in rows]
    cases += [Case("errors", "unknown", name, FAILED, f"{where} provokes {name}, and there is none")
              for name, where in sorted(provoked.items()) if name not in rows]
    return cases


# --- figures --------------------------------------------------------------------------------------


def bench(context):
    """That everything can be measured, and that the page says what its run measured."""
    folder = builds.build(context, "gcc")
    done = context.run("bench/run", "--short", "--build", folder, timeout=900)
    print("  " + done.stdout.strip().replace("\n", "\n  "))
    fresh = context.run(PYTHON, "bench/document.py", "--check")
    return [verdict("bench", "figures", "are printed", done),
            verdict("bench", "docs/PERFORMANCE.md", "is what its run measured", fresh)]


def firmware(context):
    done = context.run("./firmware", "--yes", timeout=1200)
    for line in done.stdout.splitlines():
        if re.search(r"flash|RAM|slots", line):
            print("  " + line)
    cases = [verdict("firmware", "images", "both are built and fit", done)]
    for name in ("picoctl-pico.uf2", "picoctl-pico2.uf2"):
        there = (ROOT / "build/firmware" / name).is_file()
        cases.append(Case("firmware", "images", name, PASSED if there else FAILED,
                          f"there is no build/firmware/{name}"))
    return cases
