"""What a call costs on the Pi's side, beside raw ioctls and smbus2 over the same bus.

All of them see the virtual bus as /dev/i2c-1, through the shim: an ioctl becomes a message to the bus
and its answer. What the raw ioctl costs is so the floor that all others stand on. Counts are of one
more call: what N more of them cost, divided by N.
"""
import json
import re
import resource
import subprocess
import tempfile
import time

from common import PYTHON, Missing, run, spread, virtual_picos

PROGRAM = """
import sys
{setup}
for _ in range(int(sys.argv[1])):
    {once}
"""
SMBUS = "from smbus2 import SMBus; bus = SMBus(1)"
PICOCTL = "import picoctl; pico = picoctl.connect(); pico.gpio.read(15)"
PYTHON_PROGRAMS = {
    "Python: smbus2, block read of 8 bytes": (SMBUS, "bus.read_i2c_block_data(0x41, 0xD0, 8)"),
    "Python: smbus2, byte read": (SMBUS, "bus.read_byte_data(0x41, 1)"),
    "Python: picoctl, pico.gpio.read(15)": (PICOCTL, "pico.gpio.read(15)"),
    "Python: picoctl, pico.led(1, on=True)": (PICOCTL, "pico.led(1, on=True)"),
    "Python: picoctl, pico.registers[1]": (PICOCTL, "pico.registers[1]"),
}
RAW = "C++: raw ioctl I2C_RDWR"
LIBRARY = "C++: picoctl library"
SHELL = "shell: picoctl call -, a line a command"


class Subject:
    """A program that does one thing so many times."""

    def __init__(self, words, lines=None, calls=200):
        self.words, self.lines, self.calls = words, lines, calls

    def run(self, env, count, *wrapper):
        text = self.lines * count if self.lines else ""
        words = self.words if self.lines else [*self.words, str(count)]
        return run(*wrapper, *words, env=env, input=text)


def subjects(build):
    found = {RAW: Subject([build / "bench/raw_ioctl"]), LIBRARY: Subject([build / "bench/call_bench"]),
             SHELL: Subject([build / "bin/picoctl", "call", "-"], "gpio.read_group 32768\n")}
    if (build / "python/picoctl").is_dir():
        for name, (setup, once) in PYTHON_PROGRAMS.items():
            found[name] = Subject([PYTHON, "-c", PROGRAM.format(setup=setup, once=once)])
    return found


def shimmed(build, env):
    """The environment in which /dev/i2c-1 is the virtual bus, as `picoctl run` makes it."""
    printed = run(build / "bin/picoctl", "run", "--", PYTHON, "-c",
                  "import json, os; print(json.dumps(dict(os.environ)))", env=env).stdout
    return {**json.loads(printed), "PICOCTL_BUS": "i2c:1"}


def of_one(cost, calls):
    return round((cost(2 * calls) - cost(calls)) / calls, 1)


def system_calls(subject, env, count):
    with tempfile.NamedTemporaryFile("r") as summary:
        subject.run(env, count, "strace", "-f", "-c", "-o", summary.name)
        total = next(line for line in summary if line.rstrip().endswith(" total"))
        return int(total.split()[3])


def instructions(subject, env, count):
    with tempfile.TemporaryDirectory() as folder:
        # Valgrind itself must not see the bus.
        outer = {k: v for k, v in env.items() if k != "LD_PRELOAD"}
        preload = f"LD_PRELOAD={env['LD_PRELOAD']}"
        done = subject.run(outer, count, "valgrind", "--tool=callgrind", "--trace-children=yes",
                           f"--callgrind-out-file={folder}/out.%p", "/usr/bin/env", preload)
        return int(re.findall(r"Collected : (\d+)", done.stderr)[-1])


def times(subject, env, count):
    """(wall, processor) microseconds of one call, the start of the program taken off."""
    def spent(number):
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subject.run(env, number)
        wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    (less, less_used), (more, more_used) = spent(count // 10), spent(count)
    per = 1e6 / (count - count // 10)
    return (more - less) * per, (more_used - less_used) * per


def needs(program):
    if subprocess.run(["which", program], capture_output=True, check=False).returncode != 0:
        raise Missing(f"{program} is not installed: sudo apt-get install {program}")


def calls(build, short):
    for program in ("strace", "valgrind"):
        needs(program)
    runs, count = (1, 2000) if short else (5, 10_000)
    result = {}
    with virtual_picos(build) as (_, env, _process):
        env = shimmed(build, env)
        found = subjects(build)
        # In turn: what slows the machine down for a while slows down all of them.
        turns = [{name: times(subject, env, count) for name, subject in found.items()}
                 for _ in range(runs)]
        for name, subject in found.items():
            result[name] = {
                "us": spread(turn[name][0] for turn in turns),
                "processor_us": spread(turn[name][1] for turn in turns),
                "system_calls": of_one(lambda n, s=subject: system_calls(s, env, n), subject.calls),
            }
            if not short or name in (RAW, LIBRARY):
                result[name]["instructions"] = of_one(
                    lambda n, s=subject: instructions(s, env, n), subject.calls)
    return result


def beyond_the_ioctl(table):
    """What a call adds to the raw ioctl that it makes."""
    return {what: round(table[LIBRARY][what] - table[RAW][what], 1)
            for what in ("instructions", "system_calls")}


def codec(build, short):
    """Dispatch and codec, the Pico's portable code on this machine: Google Benchmark."""
    options = ["--benchmark_format=json", f"--benchmark_min_time={0.05 if short else 0.5}"]
    rows = json.loads(run(build / "bench/link_bench", *options).stdout)["benchmarks"]
    return {row["name"]: round(1e9 / row["items_per_second"] if "items_per_second" in row
                               else row["cpu_time"], 1) for row in rows}


def figures(build, short):
    table = calls(build, short)
    return {"calls": table, "library_beyond_the_ioctl": beyond_the_ioctl(table),
            "nanoseconds": codec(build, short)}
