"""Everything that must hold before a change goes in. ./check starts this."""

import argparse
import json
import os
import resource
import shutil
import signal
import sys
import time
import traceback

import builds
import docs
import emulated
import faults
import junit
import module
import pip_install
import proofs
import quality
import tidy
import trials
from context import CHECK, ROOT, Context, Failure
from junit import FAILED, PASSED, SKIPPED, Case

# Name, what it proves, and the function: it returns cases, or paths of JUnit files with them.
# The quick ones first; each builds what it needs and nobody has built yet.
STAGES = [
    ("format", "the sources are formatted", quality.clang_format),
    ("includes", "who may include whom", quality.include_rule),
    ("hygiene", "file length, spelling of terms, paths, licence", quality.hygiene),
    ("tools", "the tools' own tests", proofs.tools),
    ("vectors", "the golden vectors are fresh", proofs.vectors),
    ("build-clang", "compiles with clang, AddressSanitizer and UBSan", builds.stage("clang")),
    ("unit", "unit tests, with the sanitizers", builds.unit),
    ("build-gcc", "compiles with gcc, optimised", builds.stage("gcc")),
    ("faults", "every fault at every place: nothing lost, nothing run twice", faults.faults),
    ("python", "the Python package", proofs.python),
    ("pip", "pip install . without a network, by an ordinary user", pip_install.pip),
    ("system", "whole programs, unmodified clients, faults, with the sanitizers", proofs.system),
    ("micropython", "the Pico's side in MicroPython, by its own tests and the system tests",
     proofs.micropython),
    ("examples", "the examples do what they say", proofs.examples),
    ("docs", "the blocks and links of the documents", docs.docs),
    ("generated", "the generated documents are fresh", docs.generated),
    ("embedded", "the Pico's side without heap, exceptions and output", builds.embedded),
    ("negative", "what must not compile does not, and says why", builds.negative_compile),
    ("tidy", "clang-tidy has nothing to say", tidy.clang_tidy),
    ("install", "installed, it serves other projects", builds.install),
    ("model", "the session rules, searched; each one is needed", proofs.model),
    ("fuzz", "hostile input to every parser, a fixed number of tries", trials.fuzz),
    ("mutants", "broken on purpose, some test notices", trials.mutants),
    ("coverage", "which branches of link/ and target/ the tests take (only with --deep)",
     trials.coverage),
    ("firmware", "images for the Pico and the Pico 2", proofs.firmware),
    ("emulator", "the same images on an emulated chip pass the system tests", emulated.emulator),
    ("module", "MicroPython with the link in C++: its images and what runs on them", module.module),
    ("bench", "the benchmarks print figures", proofs.bench),
    ("demo", "./demo keeps its promises", proofs.demo),
    ("picture", "the README's picture is fresh", docs.picture),
    ("untouched", "the checks changed no source", quality.untouched),
    ("errors", "every error is provoked by a test that passed", proofs.errors),
]

ONLY_DEEP = {"coverage"}  # unless it is named


def options_from(arguments):
    parser = argparse.ArgumentParser(prog="./check", description=__doc__.splitlines()[0])
    parser.add_argument("--stage", action="append", metavar="NAME", default=[],
                        choices=[name for name, _, _ in STAGES], help="only this one; repeatable")
    parser.add_argument("--list", action="store_true", help="name the stages")
    parser.add_argument("--deep", action="store_true", help="longer random tests, all mutants")
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    parser.add_argument("-j", dest="jobs", type=int, default=os.cpu_count() or 2,
                        help="how much at once (%(default)s)")
    parser.add_argument("--yes", action="store_true", help="install missing packages, do not ask")
    parser.add_argument("--no-install", action="store_true", help="install nothing")
    return parser.parse_args(arguments)


def cases_of(context, name, function):
    """The cases of one stage, whatever happens in it."""
    try:
        cases = []
        for item in function(context):
            cases += [item] if isinstance(item, Case) else junit.read(item, name)
        return cases or [Case(name, "stage", "runs", FAILED, "it held no test at all")]
    except Failure as problem:
        return [Case(name, "stage", "runs", FAILED, str(problem), problem.text)]
    except Exception as problem:  # a mistake of ours must not hide the other stages
        return [Case(name, "stage", "runs", FAILED, repr(problem), traceback.format_exc())]


