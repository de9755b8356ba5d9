"""The golden vectors in CPython: what a Python program sends, and what it understands.

The Pico at the other end is scripted (scripted_pico.py): it computes its frames with the vectors'
own author, under the key of the session at hand. So each vector passes through all of the package:
value, arguments, frame, wires, frame, reply, value.
"""

import json
import math
import pathlib
import re

import picoctl
import pytest
from picoctl import _core
from scripted_pico import ScriptedPico, wire

VECTORS = pathlib.Path(__file__).resolve().parents[2] / "tests" / "vectors"
CODEC = json.loads((VECTORS / "codec.json").read_text())
DESCRIPTION = json.loads((VECTORS / "description.json").read_text())
IDENTITY = json.loads((VECTORS / "identity.json").read_text())
BATCH = json.loads((VECTORS / "batch.json").read_text())
ADDRESS = 0x42


@pytest.fixture(scope="module")
def bus():
    with picoctl.virtual(addresses=[0x48]) as other:
        yield other.bus


@pytest.fixture
def scripted(bus, monkeypatch, tmp_path):
    """scripted(lines, reply): (what stands there, a connection to it)."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made = []

    def begin(lines, reply):
        target = ScriptedPico(bus.removeprefix("virtual:"), ADDRESS, lines, reply)
        made.append(target)
        made.append(picoctl.connect(bus=bus, address=ADDRESS, timeout=5))
        return target, made[-1]

    yield begin
    for item in reversed(made):
        item.close()


def in_python(kind, value):
    """A vector's value as a Python program would write it."""
    base, star, count = kind.rpartition("*")
    if star and count.isdigit():
        return [in_python(base, item) for item in value]
    if kind.startswith("("):
        fields = dict(field.split(":", 1) for field in wire.top_level_split(kind[1:-1]))
        return {name: in_python(re.sub(r"\[[^]]*\]$", "", fields[name]), item)
                for name, item in value.items()}
    if kind.endswith("}") or kind.startswith("str<") or kind == "bool":
        return value
    if kind.startswith("bytes<"):
        return bytes.fromhex(value)
    return float(value) if kind[0] == "f" else int(value)


def same(one, other):
    if isinstance(one, float):
        return math.copysign(1, one) == math.copysign(1, other) and one == pytest.approx(other)
    return one == other and type(one) is type(other)


def test_values(scripted):
    kinds = sorted({case["type"] for case in CODEC["cases"]} - {"()"})
    lines = [f"t{number} v:{kind} -> v:{kind}" for number, kind in enumerate(kinds)]
    target, pico = scripted(lines, lambda number, payload: ("done", payload))
    checked = 0
    for case in CODEC["cases"]:
        if case["type"] == "()":
            continue  # an argument of nothing cannot be described
        value = in_python(case["type"], case["value"])
        reply = pico.call(f"t{kinds.index(case['type'])}", value)
        assert target.frames[-1][1].hex() == case["bytes"], case
        assert same(value, reply), (case, reply)
        checked += 1
    assert checked > 40


def test_replies_that_make_no_sense(scripted):
    cases = [case for case in CODEC["malformed"] if case["type"] != "()"]
    target, pico = scripted([f"m{number} -> v:{case['type']}" for number, case in enumerate(cases)],
                            lambda number, _: ("done", bytes.fromhex(cases[number - 2]["bytes"])))
    for number, case in enumerate(cases):
        with pytest.raises(picoctl.CommandFailed) as caught:
            pico.call(f"m{number}")
        assert caught.value.id == "bad_description", case


def test_structures_may_be_tuples(scripted):
    target, pico = scripted(["move to:(x:i16,y:i16[mm]) speed:f32[mm/s]"],
                            lambda *_: ("done", b""))
    for to in ({"x": -1, "y": 300}, {"y": 300, "x": -1}, (-1, 300), [-1, 300]):
        pico.move(to, speed=1.5)
        assert target.frames[-1][1].hex() == "ffff2c01" "0000c03f"
    for wrong in ({"x": 1}, {"x": 1, "z": 2}, (1,), (1, 2, 3), 5):
        with pytest.raises(picoctl.BadCall):
            pico.move(wrong, speed=1.5)
    assert "a dict or a tuple of (x: i16, -32768 to 32767; y: i16" in pico.move.__doc__
    assert "in mm/s" in pico.move.__doc__


@pytest.mark.parametrize("case", DESCRIPTION["lines"], ids=lambda case: case["name"])
def test_descriptions(case):
    [command] = _core.Description(case["line"] + "\n").commands
    assert (command.name, command.help, command.max_time_ms) == (
        case["name"], case["help"], case["max_time_ms"])
    for mine, theirs in ((command.args, case["args"]), (command.reply, case["reply"])):
        assert [{"name": field.name, "type": field.type.text, "unit": field.unit}
                for field in mine] == theirs


