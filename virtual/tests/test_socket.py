"""The socket's format, spoken by Python alone."""
import json
import pathlib
import random
import struct
import threading

import bus_client
import pytest
from bus_client import Bus, Refused

VECTORS = pathlib.Path(__file__).parents[2] / "socket" / "vectors.json"


def test_python_says_the_golden_bytes():
    golden = {row["name"]: row["hex"] for row in json.loads(VECTORS.read_text())["valid"]}
    said = {
        "hello": bus_client.hello(9, "picoctl"),
        "transfer": bus_client.transfer(7, [(0x41, b"\xa0\x01\x02"), (0x41, 6)]),
        "transfer_quick": bus_client.transfer(1, [(0x20, 0)]),
        "attach": bus_client.attach(3, [0x41, 0x42]),
        "answer": bus_client.answer(9, 1, 7500),
        "control_flip_bit": bus_client.control(4, "flip_bit", skip=2, value=13),
        "control_hold_sda": bus_client.control(5, "hold_sda", value=3),
        "query": bus_client.query(6),
        "note": bus_client.note(0x41, "pin 15 high"),
        "recover": bus_client.recover(8),
        "step": bus_client.step(9, "start", 0x82, wires=1, pause_ns=7500),
        "step_read_ack": bus_client.step(10, "read_ack", wires=0xA0),
    }
    for name, data in said.items():
        assert data.hex() == golden[name], name


def test_malformed_messages_close_that_connection_alone(daemon):
    rows = json.loads(VECTORS.read_text())["malformed"]
    with daemon.bus() as good:
        for row in rows:
            bad = daemon.bus(roles=15 | bus_client.STEPS)
            bad.send(bytes.fromhex(row["hex"]))
            with pytest.raises(Refused):
                bad.next_frame()
            with pytest.raises((EOFError, ConnectionError)):
                bad.next_frame()
            assert good.transfer((0x50, b"\x01"))[0] == 0, row["name"]


def test_a_target_in_python(daemon):
    target = daemon.bus(roles=bus_client.TARGET)
    assert target.attach(0x42) == 0
    seen = []

    def serve():
        while True:
            sequence, kind, value, _ = target.next_event()
            seen.append((kind, value))
            if kind == "stop":
                target.send(bus_client.note(0x42, "pin 15 high"))
                return
            if kind in ("start", "write", "read"):
                target.send(bus_client.answer(sequence, 0x5A if kind == "read" else 1, 2500))

    thread = threading.Thread(target=serve)
    thread.start()
    with daemon.observer() as observer, daemon.bus() as bus:
        assert bus.transfer((0x42, b"\x07"), (0x42, 1)) == (0, b"\x5a")
        assert bus.end_ns - bus.start_ns == 39 * 10_000 + 4 * 2500
        number, error, events = observer.next_transfer()
        assert (number, error) == (bus.id, 0)
        assert bus_client.bytes_of(events) == (
            "S 84 a stretch 07 a stretch Sr 85 a stretch stretch 5a n P"
        )
        thread.join()
        assert observer.next_transfer() == ("note", 0x42, "pin 15 high")
    assert seen == [
        ("start", 0x84), ("write", 7), ("restart", 0), ("start", 0x85), ("read", 0),
        ("read_ack", 0), ("stop", 0),
    ]


def test_a_transaction_byte_by_byte(daemon):
    with daemon.bus(roles=bus_client.STEPS) as bus, daemon.observer() as observer:
        assert bus.step("seize") == (0, 0)
        said = [("start", 0xA0), ("write", 7), ("write", 0x42), ("start", 0xA0), ("write", 7), ("start", 0xA1)]
        assert [bus.step(*one) for one in said] == [(0, 1)] * 6
        assert bus.step("read") == (0, 0x42)
        assert bus.step("read_ack", 0, wires=0xFF)[0] == 0
        assert bus.step("stop")[0] == 0
        number, error, events = observer.next_transfer()
        assert (number, error) == (1, 0)
        assert bus_client.bytes_of(events) == "S a0 a 07 a 42 a Sr a0 a 07 a Sr a1 a 42 n P"
        assert bus.step("write", 1) == (110, 0), "not without the bus"
    with daemon.bus() as without_the_role, pytest.raises(Refused):
        without_the_role.step("seize")


def test_faults_and_status(daemon):
    with daemon.bus() as bus:
        assert bus.control("flip_bit", value=23) == 0
        assert bus.transfer((0x50, b"\x07\x10"))[0] == 0
        assert bus.transfer((0x50, b"\x07"), (0x50, 1)) == (0, b"\x11")
        assert bus.control("vanish", address=0x20) == 0
        assert bus.transfer((0x20, 1))[0] == 121
        assert bus.control("restore", address=0x20) == 0
        assert bus.control("hold_sda", value=5) == 0
        assert bus.transfer((0x20, 1))[0] == 110
        assert bus.recover() == 0
        assert bus.control("lose_arbitration", value=1) == 0
        assert bus.transfer((0x20, 1))[0] == 11
        report = bus.query()
        assert report["faults_applied"] == 2
        assert report["devices"] == [(0, 0x50, 0, "registers"), (1, 0x20, 0, "pcf8574")]


def test_a_long_observation_comes_in_pieces(daemon):
    with daemon.observer() as observer, daemon.bus() as bus:
        data = bytes(i & 0xFF for i in range(5000))
        assert bus.transfer((0x20, data))[0] == 0
        _, error, events = observer.next_transfer()
        assert error == 0
        assert bytes(event[2] for event in events if event[1] == 4) == data


def test_noise_from_many_connections(daemon):
    generator = random.Random(99)
    with daemon.bus() as good:
        for _ in range(200):
            noisy = Bus(daemon.path, 15)
            size = generator.randrange(1, 60)
            body = bytes(generator.randrange(256) for _ in range(size))
            noisy.send(struct.pack("<I", size) + body)
            noisy.close()
            assert good.control("clear") == 0
            assert good.transfer((0x50, b"\x01"))[0] == 0
