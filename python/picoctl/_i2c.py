"""The raw escape, in smbus2's shape."""

import ctypes

_READ = 0x0001
_LONGEST = 8192


class i2c_msg:
    """One message of a raw transaction; made with write() or read(). bytes() of it is its data."""

    def __init__(self, addr, flags, data):
        self.addr, self.flags, self.buf = addr, flags, bytearray(data)

    @property
    def len(self):
        return len(self.buf)

    @classmethod
    def write(cls, address, buf):
        """Bytes to write: bytes, a list of numbers, or a str of characters below 256."""
        data = buf.encode("latin-1") if isinstance(buf, str) else bytes(buf)
        return cls(_checked(address), 0, _fitting(data))

    @classmethod
    def read(cls, address, length):
        """Room for `length` bytes to be read, 1 to 8192."""
        if not 0 < length <= _LONGEST:
            raise ValueError(f"a read has 1 to {_LONGEST} bytes, not {length}")
        return cls(_checked(address), _READ, length)

    def __bytes__(self):
        return bytes(self.buf)

    def __iter__(self):
        return iter(self.buf)

    def __len__(self):
        return len(self.buf)

    def __repr__(self):
        what = f"read {self.len}" if self.flags & _READ else f"write {bytes(self.buf).hex(' ')}"
        return f"<i2c_msg 0x{self.addr:02x} {what}>"


def _checked(address):
    if not 0 <= address <= 0x7F:
        raise ValueError(f"an address has 7 bits, not {address:#x}")
    return address


def _fitting(data):
    if len(data) > _LONGEST:
        raise ValueError(f"a message has at most {_LONGEST} bytes, not {len(data)}")
    return data


def _fill(message, data):
    if isinstance(message, i2c_msg):
        message.buf[:] = data
    else:  # smbus2's own: its buf points to memory of its own
        ctypes.memmove(message.buf, data, len(data))


def transfer(core, messages):
    """One transaction of these messages, ours or smbus2's; reads are filled in place."""
    if not messages:
        raise ValueError("a transaction has at least one message")
    rows = [(m.addr, m.flags, m.len if m.flags & _READ else bytes(m)) for m in messages]
    read = iter(core.transfer(rows))
    for message in messages:
        if message.flags & _READ:
            _fill(message, next(read))
