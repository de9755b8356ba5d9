"""Stages that try the code and its tests hard: fuzzing, mutants, branch coverage."""

import json
import re
import subprocess
import zlib

import builds
from context import ROOT, Failure, tool
from junit import FAILED, Case
from proofs import PYTHON, verdict


def report_of(done, report, what):
    """Prints what a script said of each of its trials; its JUnit file."""
    if not report.exists():
        raise Failure(f"{what} came to no result", done.stdout)
    print("  " + done.stdout.strip().replace("\n", "\n  "))
    return report


# --- fuzzing --------------------------------------------------------------------------------------

LED_BY_COVERAGE = ("frame", "target", "i2c", "description", "controller", "server")


def fuzz(context):
    """A fixed number of inputs each. The command line's program is led by coverage only in a deep run:
    to build all of the command for it takes as long as everything else here."""
    names = (*LED_BY_COVERAGE, "words") if context.deep else LED_BY_COVERAGE
    runs = [(builds.build(context, "fuzz", *(f"{name}_fuzz" for name in names)), names)]
    if not context.deep:
        runs.append((builds.build(context, "clang"), ("words",)))
    reports = []
    for folder, programs in runs:
        report = context.results(f"fuzz-{folder.name}")
        done = context.run(PYTHON, "tests/fuzz/run.py", "--build", folder, "--junit", report,
                           "--jobs", context.jobs, *(f"--only={name}" for name in programs),
                           *(["--deep"] if context.deep else []), timeout=4 * 3600)
        reports.append(report_of(done, report, "fuzzing"))
    return reports


# --- mutants --------------------------------------------------------------------------------------

MUTANT_SECONDS = 75  # none begins later; one takes a few seconds


def sources_seed():
    """Chooses among the mutants: another choice for each commit, the same one for the same."""
    head = subprocess.run(["git", "-c", "safe.directory=*", "rev-parse", "HEAD"], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    return zlib.crc32(head.stdout.encode()) % 10_000


def mutants(context):
    """That all of them apply; in a deep run all of them, else as many as there is time for."""
    folder = builds.build(context, "clang")
    limit = [] if context.deep else ["--seconds", MUTANT_SECONDS, "--seed", sources_seed()]
    report = context.results("mutants")
    done = context.run(PYTHON, "tests/mutants/run.py", "--build", folder, "--junit", report,
                       "--jobs", context.jobs, *limit, timeout=2 * 3600)
    return [report_of(done, report, "the trial of the mutants")]


# --- branches -------------------------------------------------------------------------------------

COVERED_BY = ("link_test", "target_test", "vectors_test", "controller_caller_test")


def branches(context, folder):
    """{file: (branches, of these never taken)} of link/ and target/, from the tests just run."""
    profile = folder / "tests.profdata"
    context.must(tool("llvm-profdata-14", "llvm-profdata"), "merge", "-sparse", "-o", profile,
                 *sorted(folder.glob("*.profraw")))
    first, *others = (folder / "tests" / name for name in COVERED_BY)
    said = context.must(tool("llvm-cov-14", "llvm-cov"), "export", "-summary-only",
                        f"-instr-profile={profile}", first, *(f"-object={other}" for other in others),
                        ROOT / "link", ROOT / "target")
    rows = {}
    # Its warnings stand beside the JSON: a function that two programs compiled unlike each other.
    counted, _ = json.JSONDecoder().raw_decode(said.stdout, said.stdout.index('{"data"'))
    for file in counted["data"][0]["files"]:
        name = file["filename"].removeprefix(f"{ROOT}/")
        count = file["summary"]["branches"]
        if re.match(r"(link|target)/", name) and not re.search(r"_test|testing|_rig|_model", name):
            rows[name] = (count["count"], count["notcovered"])
    return rows


def coverage(context):
    """How many branches of link/ and target/ their tests take. llvm-cov show names the others."""
    folder = builds.build(context, "coverage", *(f"tests/{name}" for name in COVERED_BY))
    for old in folder.glob("*.profraw"):
        old.unlink()
    cases = []
    for name in COVERED_BY:
        done = context.run(folder / "tests" / name, "--gtest_brief=1", timeout=900,
                           env=context.environment(LLVM_PROFILE_FILE=folder / f"{name}.profraw"))
        cases.append(verdict("coverage", "program", name, done))
    rows = branches(context, folder)
    total, missed = (sum(row[i] for row in rows.values()) for i in (0, 1))
    for name, (count, never) in sorted(rows.items()):
        if never:
            print(f"  {name}: {never} of {count} branches never taken")
    print(f"  link/ and target/: {total - missed} of {total} branches taken")
    there = Case("coverage", "branches", "are counted")
    if not total:
        there.state, there.message = FAILED, "llvm-cov counted none"
    return [*cases, there]
