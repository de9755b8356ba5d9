#!/usr/bin/python3
"""Tests of the tests: breaks picoctl in one place after the other, and some test must notice.

Each NAME.patch beside this file is one mutant. Above its diff it says

    row: 5                 of the fault catalogue
    breaks: what is wrong with picoctl then
    first: link_test       the program that is run first; then the rest of the suite

A mutant that no program of the suite notices has survived: a test is missing. Sources and build
folder stay as they are: what depends on the broken file is compiled apart (clang's -ivfsoverlay) and
linked in front of everything else.

    tests/mutants/run.py --build build/check/clang            all of them
    tests/mutants/run.py --build build/check/clang --only r05
    tests/mutants/run.py --build DIR --seconds 90             as many as fit, chosen by the seed
    tests/mutants/run.py --apply                              only: does each still apply?
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tools/check"))
import junit  # noqa: E402

# Programs by the folder that a mutant breaks, the quick ones first.
SUITE = {
    "link": ("link_test", "vectors_test", "target_test", "controller_caller_test",
             "controller_pico_test", "faults_test"),
    "target": ("target_test", "controller_caller_test", "controller_pico_test", "faults_test"),
    "controller": ("controller_caller_test", "controller_pico_test",
                   "controller_description_test", "faults_test"),
    "virtual": ("virtual_bus_test", "virtual_server_test", "faults_test"),
    "socket": ("socket_codec_test", "socket_client_test"),
}
# Tests that take most of their program's time: only if no other one has noticed.
SLOW = {"target_test": "*EveryInterleaving*:*ThreeMovesOfTheBus*:*LongRandomTraffic*"}
COMPILE_SECONDS = 300
TEST_SECONDS = 600  # whoever takes longer hangs, and that is noticed too


class Failure(Exception):
    pass


class Mutant:
    def __init__(self, path):
        self.path, self.name = path, path.stem
        text = path.read_text()
        head = dict(re.findall(r"^(row|breaks|first): (.+)$", text.partition("\n--- ")[0], re.M))
        self.files = re.findall(r"^\+\+\+ b/(\S+)", text, re.M)
        if not {"row", "breaks"} <= head.keys() or not self.files:
            raise SystemExit(f"{path.name}: needs 'row:', 'breaks:' and a diff (see run.py)")
        self.row, self.breaks = head["row"], head["breaks"]
        folder = self.files[0].partition("/")[0]
        if folder not in SUITE:
            raise SystemExit(f"{path.name}: no suite for {folder}/ (see run.py)")
        first = head.get("first", SUITE[folder][0])
        self.programs = (first, *(name for name in SUITE[folder] if name != first))


class Result:
    def __init__(self, mutant, good, line, text="", seconds=0.0):
        self.name, self.good, self.line, self.text = mutant.name, good, line, text
        self.seconds = seconds


def run(command, folder, seconds, **more):
    """Exit code and output; the code is None if it took too long."""
    try:
        done = subprocess.run(command, cwd=folder, timeout=seconds, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", check=False, **more)
    except subprocess.TimeoutExpired as problem:
        return None, (problem.stdout or b"").decode(errors="replace")
    return done.returncode, done.stdout


# --- patches --------------------------------------------------------------------------------------


def apply(mutant, folder):
    """Copies of the broken files in `folder`."""
    for name in mutant.files:
        if not (ROOT / name).exists():
            raise Failure(f"does not apply any more: there is no {name}")
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    apart = dict(os.environ, GIT_CEILING_DIRECTORIES=str(folder.parent))
    code, said = run(["git", "apply", "-C1", "--recount", mutant.path], folder, 60, env=apart)
    if code != 0:
        raise Failure(f"does not apply any more to {', '.join(mutant.files)}: break the same thing "
                      f"in the code as it is now, or delete the file if it cannot be broken\n{said}")


def all_apply(mutants):
    results = []
    for mutant in mutants:
        with tempfile.TemporaryDirectory(prefix="picoctl-mutant-") as folder:
            try:
                apply(mutant, pathlib.Path(folder))
                results.append(Result(mutant, True, f"{mutant.name}: applies"))
            except Failure as problem:
                results.append(Result(mutant, False, f"{mutant.name}: {problem}"))
    return results


# --- the build that is there ----------------------------------------------------------------------


class Build:
    """What ninja knows of a build folder: how each file is made, and of what."""

    def __init__(self, folder):
        self.folder = folder
        if not (folder / "build.ninja").exists():
            raise SystemExit(f"run.py: {folder} is no build folder; cure: ./check --stage build-clang")
        self.depends = self.read_depends()
        self._commands = {}
        self.clean = Clean(self)

    def ninja(self, *words):
        code, said = run(["ninja", *words], self.folder, 60)
        if code != 0:
            raise SystemExit(f"run.py: ninja {' '.join(words)}: {said}")
        return said

    def read_depends(self):
        """{object: files that it was compiled from}"""
        depends, at = {}, None
        for line in self.ninja("-t", "deps").splitlines():
            if line.startswith(" "):
                depends[at].add(os.path.realpath(self.folder / line.strip()))
            elif ": #deps" in line:
                at = line.partition(":")[0]
                depends[at] = set()
        return depends

    def commands(self, program):
        """{what is made: the words of its command} of all that a test program is made of."""
        if program not in self._commands:
            rows = {}
            for line in self.ninja("-t", "commands", f"tests/{program}").splitlines():
                words = [word for word in shlex.split(line) if word not in (":", "&&")]
                if words and "-o" in words:
                    rows[words[words.index("-o") + 1]] = words
            self._commands[program] = rows
        return self._commands[program]

    def affected(self, program, files):
        paths = {os.path.realpath(ROOT / name) for name in files}
        return [made for made in self.commands(program)
                if paths & self.depends.get(made, set())]


def without_launcher(words):
    """A compiler cache would not see what is laid over the sources."""
    return words[1:] if os.path.basename(words[0]) == "ccache" else words


def run_tests(path, program, folder):
    """Exit code and output of a test program; code None: it did not come to its end."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    environment = dict(os.environ, HOME=str(home), XDG_CACHE_HOME=str(home),
                       XDG_RUNTIME_DIR=str(home), ASAN_OPTIONS="detect_leaks=0")
    filters = [f"-{SLOW[program]}", SLOW[program]] if program in SLOW else ["*"]
    for tests in filters:
        code, said = run([path, "--gtest_fail_fast", "--gtest_brief=1", f"--gtest_filter={tests}"],
                         folder, TEST_SECONDS, env=environment)
        if code != 0:
            break
    return code, said


