"""The golden vectors of tests/vectors, in MicroPython."""
import json
import os
import struct

from harness import equal
from picoctl import wire
from picoctl.commands import Command, _entries
from picoctl.sessions import Sessions
from picoctl.types import Parser

EMPTY = b"\xff" * wire.ROOM
STATES = ("idle", "pending", "busy", "done", "failed", "bad_frame", "no_session", "out_of_order")
STATUSES = ("open", "no_slot", "unknown", "key_refused", "closed", "busy", "moves")


def load(name):
    with open("%s/%s.json" % (os.getenv("PICOCTL_VECTORS"), name)) as file:
        return json.load(file)


def window_of(frame):
    """The mailbox after a frame, register byte first, was written to it."""
    return (frame[1:] + EMPTY)[: max(len(frame) - 1, wire.ROOM)]


def accepted(frame, address, key):
    window = window_of(frame)
    return wire.is_whole(window, (EMPTY * 8)[: len(window)]) and wire.crc_matches(window, address, key)


def crc():
    file = load("crc")
    equal(file["polynomial"], 0xA2EB)
    for case in file["cases"]:
        equal(wire.crc16(case["key"], bytes.fromhex(case["data"])), case["crc"], case["name"])


def key():
    for case in load("key")["cases"]:
        equal(wire.session_key(case["nonce"], case["boot_id"], int(case["unique_id"], 16),
                               case["description"], case["address"]), case["key"], case["name"])


def identity():
    """Only mailbox identities are ours to make; the fields of one are those of the vector."""
    for case in load("identity")["cases"]:
        who = case["identity"]
        ours = wire.identity(case["address"], who["boot_id"], who["description"],
                             int(who["unique_id"], 16),
                             ("virtual_pico", "rp2040", "rp2350").index(who["chip"]), who["slots"])
        theirs = bytes.fromhex(case["bytes"])
        equal(ours[:3], theirs[:3])
        equal(ours[7:25], theirs[7:25], case["name"])
        body = bytes((case["address"] << 1 | 1,)) + theirs[:30]
        equal(struct.unpack(">H", theirs[30:])[0], wire.crc16(wire.PUBLIC_KEY, body))
        body = bytes((case["address"] << 1 | 1,)) + ours[:30]
        equal(struct.unpack(">H", ours[30:])[0], wire.crc16(wire.PUBLIC_KEY, body))


def request():
    file = load("request")
    for case in file["cases"]:
        frame = bytes.fromhex(case["bytes"])
        window = window_of(frame)
        if len(window) > wire.ROOM:
            continue  # longer than a mailbox is
        assert accepted(frame, case["address"], case["key"]), case["name"]
        assert not accepted(frame, case["address"], case["key"] ^ 1), case["name"]
        assert not accepted(frame, case["address"] + 1, case["key"]), case["name"]
        equal(window[0], case["slot"] << 5 | case["number"])
        equal(window[2], case["command"])
        equal(window[3 : 3 + window[1]], bytes.fromhex(case["payload"]))
        equal(wire.check_of(window), frame[-2:])
    led = file["cases"][0]
    for case in file["malformed"]:
        frame = bytes.fromhex(case["bytes"])
        if frame[:1] == b"\xa0":
            assert not accepted(frame, led["address"], led["key"]), case["why"]


def answer():
    for case in load("answer")["cases"]:
        if case["events"]:
            continue  # not in this version
        seq = case["slot"] << 5 | case["number"]
        equal(wire.answer(case["address"], case["key"], STATES.index(case["state"]), seq,
                          case["epoch"], bytes.fromhex(case["payload"])),
              bytes.fromhex(case["bytes"]), case["name"])


def mailbox():
    for case in load("mailbox")["refusals"]:
        window = window_of(bytes.fromhex(case["request"]))
        equal(wire.answer(case["address"], wire.PUBLIC_KEY, STATES.index(case["state"]),
                          wire.PUBLIC_SEQ, case["epoch"], wire.check_of(window)),
              bytes.fromhex(case["bytes"]), case["name"])


