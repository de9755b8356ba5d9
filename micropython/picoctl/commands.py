"""Commands and registers as their lines declare them, and running them."""
from . import errors
from .types import Parser, Struct

MAX_REQUEST = 42  # payload of a frame in a mailbox; its window's last byte stays free
MAX_REPLY = 40  # and of an answer


class Command:
    """One command: "led n:u8 on:bool -> was:bool @2000ms # help", and its handler."""

    def __init__(self, line, handler, alone=False, max_request=MAX_REQUEST,
                 max_reply=MAX_REPLY):
        self.line = _printable(line)
        self.handler = handler
        self.alone = alone  # refused inside a batch
        parser = Parser(line)
        self.name = parser.name()
        args, reply = [], []
        fields = args
        while not parser.at_end():
            if not parser.take(" "):
                parser.fail("one space belongs between the parts")
            if parser.take("#"):
                parser.rest()
            elif parser.take("-> "):
                if fields is reply:
                    parser.fail("there are two ->")
                fields = reply
                fields.append(parser.field())
            elif parser.take("@"):
                parser.number(0xFFFF)
                if not parser.take("ms"):
                    parser.fail("a time is @2000ms")
            else:
                fields.append(parser.field())
        self.args = _all_of(args, max_request, "the arguments of '%s'" % self.name)
        self.reply = _all_of(reply, max_reply, "the reply of '%s'" % self.name)

    def values(self, payload):
        """The arguments in `payload`; an Error that says what is wrong with them."""
        try:
            return self.args.unpack_values(payload)
        except ValueError as problem:
            raise errors.Error(str(problem), errors.BAD_ARGUMENTS)

    def run(self, values):
        """The reply's bytes. What the handler raises goes through."""
        return self.packed(self.handler(*values))

    def packed(self, result):
        out = bytearray()
        fields = self.reply.fields
        if not fields:
            return out
        try:
            if isinstance(result, dict) and not (len(fields) == 1 and fields[0][0] not in result):
                self.reply.pack(result, out)
            elif len(fields) == 1:
                self.reply.pack_values((result,), out)
            elif isinstance(result, (tuple, list)) and len(result) == len(fields):
                self.reply.pack_values(result, out)
            else:
                raise ValueError("%r has not %d parts" % (result, len(fields)))
        except ValueError as problem:
            raise errors.ReplyError("its reply: %s" % problem)
        return out


class Register:
    """A plain register: "speed:u16 # help" at a number; an integer of 1, 2 or 4 bytes."""

    def __init__(self, number, text):
        self.line = _printable("0x%02x %s" % (number, text))
        self.number = number
        self.handler = None
        parser = Parser(text)
        self.name, self._kind = parser.field()
        if parser.take(" #"):
            parser.rest()
        if not parser.at_end():
            parser.fail("a register is one name:type")
        if not getattr(self._kind, "whole", False) or self._kind.most > 4:
            parser.fail("a register is u8, u16, u32, i8, i16 or i32")
        self.size = self._kind.most

    def pack(self, value):
        out = bytearray()
        self._kind.pack(value, out)
        return out

    def unpack(self, data):
        return self._kind.unpack(data, 0)[0]


def _printable(line):
    if len(line.encode()) > 2048 or any(ord(letter) < 32 or ord(letter) == 127 for letter in line):
        raise ValueError("a description is one line of at most 2048 bytes: '%s'" % line[:24])
    return line


def _all_of(fields, room, what):
    names = [name for name, _ in fields]
    if len(set(names)) != len(names):
        raise ValueError("%s have two of one name" % what)
    kind = Struct(fields)
    if kind.most > room or len(fields) > 64:
        raise ValueError("%s may take %d bytes, and a frame of this Pico holds %d"
                         % (what, kind.most, room))
    return kind


class Commands:
    """By number; numbers begin at 1."""

    def __init__(self):
        self.list = []

    def add(self, command):
        if any(other.name == command.name for other in self.list):
            raise ValueError("there is a command '%s' already" % command.name)
        self.list.append(command)

    def find(self, first, payload):
        """(command or None, its arguments): CMD from 128 on has a second byte in the payload."""
        if first >= 0x80 and payload:
            first = (first & 0x7F) << 8 | payload[0]
            payload = payload[1:]
        if 1 <= first <= len(self.list):
            return self.list[first - 1], payload
        return None, payload

    def values_for(self, first, payload):
        """(command, argument values), or an Error that says why not."""
        command, payload = self.find(first, payload)
        if command is None:
            raise errors.Error("", errors.UNKNOWN_COMMAND)
        return command, command.values(payload)

    def run_batch(self, payload, attempt):
        """The payload of a batch's answer. `attempt(command, values)` runs one: (error code, or 0,
        and its reply)."""
        if not payload or payload[0] > 1:
            raise errors.Error("", errors.BAD_BATCH)
        goes_on = payload[0] == 1
        entries = [self._checked(entry) for entry in _entries(payload)]
        answer = bytearray(1)
        for command, values in entries:
            if len(answer) + 2 + command.reply.most > MAX_REPLY:
                break
            code, reply = attempt(command, values)
            answer[0] += 1
            answer.append(code)
            answer.append(len(reply))
            answer.extend(reply)
            if code and not goes_on:
                break
        return answer

    def _checked(self, entry):
        command, _ = self.find(*entry)
        if command is None or command.alone:
            raise errors.Error("", errors.BAD_BATCH)
        return self.values_for(*entry)


def _entries(payload):
    at = 1
    entries = []
    while at < len(payload):
        if at + 2 > len(payload) or at + 2 + payload[at + 1] > len(payload):
            raise errors.Error("", errors.BAD_BATCH)
        end = at + 2 + payload[at + 1]
        entries.append((payload[at], payload[at + 2 : end]))
        at = end
    return entries
