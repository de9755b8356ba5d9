"""The types of a description and their bytes; the grammar stands in docs/PROTOCOL.md.

Each type has `least` and `most` (bytes on the wire), `pack(value, out)` and
`unpack(data, at) -> (value, behind)`. Both raise ValueError with what is wrong. The plain ones have
`quick`, their form for the link in C++ (micropython/module/values.h).
"""
import struct

_NAME = "abcdefghijklmnopqrstuvwxyz0123456789_."
_ENUMERATOR = _NAME + "ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
_DIGITS = "0123456789"
_NUMBERS = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "i8": "b", "i16": "h", "i32": "i",
            "i64": "q", "f32": "f", "f64": "d"}
MAX_DEPTH = 8


class _Number:
    def __init__(self, name):
        self.name = name
        self._format = "<" + _NUMBERS[name]
        self.least = self.most = struct.calcsize(self._format)
        self.quick = _NUMBERS[name].encode()
        self.whole = name[0] != "f"
        self.low = -1 << 8 * self.most - 1 if name[0] == "i" else 0
        self.high = self.low + (1 << 8 * self.most) - 1

    def pack(self, value, out):
        if self.whole and (not isinstance(value, (int, bool)) or not self.low <= value <= self.high):
            raise ValueError("%r is no %s" % (value, self.name))
        try:
            out.extend(struct.pack(self._format, value))
        except TypeError:
            raise ValueError("%r is no %s" % (value, self.name))

    def unpack(self, data, at):
        if at + self.most > len(data):
            raise ValueError("cut short")
        return struct.unpack_from(self._format, data, at)[0], at + self.most


class _Bool:
    name = "bool"
    quick = b"?"
    least = most = 1

    def pack(self, value, out):
        if value is not True and value is not False and value != 0 and value != 1:
            raise ValueError("%r is no bool" % (value,))
        out.append(1 if value else 0)

    def unpack(self, data, at):
        if at >= len(data) or data[at] > 1:
            raise ValueError("no bool")
        return data[at] == 1, at + 1


class _Enum:
    """Its values are words: the handler gets and gives "output", not 1."""

    def __init__(self, base, words):
        self.name = "one of " + ", ".join(words)
        self._base = base
        self._words = words
        self.least = self.most = base.most

    def pack(self, value, out):
        if value not in self._words:
            raise ValueError("%r is not %s" % (value, self.name))
        self._base.pack(self._words[value], out)

    def unpack(self, data, at):
        number, at = self._base.unpack(data, at)
        for word, value in self._words.items():
            if value == number:
                return word, at
        raise ValueError("%d is not %s" % (number, self.name))


class _Sized:
    def __init__(self, text, most):
        self.name = "%s<%d>" % ("str" if text else "bytes", most)
        self._text = text
        self._most = most
        self.quick = bytes((ord("s" if text else "y"), most))
        self.least = 1
        self.most = most + 1

    def pack(self, value, out):
        if isinstance(value, str) if self._text else isinstance(value, (bytes, bytearray)):
            data = value.encode() if self._text else value
            if len(data) <= self._most:
                out.append(len(data))
                out.extend(data)
                return
        raise ValueError("%r is no %s" % (value, self.name))

    def unpack(self, data, at):
        if at >= len(data) or data[at] > self._most or at + 1 + data[at] > len(data):
            raise ValueError("no " + self.name)
        end = at + 1 + data[at]
        value = bytes(data[at + 1 : end])
        return (_text(value) if self._text else value), end


def _text(data):
    try:
        return data.decode()
    except UnicodeError:
        raise ValueError("no UTF-8")


class _Array:
    def __init__(self, element, count):
        self.name = "%s*%d" % (element.name, count)
        self._element = element
        self._count = count
        self.least = element.least * count
        self.most = element.most * count

    def pack(self, value, out):
        if not isinstance(value, (list, tuple, bytes, bytearray)) or len(value) != self._count:
            raise ValueError("%r are not %d" % (value, self._count))
        for element in value:
            self._element.pack(element, out)

    def unpack(self, data, at):
        values = []
        for _ in range(self._count):
            value, at = self._element.unpack(data, at)
            values.append(value)
        return values, at