@pytest.mark.parametrize("case", DESCRIPTION["hashes"], ids=lambda case: str(case["hash"]))
def test_hashes(case):
    try:
        assert _core.Description(case["text"]).hash == case["hash"]
    except picoctl.PicoError as problem:  # a text that hashes well need not describe anything
        assert problem.id == "bad_description"
        assert case["text"] in ("a", "foobar", "µs\n")


@pytest.mark.parametrize("case", [case for case in IDENTITY["cases"] if case["name"] == "a Pico"],
                         ids=lambda case: case["name"])
def test_identity(scripted, case):
    target, pico = scripted(["led n:u8"], lambda *_: ("done", b""))
    who = case["identity"]
    assert pico.identity.unique_id == int(who["unique_id"], 16)
    assert pico.identity.boot_id == who["boot_id"]
    assert pico.identity.chip.lower() == who["chip"]
    assert list(pico.identity.protocol) == who["version"]
    assert list(pico.identity.firmware) == who["firmware"]
    assert pico.identity.description_hash == wire.fnv1a(target.text.decode())


def test_batches_and_long_command_numbers(scripted):
    """The commands 12, 2 and 258 of the vectors; 258 travels as 0x81 and a byte."""
    args = {2: "", 12: " n:u8 on:bool", 258: " x:u8"}
    replies = {20: " -> v:u8*3"}
    lines = [f"c{n}{args.get(n, '')}{replies.get(n, '')}" for n in range(2, 260)]
    answers = {row["name"]: bytes.fromhex(row["bytes"]) for row in BATCH["answers"]}
    answer = {}
    target, pico = scripted(lines, lambda number, _: ("done", answer.get(number, b"")))
    requests = {row["name"]: row for row in BATCH["requests"]}

    pico.c258(0xAA)
    assert target.frames[-1] == (258, b"\xaa")
    answer[0] = answers["one fine"]
    pico.batch([("c12", 1, True)])
    assert target.frames[-1] == (0, bytes.fromhex(requests["one light"]["bytes"]))
    answer[0] = b"\x03" + b"\0\0" * 3
    pico.batch([("c12", 1, True), ("c2",), ("c258", 0xAA)], go_on=True)
    assert target.frames[-1] == (0, bytes.fromhex(requests["three, going on"]["bytes"]))
    answer[0] = answers["a reply, then a refusal"]
    first, second = pico.batch([("c20",), ("c21",)], go_on=True)
    assert first.value == [1, 2, 3] and second.error.id == "no_such_pin"


def test_a_failure_with_the_picos_own_words(scripted):
    target, pico = scripted(["led n:u8"], lambda *_: ("failed", b"\x42GP1 is this link's SCL"))
    with pytest.raises(picoctl.CommandFailed) as caught:
        pico.led(1)
    assert caught.value.id == "pin_reserved" and caught.value.detail == "GP1 is this link's SCL"


def test_errors_of_a_users_own(scripted):
    target, pico = scripted(["led n:u8"], lambda *_: ("failed", b"\x61too hot"))
    with pytest.raises(picoctl.CommandFailed) as caught:
        pico.led(1)
    assert (caught.value.id, caught.value.code) == ("user_error", 0x61)
    assert "too hot" in caught.value.detail


def test_names_that_python_or_the_connection_has_itself(scripted):
    lines = ["class x:u8", "call x:u8", "address", "in.from from:u8 in:u8 timeout:u8",
             "led n:u8", "led.blink times:u8", "two -> in:u8 out:u8"]
    target, pico = scripted(lines, lambda number, _: ("done", b"\1\2" if number == 8 else b""))
    pico.call("class", 7)
    pico.call("call", 8)
    pico.call("address")
    assert target.frames == [(2, b"\7"), (3, b"\10"), (4, b"")]
    assert pico.address == ADDRESS and callable(pico.call)
    pico.commands["in.from"](from_=1, in_=2, timeout=3)
    getattr(getattr(pico, "in"), "from").within(2)(1, 2, 3)
    assert target.frames[-2:] == [(5, b"\1\2\3")] * 2
    pico.led(1)
    pico.led.blink(times=3)
    assert target.frames[-2:] == [(6, b"\1"), (7, b"\3")]
    assert (pico.two().in_, pico.two().out) == (1, 2)


def test_a_pico_with_another_program_behind_the_same_connection(scripted, bus):
    """Arguments by name go by the description that the Pico has when the command is sent."""
    first, pico = scripted(["move x:u8 y:u8", "old"], lambda *_: ("done", b""))
    pico.move(x=1, y=2)
    assert first.frames == [(2, b"\1\2")]
    first.close()
    second = ScriptedPico(bus.removeprefix("virtual:"), ADDRESS,
                          ["new", "move y:u8 x:u8 -> late:bool"],
                          lambda number, _: ("done", b"\1" if number == 3 else b""))
    try:
        assert pico.move(x=1, y=2) is True
        assert second.frames == [(3, b"\2\1")]
        pico.new()
        with pytest.raises(picoctl.NoSuchCommand):
            pico.old()
    finally:
        pico.close()
        second.close()
