"""The figures of the link, all from one run: on the wire, on the Pi's side, on the Pico's side.

    bench/figures.py --build build/gcc [--short] [--json]

Prints figures and asserts nothing: a slow machine fails no test. Counts (bits, system calls,
instructions, bytes of flash) are the same on every machine of a kind; times are of this one.
"""
import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "virtual" / "tests"))
import bus_client  # noqa: E402
import python_figures  # noqa: E402

CALLS = 200


@contextlib.contextmanager
def virtual_pico(build, speed_hz=400_000):
    with tempfile.TemporaryDirectory(prefix="pc") as name:
        path = pathlib.Path(name) / "bus.sock"
        process = subprocess.Popen(
            [build / "bin/picoctl-virtual", "--listen", path, "--speed", str(speed_hz)],
            stdout=subprocess.PIPE, text=True)
        try:
            process.stdout.readline()
            env = {**os.environ, "PICOCTL_BUS": f"virtual:{path}", "XDG_CACHE_HOME": name}
            yield path, env
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=10)


def on_the_wire(build):
    """Bits of one acknowledged command with 4 bytes of arguments, from START to STOP."""
    with virtual_pico(build) as (path, env):
        with bus_client.Bus(path, bus_client.OBSERVER) as observer:
            bit_ns = 1e9 / observer.speed_hz
            subprocess.run([build / "bin/picoctl", "call", "gpio.read_group", "0x8000"], env=env,
                           check=True, capture_output=True, timeout=60)
            subprocess.run([build / "bin/picoctl", "call", "wait", "0"], env=env, check=True,
                           capture_output=True, timeout=60)
            observer.socket.settimeout(1)
            transfers = []
            with contextlib.suppress(TimeoutError):
                while True:
                    item = observer.next_transfer()
                    if item[0] != "note":
                        transfers.append(item[2])
    for events in reversed(transfers):
        text = bus_client.bytes_of(events)
        # A request with LEN 4 behind 0xA0 and SEQ, and a head of six bytes behind the restart.
        if re.match(r"S 82 a a0 a \w\w a 04 a .* Sr 83 a( \w\w [an]){6} P$", text):
            bits = sum({"address": 9, "data": 9}.get(bus_client.WIRE_KINDS[kind], 1)
                       for _, kind, *_ in events)
            span_ns = events[-1][0] - events[0][0] + bit_ns
            return {"bits_per_acked_4_byte_command": bits,
                    "bit_times_measured_on_the_virtual_bus": round(span_ns / bit_ns, 1),
                    "bytes_beyond_address_and_payload": {"request": 6, "answer": 6}}
    raise SystemExit("no acknowledged 4-byte command was seen on the bus")


def calls(build, count, env, *wrapper):
    done = subprocess.run([*wrapper, build / "bench/call_bench", str(count)], env=env, text=True,
                          capture_output=True, timeout=300, check=True)
    return json.loads(done.stdout), done.stderr


def on_the_pi(build):
    with virtual_pico(build) as (_, env):
        times = sorted(calls(build, CALLS * 10, env)[0]["us_per_call"] for _ in range(5))
        result = {"transfers_per_acked_command":
                  calls(build, CALLS, env)[0]["transfers"] / CALLS,
                  "us_per_call_over_the_virtual_bus": {"min": times[0], "median": times[2],
                                                       "max": times[4]}}
        if shutil.which("strace"):
            result["system_calls_per_acked_command"] = difference(
                lambda count: system_calls(build, count, env))
        if shutil.which("valgrind"):
            result["instructions_per_acked_command"] = difference(
                lambda count: instructions(build, count, env))
    return result


def difference(cost):
    """Of one call: what CALLS more of them cost, divided by CALLS."""
    return round((cost(2 * CALLS) - cost(CALLS)) / CALLS, 1)


def system_calls(build, count, env):
    with tempfile.NamedTemporaryFile("r") as summary:
        calls(build, count, env, "strace", "-f", "-c", "-o", summary.name)
        total = next(line for line in summary if line.rstrip().endswith(" total"))
        return int(total.split()[3])


def instructions(build, count, env):
    with tempfile.TemporaryDirectory() as folder:
        _, said = calls(build, count, env, "valgrind", "--tool=callgrind",
                        f"--callgrind-out-file={folder}/out")
        return int(re.search(r"Collected : (\d+)", said)[1])


def on_the_pico(build, short):
    options = ["--benchmark_format=json", f"--benchmark_min_time={0.05 if short else 0.5}"]
    done = subprocess.run([build / "bench/link_bench", *options], text=True, capture_output=True,
                          timeout=300, check=True)
    result = {}
    for row in json.loads(done.stdout)["benchmarks"]:
        per_item = 1e9 / row["items_per_second"] if "items_per_second" in row else row["cpu_time"]
        result[row["name"] + "_ns_on_this_machine"] = round(per_item, 1)
    return result


def in_python(build):
    """The Python package beside smbus2; nothing if the package was not built."""
    if not (build / "python/picoctl").is_dir():
        return {}
    with virtual_pico(build) as (_, env):
        return python_figures.figures(build, env)


def images():
    """Flash and static RAM of the images that ./firmware built, as its own checker counts them."""
    result = {}
    for name in ("picoctl-pico", "picoctl-pico2"):
        elf = ROOT / "build/firmware" / f"{name}.elf"
        size = shutil.which("arm-none-eabi-size")
        if not elf.is_file() or size is None:
            continue
        text, data, bss = map(int, subprocess.run(
            [size, elf], text=True, capture_output=True, check=True).stdout.splitlines()[1]
            .split()[:3])
        result[name] = {"flash_bytes": text + data, "data_and_bss_bytes": data + bss}
    return result


def show(name, value, indent=""):
    if isinstance(value, dict):
        print(f"{indent}{name}")
        for key, inner in value.items():
            show(key, inner, indent + "  ")
    else:
        print(f"{indent}{name.replace('_', ' ')}: {value}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True, help="built with PICOCTL_BENCH")
    parser.add_argument("--short", action="store_true", help="short benchmark runs")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    build = options.build.resolve()
    figures = {"on the wire": on_the_wire(build), "on the Pi": on_the_pi(build),
               "on the Pico's side": on_the_pico(build, options.short), "in Python": in_python(build),
               "images": images()}
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        for name, value in figures.items():
            show(name, value, "  ")


if __name__ == "__main__":
    main()
