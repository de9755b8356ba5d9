"""Many Picos and many programs on one bus: throughput, fairness, memory."""
import contextlib
import json
import pathlib
import subprocess

from common import virtual_picos

COUNTS = (1, 4, 16)
FIRST = 0x41


def kilobytes(process, what):
    """VmHWM (the most) or VmRSS (now) of a process."""
    text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(next(line for line in text.splitlines() if line.startswith(what)).split()[1])


def start(build, env, address, seconds):
    return subprocess.Popen([build / "bench/call_bench", "--seconds", str(seconds), hex(address)],
                            env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL)


def compete(clients):
    """Lets them go at once when all are there; what each of them says at its end."""
    ready = [client for client in clients if client.stdout.readline() == "ready\n"]
    memory = max((kilobytes(client, "VmHWM") for client in ready), default=0)
    for client in ready:
        client.stdin.close()
    return [json.loads(client.stdout.readline()) for client in ready], memory


def row(build, picos, programs, seconds):
    addresses = [FIRST + i for i in range(picos)]
    with virtual_picos(build, addresses=addresses) as (_, env, server), contextlib.ExitStack() as stack:
        clients = [stack.enter_context(start(build, env, addresses[i % picos], seconds))
                   for i in range(programs)]
        results, client_memory = compete(clients)
        server_memory = kilobytes(server, "VmHWM")
    counts = [result["calls"] for result in results]
    total = sum(counts)
    return {
        "picos": picos, "programs": programs, "served": len(counts),
        "no_slot": programs - len(counts),  # a Pico keeps seven sessions
        "commands_per_second": round(total / seconds),
        "least_and_most": [min(counts), max(counts)],
        # Jain's index: 1 if all get the same, 1/n if one gets all.
        "fairness": round(total ** 2 / (len(counts) * sum(n ** 2 for n in counts)), 3) if total else 0,
        "longest_call_us": max(result["longest_us"] for result in results),
        "program_kb": client_memory, "bus_kb": server_memory,
    }


def figures(build, short):
    seconds = 0.3 if short else 3
    pairs = [(1, 1), (4, 4)] if short else [(p, c) for p in COUNTS for c in COUNTS]
    return [row(build, picos, programs, seconds) for picos, programs in pairs]
