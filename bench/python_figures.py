"""What a call costs in Python, against smbus2's block read over the same virtual bus.

Both go to the same picoctl-virtual in the same run: picoctl through its own client of the bus, smbus2
through the shim that makes the bus /dev/i2c-1. bench/figures.py prints this among the others.

    bench/python_figures.py --build build/gcc     the figures alone
"""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PYTHON = "/usr/bin/python3"
CALLS = 2000

# Each is a program that repeats one thing so often, and prints the microseconds that one took.
TIMED = """
import sys, time
{setup}
count = int(sys.argv[1])
start = time.perf_counter()
for _ in range(count):
    {once}
print(1e6 * (time.perf_counter() - start) / max(count, 1))
"""
CALL = "import picoctl; pico = picoctl.connect(); pico.gpio.read(15)"
PROGRAMS = {
    "picoctl, pico.gpio.read(15)": (CALL, "pico.gpio.read(15)"),
    "picoctl, pico.led(1, on=True)": (CALL, "pico.led(1, on=True)"),
    "picoctl, pico.registers[1]": (CALL, "pico.registers[1]"),
    "smbus2, block read of 8 bytes": ("from smbus2 import SMBus; bus = SMBus(1)",
                                      "bus.read_i2c_block_data(0x41, 0xD0, 8)"),
    "smbus2, byte read": ("from smbus2 import SMBus; bus = SMBus(1)",
                          "bus.read_byte_data(0x41, 1)"),
}


def command(build, setup, once, count):
    program = TIMED.format(setup=setup, once=once)
    shim = [build / "bin/picoctl", "run", "--"] if "smbus2" in setup else []
    return [*shim, PYTHON, "-c", program, str(count)]


def microseconds(build, env, setup, once):
    """min, median and max of five runs."""
    times = sorted(float(subprocess.run(command(build, setup, once, CALLS), env=env, text=True,
                                        capture_output=True, timeout=300, check=True).stdout)
                   for _ in range(5))
    return {"min": round(times[0], 1), "median": round(times[2], 1), "max": round(times[4], 1)}


def collected(build, env, setup, once, count):
    with tempfile.TemporaryDirectory() as folder:
        valgrind = ["valgrind", "--tool=callgrind", "--trace-children=yes",
                    f"--callgrind-out-file={folder}/out.%p"]
        program = command(build, setup, once, count)
        done = subprocess.run([*valgrind, *program], env={**env, "PYTHONHASHSEED": "0"}, text=True,
                              capture_output=True, timeout=600, check=True)
        return int(re.findall(r"Collected : (\d+)", done.stderr)[-1])


def instructions(build, env, setup, once, calls=200):
    """Of one: what `calls` more of them cost, divided by `calls`."""
    more, less = (collected(build, env, setup, once, count) for count in (2 * calls, calls))
    return round((more - less) / calls)


def figures(build, env):
    env = {**env, "PYTHONPATH": str(build / "python")}
    result = {}
    for name, (setup, once) in PROGRAMS.items():
        result[name] = {"us_over_the_virtual_bus": microseconds(build, env, setup, once)}
        if shutil.which("valgrind"):
            result[name]["instructions"] = instructions(build, env, setup, once)
    return result


def main():
    import figures as others
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True,
                        help="built with PICOCTL_PYTHON")
    build = parser.parse_args().build.resolve()
    with others.virtual_pico(build) as (_, env):
        json.dump(figures(build, env), sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
