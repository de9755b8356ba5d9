"""A second, independent speaker of the virtual bus's socket format, for tests.

It follows socket/FORMAT.md and shares no code with the C++ side, so that the two check each other.
"""
import os
import socket
import struct

MAGIC = 0x42435650
VERSION = 1

HELLO, TRANSFER, ATTACH, ANSWER, CONTROL, QUERY, NOTE, RECOVER, STEP = range(1, 10)
WELCOME, REFUSED, RESULT, DONE, WIRE, EVENT, NOTED, REPORT, STEPPED = range(0x81, 0x8A)

CONTROLLER, TARGET, OBSERVER, CONTROL_ROLE, STEPS = 1, 2, 4, 8, 32
STEP_KINDS = "? seize start write read read_ack stop".split()

READ = 1

FAULTS = {
    name: number
    for number, name in enumerate(
        "clear flip_bit flip_ack nack_address vanish freeze restore hold_sda hold_scl "
        "lose_arbitration busy cut skip_read burst slip stretch double_frame lose_answer lose_stop "
        "second_controller reset brown_out power_loss_at_flash inject_panic "
        "incomplete_address_phase incomplete_write_byte answer_at hang_up".split()
    )
}
WIRE_KINDS = (
    "? start restart address data stop stretch arbitration_lost stuck pulses".split()
)
TARGET_EVENTS = (
    "? start write read read_ack restart stop arb_lost "
    "partial abandoned clock look reset flash_power".split()
)


class Refused(Exception):
    """The server closed the connection and said why."""


def text(value):
    data = value.encode()
    return bytes([len(data)]) + data


def frame(kind, body=b""):
    return struct.pack("<IB", 1 + len(body), kind) + body


def hello(roles, name="test", version=VERSION, magic=MAGIC):
    return frame(HELLO, struct.pack("<IHB", magic, version, roles) + text(name))


def transfer(tag, messages):
    """Each message is (address, bytes) for a write or (address, length) for a read."""
    body = struct.pack("<IB", tag, len(messages))
    for address, what in messages:
        if isinstance(what, int):
            body += struct.pack("<HHH", address, READ, what)
        else:
            body += struct.pack("<HHH", address, 0, len(what)) + bytes(what)
    return frame(TRANSFER, body)


def attach(tag, addresses):
    return frame(ATTACH, struct.pack("<IB", tag, len(addresses)) + bytes(addresses))


def answer(sequence, value, stretch_ns=0):
    return frame(ANSWER, struct.pack("<IBI", sequence, value, stretch_ns))


def control(tag, fault, on=True, address=0, skip=0, value=0):
    return frame(
        CONTROL, struct.pack("<IBBHII", tag, FAULTS[fault], on, address, skip, value)
    )


def query(tag):
    return frame(QUERY, struct.pack("<I", tag))


def recover(tag):
    return frame(RECOVER, struct.pack("<I", tag))


def step(tag, kind, value=0, wires=0, pause_ns=0):
    return frame(STEP, struct.pack("<IBBBI", tag, STEP_KINDS.index(kind), value, wires, pause_ns))


def note(address, words):
    return frame(NOTE, bytes([address]) + text(words))


def take_text(data, offset):
    size = data[offset]
    return data[offset + 1 : offset + 1 + size].decode(), offset + 1 + size


class Bus:
    """One connection. Blocking, with a timeout, so that no test hangs."""

    def __init__(self, path, roles=CONTROLLER, timeout=60.0):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.socket.connect(os.fspath(path))
        self.buffer = b""
        self.tag = 0
        self.socket.sendall(hello(roles))
        body = self.expect(WELCOME)
        self.version, self.speed_hz = struct.unpack_from("<HI", body)
        self.name, _ = take_text(body, 6)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def next_frame(self):
        while len(self.buffer) < 4 or len(self.buffer) < 4 + self.pending():
            more = self.socket.recv(65536)
            if not more:
                raise EOFError("the server hung up")
            self.buffer += more
        size = 4 + self.pending()
        kind, body = self.buffer[4], self.buffer[5:size]
        self.buffer = self.buffer[size:]
        if kind == REFUSED:
            _, number = struct.unpack_from("<HH", body)
            raise Refused(number, take_text(body, 4)[0])
        return kind, body

    def pending(self):
        return struct.unpack_from("<I", self.buffer)[0]

    def expect(self, kind):
        got, body = self.next_frame()
        assert got == kind, f"message {got:#x} instead of {kind:#x}"
        return body

    def done(self):
        body = self.expect(DONE)
        tag, number = struct.unpack_from("<II", body)
        assert tag == self.tag
        return number

    def transfer(self, *messages):
        """Returns (errno, data read)."""
        self.tag += 1
        self.send(transfer(self.tag, messages))
        body = self.expect(RESULT)
        tag, self.id, number, self.start_ns, self.end_ns, size = struct.unpack_from(
            "<IQIQQI", body
        )
        data = body[36:]
        assert tag == self.tag and len(data) == size
        return number, data

    def control(self, fault, **values):
        self.tag += 1
        self.send(control(self.tag, fault, **values))
        return self.done()

    def step(self, kind, value=0, wires=0, pause_ns=0):
        """Returns (errno, ACK or byte)."""
        self.tag += 1
        self.send(step(self.tag, kind, value, wires, pause_ns))
        tag, number, answer, self.stretch_ns, self.time_ns = struct.unpack("<IIBIQ", self.expect(STEPPED))
        assert tag == self.tag
        return number, answer

    def recover(self):
        self.tag += 1
        self.send(recover(self.tag))
        return self.done()

    def attach(self, *addresses):
        self.tag += 1
        self.send(attach(self.tag, addresses))
        return self.done()

    def query(self):
        self.tag += 1
        self.send(query(self.tag))
        return parse_report(self.expect(REPORT))

    def next_event(self):
        """As a target: (sequence, kind, value, time_ns)."""
        sequence, kind, value, time_ns = struct.unpack("<IBBQ", self.expect(EVENT))
        return sequence, TARGET_EVENTS[kind], value, time_ns

    def next_transfer(self):
        """As an observer: (id, errno, [events]), or ("note", address, text)."""
        events = []
        while True:
            kind, body = self.next_frame()
            if kind == NOTED:
                return "note", body[8], take_text(body, 9)[0]
            assert kind == WIRE
            number, flags, error, count = struct.unpack_from("<QBIB", body)
            for i in range(count):
                events.append(struct.unpack_from("<QBBBBI", body, 14 + 16 * i))
            if flags & 2:
                return number, error, events


def parse_report(body):
    keys = (
        "tag speed_hz time_ns transfers wire_bytes nacks faults_applied faults_missed "
        "faults_pending lines rows".split()
    )
    report = dict(zip(keys, struct.unpack_from("<IIQQQQQQIBB", body)))
    offset = struct.calcsize("<IIQQQQQQIBB")
    devices = []
    for _ in range(report["rows"]):
        index, address, state = body[offset : offset + 3]
        name, offset = take_text(body, offset + 3)
        devices.append((index, address, state, name))
    assert offset == len(body)
    report["devices"] = devices
    return report


def bytes_of(events):
    """The bytes on the wire, as text: S 82 a 01 n Sr 83 a ... P."""
    words = []
    for _, kind, byte, flags, _, _ in events:
        name = WIRE_KINDS[kind]
        if name in ("address", "data"):
            words += [f"{byte:02x}", "a" if flags & 1 else "n"]
        else:
            words.append({"start": "S", "restart": "Sr", "stop": "P"}.get(name, name))
    return " ".join(words)