class Clean:
    """Whether the programs pass as they are: what fails anyway kills every mutant."""

    def __init__(self, build):
        self.build, self.lock, self.good = build, threading.Lock(), set()

    def must_pass(self, program):
        with self.lock, tempfile.TemporaryDirectory(prefix="picoctl-mutant-") as folder:
            if program in self.good:
                return
            path = self.build.folder / "tests" / program
            code, said = run_tests(path, program, pathlib.Path(folder))
            if code != 0:
                raise Failure(f"{program} fails as it is, so it proves nothing\n{said[-2000:]}")
            self.good.add(program)


class Trial:
    """One mutant: what is compiled of it, kept from program to program."""

    def __init__(self, build, mutant, folder):
        self.build, self.mutant, self.folder = build, mutant, folder
        self.objects = {}
        roots = [{"type": "file", "name": str(ROOT / name), "external-contents": str(folder / name)}
                 for name in mutant.files]
        self.overlay = folder / "overlay.yaml"
        self.overlay.write_text(json.dumps({"version": 0, "use-external-names": "false",
                                            "roots": roots}))

    def compile(self, made, words):
        if made in self.objects:
            return
        out = self.folder / f"{len(self.objects)}.o"
        words = without_launcher(list(words))
        words[words.index("-o") + 1] = str(out)
        for option in ("-MT", "-MF"):
            at = words.index(option)
            del words[at:at + 2]
        words = [word for word in words if word != "-MD"]
        code, said = run([*words, "-Wno-error", "-w", "-ivfsoverlay", self.overlay],
                         self.build.folder, COMPILE_SECONDS)
        if code != 0:
            raise Failure(f"does not compile, so it proves nothing\n{said}")
        self.objects[made] = str(out)

    def link(self, program):
        """The program with the broken parts; None if it holds none of them."""
        rows = self.build.commands(program)
        affected = self.build.affected(program, self.mutant.files)
        if not affected:
            return None
        for made in affected:
            self.compile(made, rows[made])
        words = without_launcher(list(rows[f"tests/{program}"]))
        out = str(self.folder / program)
        words[words.index("-o") + 1] = out
        own = [made for made in affected if made in words]
        words = [self.objects.get(word, word) for word in words]
        # In front of the libraries, whose own parts of that name are then not asked for.
        at = words.index(out) + 1
        words[at:at] = [self.objects[made] for made in affected if made not in own]
        linker = ["-fuse-ld=lld"] if shutil.which("ld.lld") else []
        code, said = run([*words, *linker], self.build.folder, COMPILE_SECONDS)
        if code != 0:
            raise Failure(f"does not link\n{said}")
        return out

    def run(self, program):
        """Which test of the program noticed, or None."""
        path = self.link(program)
        if path is None:
            return None
        self.build.clean.must_pass(program)
        code, said = run_tests(path, program, self.folder)
        os.unlink(path)
        if code is None:
            return f"{program}, which did not come to its end"
        if code == 0:
            return None
        test = re.search(r"^\[  FAILED  \] (\S+?),? ", said, re.M)
        if test:
            return f"{program} {test.group(1)}"
        crash = re.search(r"runtime error: .*|ERROR: \w+: \S+", said)
        return f"{program}, which crashed: {crash.group(0) if crash else f'exit code {code}'}"


