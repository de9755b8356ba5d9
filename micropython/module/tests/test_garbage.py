"""Thousands of commands at 400 kHz while garbage is collected all the time: each of them once."""
import collections
import json
import os

from conftest import HERE, system

COUNT = 10_000 if os.environ.get("PICOCTL_DEEP") else 300


def text_of(token):
    return "".join(chr(97 + (token + at) % 26) for at in range(token % 61))


def test_each_command_runs_once_while_garbage_is_collected(start):
    pico = start(program=HERE / "garbage.py", speed="400000")
    first = json.loads(pico.picoctl("--json", "call", "tell").stdout)
    lines = "".join(f"note {token} '{text_of(token)}'\n" for token in range(COUNT))
    done = pico.run(system.PICOCTL, "--json", "--timeout", "20", "call", "-", input=lines, timeout=1200)
    assert done.returncode == 0, done.stderr
    replies = [json.loads(line) for line in done.stdout.splitlines()]
    assert [reply["token"] for reply in replies] == list(range(COUNT))
    assert [reply["text"] for reply in replies] == [text_of(token)[::-1] for token in range(COUNT)]
    last = json.loads(pico.picoctl("--json", "call", "tell").stdout)
    assert last["notes"] == COUNT
    assert last["collections"] - first["collections"] >= COUNT
    assert abs(last["free"] - first["free"]) < 20_000, "nothing is kept that grows"
    notes = [arguments for _, command, arguments in pico.journal() if command == "note"]
    assert collections.Counter(int(note["token"]) for note in notes) == {token: 1 for token in range(COUNT)}
    counts = {name: last[name] - first[name] for name in ("notes", "collections")}
    print(f"{COUNT} commands, {counts['collections']} collections of garbage, {last['free']} bytes free")