def session():
    file = load("session")
    for case in file["replies"]:
        sessions = Sessions(7, 0x41)
        sessions.know(case["boot_id"], 0, 0)
        slot = None
        if case["status"] in ("open", "closed", "busy"):
            slot = sessions.slots[case["slot"]]
            slot.last = case["last"]
            slot.state = ("closed", "fresh", "busy", "done").index(case["state"])
        status = STATUSES.index(case["status"])
        equal(sessions._reply(case["nonce"], status, slot, case["wait_ms"]),
              bytes.fromhex(case["bytes"]))
    sessions = Sessions(1, 0x41)
    for text in file["malformed_requests"]:
        equal(sessions.answer_public(1, bytes.fromhex(text)), None)
    for case in file["requests"]:
        reply = sessions.answer_public(2, bytes.fromhex(case["bytes"]))
        equal(struct.unpack_from("<IB", reply), (case["nonce"], 2))
    for case in file["moves"]:  # a mailbox cannot move, and refuses
        equal(sessions.answer_public(4, bytes.fromhex(case["bytes"])), None)


def value_of(kind, value):
    """A value of the vectors, whose numbers are texts, as a handler has it."""
    if kind.startswith("("):
        return {name: value_of("", part) for name, part in value.items()}
    if isinstance(value, list):
        return [value_of(kind.split("*")[0], part) for part in value]
    if isinstance(value, dict):
        return {name: value_of("", part) for name, part in value.items()}
    if kind.startswith("bytes"):
        return bytes.fromhex(value)
    if kind.startswith("str") or isinstance(value, bool):
        return value
    try:
        return float(value) if kind[:1] == "f" else int(value)
    except ValueError:
        return value


def codec():
    file = load("codec")
    for case in file["cases"]:
        kind = Parser(case["type"]).kind()
        value = value_of(case["type"], case["value"])
        data = bytes.fromhex(case["bytes"])
        out = bytearray()
        kind.pack(value, out)
        equal(bytes(out), data, case["type"])
        back, end = kind.unpack(data, 0)
        equal(end, len(data), case["type"])
        if case["type"] != "f32":  # which the text has rounded
            equal(back, value, case["type"])
        assert kind.least <= len(data) <= kind.most, case["type"]
    for case in file["malformed"]:
        data = bytes.fromhex(case["bytes"])
        try:
            _, end = Parser(case["type"]).kind().unpack(data, 0)
        except ValueError:
            continue
        assert end != len(data), "%s: %s" % (case["type"], case["why"])


def description():
    file = load("description")
    for case in file["lines"]:
        command = Command(case["line"], None)
        equal(command.name, case["name"])
        equal([name for name, _ in command.args.fields], [field["name"] for field in case["args"]])
        equal([name for name, _ in command.reply.fields], [field["name"] for field in case["reply"]])
        for (_, kind), field in zip(command.args.fields, case["args"]):
            equal(kind.most, Parser(field["type"]).kind().most)
        equal(command.line, case["line"])
    for case in file["hashes"]:
        equal(wire.description_hash(case["text"].encode()), case["hash"])


def batch():
    file = load("batch")
    for case in file["requests"]:
        equal([(number, bytes(args)) for number, args in _entries(bytes.fromhex(case["bytes"]))],
              [(entry["command"], bytes.fromhex(entry["args"])) for entry in case["entries"]])
    for case in file["malformed"]:
        try:
            _entries(b"\0" + bytes.fromhex(case["entry"]))
        except Exception as problem:
            equal(problem.code, 0x23)
        else:
            raise AssertionError(case["why"])


def sequence():
    for case in load("sequence")["cases"]:
        equal(case["slot"] << 5 | case["number"], case["byte"])
        equal((case["number"] + 1) & 31, case["next"])
