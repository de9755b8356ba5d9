"""The stage of the sweep: every fault at every place, and the page that says so is fresh."""

import json
import re

import builds
from context import CHECK, ROOT, Failure
from junit import FAILED, PASSED, Case
from proofs import PYTHON, verdict

FROM = re.compile(r"^(\d+) cases, seed \d+: (\d+) wrong$", re.M)


def run(context, name, *options, timeout=600):
    """One run of the sweep: its table is printed, and each kind of fault is a case."""
    report = CHECK / f"sweep-{name}.json"
    report.unlink(missing_ok=True)
    done = context.run(builds.build(context, "gcc") / "tests/sweep", "--jobs", context.jobs, "--json",
                       report, *options, timeout=timeout)
    last = FROM.search(done.stdout)
    if not last or not report.exists():
        raise Failure("the sweep did not come to its end", done.stdout)
    print("  " + done.stdout.strip().replace("\n", "\n  "))
    rows = json.loads(report.read_text())["rows"]
    cases = [Case("faults", name, kind) for kind in sorted(rows)]
    if done.returncode != 0:
        cases.append(Case("faults", name, "nothing lost, nothing run twice", FAILED, last[0],
                          done.stdout))
    else:
        cases.append(Case("faults", name, "nothing lost, nothing run twice", PASSED))
    return report, cases


def faults(context):
    report, cases = run(context, "one")
    cases.append(verdict("faults", "docs", "RELIABILITY.md is what the run counted",
                         context.run(PYTHON, ROOT / "docs/reliability.py", "--check", report)))
    if context.deep:
        cases += run(context, "two", "--pairs", 20, timeout=3600)[1]
        cases += run(context, "random", "--random", 10_000_000, timeout=7200)[1]
    return cases