def judge(build, mutant):
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="picoctl-mutant-") as name:
        folder = pathlib.Path(name)
        try:
            apply(mutant, folder)
            trial = Trial(build, mutant, folder)
            killer = None
            for program in mutant.programs:
                killer = trial.run(program)
                if killer:
                    break
            if not trial.objects:
                raise Failure("no program of the suite holds what it breaks")
        except Failure as problem:
            return Result(mutant, False, f"{mutant.name}: {problem}", "", time.monotonic() - start)
    seconds = time.monotonic() - start
    if killer:
        return Result(mutant, True, f"{mutant.name}: killed by {killer} ({seconds:.1f} s)", "",
                      seconds)
    line = (f"{mutant.name}: SURVIVED {', '.join(mutant.programs)}. Row {mutant.row}: "
            f"{mutant.breaks}. A test is missing")
    return Result(mutant, False, line, mutant.path.read_text(), seconds)


# --- all of them ----------------------------------------------------------------------------------


def chosen(mutants, seconds, seed):
    """In which order; with little time those that need little of it, and of these any."""
    if not seconds:
        return mutants
    order = list(mutants)
    random.Random(seed).shuffle(order)
    return sorted(order, key=lambda m: any(name.endswith(".hpp") for name in m.files))


def judge_all(build, mutants, arguments):
    until = time.monotonic() + (arguments.seconds or 10 ** 9)
    results = []

    def judge_in_time(mutant):
        return judge(build, mutant) if time.monotonic() < until else None

    with concurrent.futures.ThreadPoolExecutor(max(1, arguments.jobs)) as pool:
        for result in pool.map(judge_in_time, chosen(mutants, arguments.seconds, arguments.seed)):
            if result is None:
                continue
            results.append(result)
            print(result.line, flush=True)
    return results


def write_junit(path, results):
    junit.write(path, [junit.Case("mutants", "mutants", result.name,
                                  junit.PASSED if result.good else junit.FAILED,
                                  result.line.partition("\n")[0],
                                  f"{result.line}\n{result.text}", result.seconds)
                       for result in results])


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", metavar="DIR", type=pathlib.Path, help="built, by clang")
    parser.add_argument("--apply", action="store_true", help="only see whether they still apply")
    parser.add_argument("--only", metavar="REGEX", default="", help="those whose name matches")
    parser.add_argument("--seconds", metavar="N", type=float, help="begin none after that long")
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="chooses among them (1)")
    parser.add_argument("--jobs", metavar="N", type=int, default=2, help="at once (2)")
    parser.add_argument("--junit", metavar="FILE", help="write the results there as JUnit XML")
    return parser.parse_args()


def main():
    arguments = options()
    mutants = [Mutant(path) for path in sorted(HERE.glob("*.patch"))
               if re.search(arguments.only, path.stem)]
    results = all_apply(mutants)
    bad = [result for result in results if not result.good]
    for result in bad:
        print(result.line)
    if not arguments.apply and not bad:
        if arguments.build is None:
            raise SystemExit("run.py: --build DIR, or --apply")
        results = judge_all(Build(arguments.build.resolve()), mutants, arguments)
        bad = [result for result in results if not result.good]
    if arguments.junit:
        write_junit(arguments.junit, results)
    killed = len(results) - len(bad)
    if arguments.apply:
        print(f"mutants: {len(mutants)}, {killed} apply")
    else:
        limit = f" in {arguments.seconds:.0f} s, seed {arguments.seed}" if arguments.seconds else ""
        print(f"mutants: {len(mutants)}, {killed} killed, {len(bad)} not, "
              f"{len(mutants) - len(results)} not run{limit}")
    return 1 if bad or not mutants else 0


if __name__ == "__main__":
    sys.exit(main())
