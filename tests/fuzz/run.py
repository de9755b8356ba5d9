#!/usr/bin/python3
"""Runs the fuzzing programs on their seeds, for a fixed number of inputs from a fixed seed.

    tests/fuzz/run.py --build DIR                 a short run of each program
    tests/fuzz/run.py --build DIR --deep          a hundred times as long
    tests/fuzz/run.py --build DIR --replay NAME HEX

The seeds are corpus/NAME.txt and what seeds.py makes of the golden vectors. An input that failed once
stays there as a line, and is run first ever after.
"""

import argparse
import concurrent.futures
import pathlib
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools/check"))
import junit  # noqa: E402
import seeds  # noqa: E402

# Inputs of a short run, so that the programs take about as long as each other; longest input.
PROGRAMS = {
    "frame": (200_000, 512),
    "target": (20_000, 600),
    "i2c": (25_000, 300),
    "description": (20_000, 1500),
    "controller": (4_000, 1500),
    "server": (4_000, 800),
    "words": (3_000, 400),
}
DEEP = 100
SLOW_INPUT = 20  # seconds: an input that takes longer hangs
MEMORY_MB = 2048
FAILURE = re.compile(r"^must not be: .*|^SUMMARY: .*|.*runtime error: .*|^==\d+== ERROR: .*", re.M)


class Result:
    def __init__(self, name, good, line, text="", seconds=0.0):
        self.name, self.good, self.line, self.text, self.seconds = name, good, line, text, seconds


def number(pattern, text):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def fuzz(name, build, seed, factor):
    """One program on its seeds; a Result."""
    runs, longest = PROGRAMS[name]
    program = build / "fuzz" / f"{name}_fuzz"
    if not program.exists():
        return Result(name, False, f"{name}: {program} is not built")
    with tempfile.TemporaryDirectory(prefix="picoctl-fuzz-") as folder:
        corpus = pathlib.Path(folder, "corpus")
        count = seeds.write(name, corpus)
        start = time.monotonic()
        done = subprocess.run(
            [program, f"-runs={runs * factor}", f"-seed={seed}", f"-max_len={longest}",
             "-len_control=0", f"-timeout={SLOW_INPUT}", f"-rss_limit_mb={MEMORY_MB}",
             "-print_final_stats=1", f"-artifact_prefix={folder}/failed-", corpus],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", check=False)
        seconds = time.monotonic() - start
        failed = sorted(pathlib.Path(folder).glob("failed-*"))
        inputs = [path.read_bytes() for path in failed]
    said = done.stdout
    executed = number(r"stat::number_of_executed_units: +(\d+)", said)
    covered = number(r" cov: (\d+)", said)
    edges = number(r"\((\d+) inline 8-bit counters\)", said)
    kept = number(r" corp: (\d+)", said)
    line = (f"{name}: {executed} inputs from {count} seeds, {covered} of {edges} edges covered, "
            f"{kept} inputs kept, {seconds:.1f} s, seed {seed}")
    if done.returncode == 0 and executed >= runs * factor:
        return Result(name, True, line, "", seconds)
    why = FAILURE.search(said)
    line = f"{name}: FAILED: {why.group(0).strip() if why else f'exit code {done.returncode}'}"
    replay = "".join(f"\nreplay: tests/fuzz/run.py --build {build} --replay {name} {data.hex()}"
                     for data in inputs)
    return Result(name, False, line, said[-6000:] + replay, seconds)


def replay(name, build, data):
    with tempfile.NamedTemporaryFile() as file:
        file.write(bytes.fromhex(data))
        file.flush()
        return subprocess.run([build / "fuzz" / f"{name}_fuzz", file.name], check=False).returncode


def write_junit(path, results):
    junit.write(path, [junit.Case("fuzz", "fuzz", result.name,
                                  junit.PASSED if result.good else junit.FAILED, result.line,
                                  result.text, result.seconds) for result in results])


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", metavar="DIR", type=pathlib.Path, required=True)
    parser.add_argument("--junit", metavar="FILE", help="write the results there as JUnit XML")
    parser.add_argument("--only", metavar="NAME", choices=PROGRAMS, action="append")
    parser.add_argument("--seed", metavar="N", type=int, default=1)
    parser.add_argument("--deep", action="store_true", help=f"{DEEP} times as many inputs")
    parser.add_argument("--jobs", metavar="N", type=int, default=2, help="at once (2)")
    parser.add_argument("--replay", nargs=2, metavar=("NAME", "HEX"), help="one input")
    return parser.parse_args()


def main():
    arguments = options()
    build = arguments.build.resolve()
    if arguments.replay:
        return replay(arguments.replay[0], build, arguments.replay[1])
    factor = DEEP if arguments.deep else 1
    results = []
    with concurrent.futures.ThreadPoolExecutor(max(1, arguments.jobs)) as pool:
        running = [pool.submit(fuzz, name, build, arguments.seed, factor)
                   for name in arguments.only or PROGRAMS]
        for future in running:
            results.append(future.result())
            print(results[-1].line, flush=True)
            if results[-1].text:
                print(results[-1].text)
    if arguments.junit:
        write_junit(arguments.junit, results)
    return 1 if not all(result.good for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
