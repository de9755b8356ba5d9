#!/usr/bin/python3
"""Runs the examples as tests, each against a fresh virtual Pico.

    examples/run_examples.py [--build DIR] [--python DIR] [PART OF A NAME...]

What a program must print, and what the Pico's own journal must hold, stands in comments at its end:

    // It prints: light 1 is on                  a line that holds this text; in this order
    // The journal then says: led n=1 on=1       every line, in this order
"""

import argparse
import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = 60  # far more than any example takes; a bound, not an expectation

PRINTS = re.compile(r"^(?://|#) It prints: (.*)$", re.MULTILINE)
JOURNAL = re.compile(r"^(?://|#) The journal then says: (.*)$", re.MULTILINE)
# What the library asks by itself to find out who is there and what it can do.
HOUSEKEEPING = ("system.describe", "system.identify")


@dataclasses.dataclass
class Run:
    exit_code: int
    output: str
    errors: str
    journal: list


def command_of(example, build):
    """How to run an example: as its comments tell a person to."""
    picoctl = str(build / "bin/picoctl")
    if example.suffix == ".cpp":
        program = build / "examples" / example.parent.name
        if not program.exists():
            raise SystemExit(f"{program} is not built")
        return [str(program)]
    if example.suffix == ".py":
        return [picoctl, "run", "--", "/usr/bin/python3", str(example)]
    return [str(example)]


def environment_of(build, package, folder):
    environment = dict(os.environ, PYTHONPATH=str(package), XDG_RUNTIME_DIR=folder, XDG_CACHE_HOME=folder, LC_ALL="C.UTF-8",
                       PATH=f"{build / 'bin'}:/usr/sbin:{os.environ['PATH']}")
    environment["PICOCTL_BUS"] = "virtual"  # even where a real Pico is connected
    return environment


def run(example, build, package):
    with tempfile.TemporaryDirectory(prefix="picoctl-examples-") as folder:
        environment = environment_of(build, package, folder)
        journal = pathlib.Path(folder, "journal")
        server = subprocess.Popen([str(build / "bin/picoctl"), "virtual", "--journal", str(journal)],
                                  env=environment, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            server.stdout.readline()  # it says where it listens as soon as it does
            ended = subprocess.run(command_of(example, build), env=environment, cwd=folder,
                                   stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                   timeout=SECONDS, check=False)
        finally:
            server.terminate()
            server.wait(timeout=SECONDS)
        lines = [line.split(" ", 1)[1] for line in journal.read_text().splitlines()]
        return Run(ended.returncode, ended.stdout, ended.stderr,
                   [line for line in lines if not line.startswith(HOUSEKEEPING)])


def complaint(example, result):
    """What differs from what the example says of itself; empty if nothing does."""
    source = example.read_text()
    prints, journal = PRINTS.findall(source), JOURNAL.findall(source)
    if not prints and not journal:
        return "it says neither what it prints nor what the journal says"
    if result.exit_code != 0:
        return f"it ended with exit code {result.exit_code}: {result.errors.strip()}"
    rest = iter(result.output.splitlines())
    for wanted in prints:
        if not any(wanted in line for line in rest):
            return f"it did not print {wanted!r} (in this order), but:\n{result.output}{result.errors}"
    if result.journal != journal:
        return f"the journal says {result.journal}, not {journal}"
    return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=HERE.parent / "build",
                        help="where picoctl was built")
    parser.add_argument("--python", type=pathlib.Path,
                        help="where the Python package was built (BUILD/python)")
    parser.add_argument("parts", nargs="*", help="only examples whose path holds one of these")
    options = parser.parse_args()

    build = options.build.resolve()
    package = (options.python or build / "python").resolve()
    examples = sorted(path for path in HERE.glob("[0-9][0-9]-*/*")
                      if path.suffix in (".cpp", ".py", ".sh"))
    chosen = [path for path in examples
              if not options.parts or any(part in str(path) for part in options.parts)]
    failed = 0
    for example in chosen:
        trouble = complaint(example, run(example, build, package))
        failed += bool(trouble)
        print(f"{'failed' if trouble else 'ok':7}{example.relative_to(HERE)}"
              + ("\n" + textwrap.indent(trouble.rstrip(), "  ") if trouble else ""), flush=True)
    print(f"{len(chosen)} examples, {failed} failed")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