class Struct:
    """Named fields in order; its values are dicts. Also the arguments and the reply of a command."""

    name = "a struct"

    def __init__(self, fields):
        self.fields = fields  # [(name, type)]
        self.least = sum(kind.least for _, kind in fields)
        self.most = sum(kind.most for _, kind in fields)

    def pack(self, value, out):
        if not isinstance(value, dict) or len(value) != len(self.fields):
            raise ValueError("%r has not the fields %s" % (value, self._names()))
        for name, kind in self.fields:
            if name not in value:
                raise ValueError("%r has no %s" % (value, name))
            _pack_field(name, kind, value[name], out)

    def pack_values(self, values, out):
        for (name, kind), value in zip(self.fields, values):
            _pack_field(name, kind, value, out)

    def unpack(self, data, at):
        values = {}
        for name, kind in self.fields:
            values[name], at = kind.unpack(data, at)
        return values, at

    def unpack_values(self, data):
        """The values of all fields; ValueError unless they are all of `data`."""
        values = []
        at = 0
        for name, kind in self.fields:
            try:
                value, at = kind.unpack(data, at)
            except ValueError as problem:
                raise ValueError("%s: %s" % (name, problem))
            values.append(value)
        if at != len(data):
            raise ValueError("bytes are left over")
        return values

    def _names(self):
        return ", ".join(name for name, _ in self.fields)


def _pack_field(name, kind, value, out):
    try:
        kind.pack(value, out)
    except ValueError as problem:
        raise ValueError("%s: %s" % (name, problem))


class Parser:
    """Reads one line of a description from the left."""

    def __init__(self, text):
        self._text = text
        self._at = 0

    def at_end(self):
        return self._at == len(self._text)

    def fail(self, problem):
        raise ValueError("%s, in '%s' at '%s'" % (problem, self._text, self._text[self._at :][:16]))

    def take(self, expected):
        if not self._text.startswith(expected, self._at):
            return False
        self._at += len(expected)
        return True

    def word(self, letters):
        start = self._at
        while self._at < len(self._text) and self._text[self._at] in letters:
            self._at += 1
        return self._text[start : self._at]

    def name(self):
        word = self.word(_NAME)
        if not word or len(word) > 32 or word[0] in _DIGITS + "_.":
            self.fail("a name is a-z, then a-z 0-9 _ ., at most 32 of them")
        return word

    def number(self, most):
        digits = self.word(_DIGITS)
        if not digits or int(digits) > most:
            self.fail("a number up to %d is missing" % most)
        return int(digits)

    def rest(self):
        rest = self._text[self._at :]
        self._at = len(self._text)
        return rest

    def field(self, depth=0):
        name = self.name()
        if not self.take(":"):
            self.fail("'%s' has no type; write it as %s:u8" % (name, name))
        kind = self.kind(depth)
        if self.take("["):
            end = self._text.find("]", self._at)
            if not 1 <= end - self._at <= 16:
                self.fail("a unit is up to 16 letters in []")
            self._at = end + 1
        return name, kind

    def kind(self, depth=0):
        if depth > MAX_DEPTH:
            self.fail("types within types within types")
        kind = self._base(depth)
        while self.take("*"):
            count = self.number(240)
            if count == 0 or kind.least == 0:
                self.fail("an array of nothing")
            kind = _Array(kind, count)
        return kind

    def _base(self, depth):
        if self.take("("):
            return self._struct(depth)
        for text, start in ((True, "str<"), (False, "bytes<")):
            if self.take(start):
                kind = _Sized(text, self.number(239))
                if not self.take(">"):
                    self.fail("'>' is missing")
                return kind
        word = self.word(_NAME)
        if word == "bool":
            return _Bool()
        if word not in _NUMBERS:
            self.fail("'%s' is no type; there are bool u8 u16 u32 u64 i8 i16 i32 i64 f32 f64 "
                      "str<N> bytes<N>" % word)
        kind = _Number(word)
        return self._enum(kind) if kind.whole and self.take("{") else kind

    def _enum(self, base):
        words = {}
        while True:
            word = self.word(_ENUMERATOR)
            if not word or len(word) > 32 or word in words or not self.take("="):
                self.fail("an enumeration is u8{word=0,other=1}")
            sign = -1 if self.take("-") else 1
            words[word] = sign * self.number(1 << 64)
            if not base.low <= words[word] <= base.high:
                self.fail("'%s' does not fit %s" % (word, base.name))
            if not self.take(","):
                break
        if not self.take("}"):
            self.fail("'}' is missing")
        return _Enum(base, words)

    def _struct(self, depth):
        fields = []
        while not self.take(")"):
            if fields and not self.take(","):
                self.fail("')' is missing")
            fields.append(self.field(depth + 1))
        return Struct(fields)
