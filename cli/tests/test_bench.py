"""picoctl bench: bounded, honest about what it measured, and clean on Ctrl-C."""
import json
import re
import signal
import subprocess
import time

import pytest

from conftest import LIMIT, PICOCTL, on_terminal


def test_bench_says_what_was_measured_and_what_that_means(shell, pico):
    done = shell("bench", "--seconds", "0.5")
    assert done.returncode == 0, done.stderr
    assert "bits on a virtual bus cost no real time" in done.stdout
    assert re.search(r"^ +\d+ us  #+ +\d+$", done.stdout, re.M), done.stdout  # the histogram
    assert re.search(r"median \d+ us, 99 of 100 within \d+ us", done.stdout)
    assert re.search(r"240 bytes each way +\d+ calls/s", done.stdout)
    assert "on wires at 400 kHz one takes at least 548 us: 219 bits" in done.stdout
    assert 'has no register "hold_ns"' in done.stdout
    assert set(pico.ran()) <= {"system.ping"} | {line for line in pico.ran() if "system.echo" in line}


def test_bench_json_is_fit_to_be_sent_in(shell, pico):
    done = shell("bench", "--seconds", "0.5", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["bus"] == {"kind": "virtual", "khz": 400, "name": "virtual"}
    assert found["latency"]["calls"] == sum(row["calls"] for row in found["latency"]["histogram"])
    assert found["latency"]["shortest_us"] <= found["latency"]["median_us"] <= found["latency"]["longest_us"]
    assert [row["payload_bytes"] for row in found["echo"]] == [16, 64, 240]
    assert found["batch"]["calls"] > 0 and not found["interrupted"]
    assert str(pico.socket) not in done.stdout and "unique_id" not in done.stdout


def test_bench_ends_when_it_was_told_and_at_once_on_ctrl_c(shell, pico):
    process = subprocess.Popen([str(PICOCTL), "bench", "--seconds", "600"], env=shell.env, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while len(pico.ran()) < 20:  # there is something to tell
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 130
    assert "median" in printed and printed.endswith("Interrupted: what there was by then.\n")


def test_bench_shows_its_progress_on_a_terminal_only(shell, pico):
    assert shell("bench", "--seconds", "0.5").stderr == ""
    assert "[####" in on_terminal(shell, "bench", "--seconds", "0.5")


@pytest.mark.parametrize("seconds", ["0", "-1", "601", "nan", "soon"])
def test_bench_refuses_a_time_that_is_none(shell, pico, seconds):
    shell.fails("usage", 2, "bench", "--seconds", seconds)