def cpu_seconds():
    """Of all processes that were started and have ended, and of this one."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def show(name, seconds, cpu, cases, log):
    count = {state: sum(c.state == state for c in cases) for state in (PASSED, FAILED, SKIPPED)}
    extra = "".join(f", {count[state]} {state}" for state in (FAILED, SKIPPED) if count[state])
    print(f"{name:12}{seconds:7.1f} s {cpu:7.1f} s of CPU  {count[PASSED]} passed{extra}", flush=True)
    for case in cases:
        if case.state == FAILED:
            print(f"  FAILED {case.id}\n    {case.message}")
            lines = case.text.strip().splitlines()
            for line in lines[-60:]:
                print(f"    | {line}")
            if len(lines) > 60:
                print(f"    (the last 60 of {len(lines)} lines; all: {log.relative_to(ROOT)})")
        elif case.state == SKIPPED:
            print(f"  skipped {case.id}: {case.message}")
    return {"stage": name, "seconds": round(seconds, 1), "cpu_seconds": round(cpu, 1), **count}


def earlier_cases(running):
    """What stages that do not run now said last time: for `--stage errors`."""
    path = CHECK / "results.xml"
    if not path.exists():
        return []
    return [c for c in junit.read_all(path) if c.stage not in running | {"skips"}]


def run_stages(context, chosen, skips):
    rows = []
    for name, _, function in chosen:
        context.stage = name
        start, cpu = time.monotonic(), cpu_seconds()
        cases = cases_of(context, name, function)
        junit.judge_skips(cases, skips)
        context.cases += cases
        junit.write(CHECK / "results" / f"{name}.xml", cases)
        rows.append(show(name, time.monotonic() - start, cpu_seconds() - cpu, cases, context.log))
    return rows


def main():
    options = options_from(sys.argv[1:])
    # In the background of a shell Ctrl-C is ignored, also by whatever is started from here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if options.list:
        for name, about, _ in STAGES:
            print(f"{name:12}{about}")
        return 0
    report = sys.stdout
    if options.json:
        sys.stdout = sys.stderr
    chosen = [stage for stage in STAGES if stage[0] in options.stage or
              (not options.stage and (options.deep or stage[0] not in ONLY_DEEP))]
    running = {name for name, _, _ in chosen}
    skips = junit.read_skips(ROOT / "tests/SKIPS")
    for folder in ("results", "reports", "logs"):
        if not options.stage:
            shutil.rmtree(CHECK / folder, ignore_errors=True)
        (CHECK / folder).mkdir(parents=True, exist_ok=True)
    context = Context(options.jobs, options.deep, quality.fingerprint())
    try:
        earlier = earlier_cases(running) if options.stage else []
        context.cases += earlier
        start = time.monotonic()
        rows = run_stages(context, chosen, skips)
        stale = junit.stale_skips(skips, context.cases, running)
        context.cases += [Case("skips", "tests/SKIPS", name, FAILED, "it names no test")
                          for name in stale]
        for name in stale:
            print(f"  FAILED tests/SKIPS names {name}, and there is no such test")
        junit.write(CHECK / "results.xml", context.cases)
    finally:
        context.close()
    running.add("skips")
    states = [c.state for c in junit.read_all(CHECK / "results.xml") if c.stage in running]
    count = {state: states.count(state) for state in (PASSED, FAILED, SKIPPED)}
    print(f"{'all':12}{time.monotonic() - start:7.1f} s {cpu_seconds():7.1f} s of CPU")
    if options.json:
        json.dump({**count, "stages": rows}, report, indent=2)
        report.write("\n")
    else:
        print(f"{count[PASSED]} passed, {count[FAILED]} failed, {count[SKIPPED]} skipped")
    return 1 if count[FAILED] else 0


if __name__ == "__main__":
    sys.exit(main())
