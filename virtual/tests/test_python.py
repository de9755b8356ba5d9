"""python3-smbus, python3-smbus2 and plain Python on the virtual bus; what happens to descriptors."""
import importlib.util
import os
import signal
import subprocess
import time

import pytest
from conftest import LIMIT, need


def need_module(name):
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"python3-{name} is not installed")


PRELUDE = """
import ctypes, errno, fcntl, glob, os, struct, sys, threading
class Msg(ctypes.Structure):
    _fields_ = [('addr', ctypes.c_uint16), ('flags', ctypes.c_uint16), ('len', ctypes.c_uint16),
                ('buf', ctypes.c_void_p)]
class Call(ctypes.Structure):
    _fields_ = [('msgs', ctypes.POINTER(Msg)), ('count', ctypes.c_uint32)]
libc = ctypes.CDLL(None, use_errno=True)
def put_and_get(fd, at, value):
    # write, and read back, in one I2C_RDWR; without the interpreter's lock meanwhile
    out = ctypes.create_string_buffer(bytes([at, value]), 2)
    back = ctypes.create_string_buffer(1)
    msgs = (Msg * 3)(Msg(0x50, 0, 2, ctypes.addressof(out)), Msg(0x50, 0, 1, ctypes.addressof(out)),
                     Msg(0x50, 1, 1, ctypes.addressof(back)))
    assert libc.ioctl(fd, 0x707, ctypes.byref(Call(msgs, 3))) == 3, ctypes.get_errno()
    return back.raw[0]
def bus():
    fd = os.open('/dev/i2c-1', os.O_RDWR)
    fcntl.ioctl(fd, 0x703, 0x50)
    return fd
def get(fd, at):
    os.write(fd, bytes([at]))
    return os.read(fd, 1)[0]
def put(fd, at, value):
    assert os.write(fd, bytes([at, value])) == 2
"""

SMBUS_CALLS = """
bus.write_byte_data(0x50, 1, 0x42)
assert bus.read_byte_data(0x50, 1) == 0x42
bus.write_word_data(0x50, 2, 0x1234)
assert bus.read_word_data(0x50, 2) == 0x1234
bus.write_i2c_block_data(0x50, 0x10, list(range(32)))
assert list(bus.read_i2c_block_data(0x50, 0x10, 32)) == list(range(32))
assert list(bus.read_i2c_block_data(0x50, 0x11, 3)) == [1, 2, 3]
bus.write_block_data(0x50, 0x40, [7, 8])
assert list(bus.read_i2c_block_data(0x50, 0x40, 3)) == [2, 7, 8]
bus.write_byte(0x50, 1)
assert bus.read_byte(0x50) == 0x42
bus.write_quick(0x20)
got = bus.process_call(0x50, 2, 0x9988)
assert (got if got is not None else 0) in (0, bus.read_word_data(0x50, 4)), got
for call in (lambda: bus.read_byte(0x33), lambda: bus.write_quick(0x33), lambda: bus.write_byte(0x33, 1)):
    try:
        call()
        raise SystemExit('nobody answered and it was not told')
    except OSError as error:
        assert error.errno == 121, error
try:
    bus.read_block_data(0x50, 0x40)
    raise SystemExit('a block read is impossible on a Pi')
except OSError as error:
    assert error.errno == 95, error
print('good')
"""


@pytest.mark.parametrize("module", ["smbus", "smbus2"])
def test_every_call(daemon, module):
    need_module(module)
    script = f"import {module}\nbus = {module}.SMBus(1)\n" + SMBUS_CALLS
    assert daemon.python(script).stdout == "good\n"
    assert daemon.stop()["port_bytes"] == 0


def test_smbus2_rdwr_and_pec(daemon):
    need_module("smbus2")
    script = """
from smbus2 import SMBus, i2c_msg
with SMBus('/dev/i2c-1') as bus:
    read = i2c_msg.read(0x50, 3)
    bus.i2c_rdwr(i2c_msg.write(0x50, [9, 1, 2, 3]))
    bus.i2c_rdwr(i2c_msg.write(0x50, [9]), read)
    assert list(read) == [1, 2, 3], list(read)
    big = i2c_msg.write(0x50, [0] + [5] * 8191)
    bus.i2c_rdwr(big)
    whole = i2c_msg.read(0x50, 8192)
    bus.i2c_rdwr(whole)
    assert set(whole) == {5}
    bus.pec = True
    try:
        bus.read_byte_data(0x50, 9)
        raise SystemExit('the check byte was wrong and it was not told')
    except OSError as error:
        assert error.errno == 74, error
print('good')
"""
    assert daemon.python(script).stdout == "good\n"


def test_a_right_check_byte_is_accepted(daemon):
    need_module("smbus2")
    script = """
from smbus2 import SMBus
def crc8(*data):
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 7) & 255 if crc & 128 else crc << 1 & 255
    return crc
with SMBus(1) as bus:
    bus.write_i2c_block_data(0x50, 3, [0x5a, crc8(0xa0, 3, 0xa1, 0x5a)])
    bus.pec = True
    assert bus.read_byte_data(0x50, 3) == 0x5a
print('good')
"""
    assert daemon.python(script).stdout == "good\n"


def test_names_are_seen_by_python(daemon):
    script = PRELUDE + """
import pathlib
assert glob.glob('/dev/i2c-*') == ['/dev/i2c-1']
assert 'i2c-1' in os.listdir('/sys/class/i2c-dev')
assert pathlib.Path('/dev/i2c-1').is_char_device()
assert os.access('/dev/i2c-1', os.R_OK | os.W_OK)
assert open('/sys/class/i2c-dev/i2c-1/name').read() == 'picoctl virtual bus\\n'
import stat
assert stat.S_ISCHR(os.fstat(bus()).st_mode)
assert os.major(os.stat('/dev/i2c-1').st_rdev) == 89
"""
    daemon.python(script)


def test_addresses_and_limits_as_i2c_dev_has_them(daemon):
    script = PRELUDE + """
fd = bus()
def errno_of(call):
    try:
        call()
    except OSError as error:
        return error.errno
    return 0
assert errno_of(lambda: fcntl.ioctl(fd, 0x703, 0x80)) == errno.EINVAL
assert errno_of(lambda: fcntl.ioctl(fd, 0x706, 0x7f)) == 0
assert errno_of(lambda: fcntl.ioctl(fd, 0x704, 1)) == 0
assert errno_of(lambda: fcntl.ioctl(fd, 0x703, 0x350)) == 0
assert errno_of(lambda: os.write(fd, b'x')) == errno.EOPNOTSUPP
assert errno_of(lambda: fcntl.ioctl(fd, 0x704, 0)) == 0
assert errno_of(lambda: fcntl.ioctl(fd, 0x703, 0x50)) == 0
assert errno_of(lambda: fcntl.ioctl(fd, 0x701, 3)) == 0
assert errno_of(lambda: fcntl.ioctl(fd, 0x702, 100)) == 0
assert errno_of(lambda: fcntl.ioctl(fd, 0x7ff, 0)) in (errno.ENOTTY, errno.EINVAL)
assert os.write(fd, bytes(9000)) == 8192
assert len(os.read(fd, 9000)) == 8192
assert os.write(fd, b'') == 0
rdwr = struct.pack('PI', 0, 1)
assert errno_of(lambda: fcntl.ioctl(fd, 0x707, rdwr)) == errno.EINVAL
"""
    daemon.python(script)


def test_duplicates_share_the_address(daemon):
    script = PRELUDE + """
fd = bus()
put(fd, 5, 55)
other = os.dup(fd)
assert get(other, 5) == 55
fcntl.ioctl(other, 0x703, 0x20)
os.write(fd, b'\\x0f')            # to the port, although the first descriptor was never told
fcntl.ioctl(fd, 0x703, 0x50)
os.close(fd)
assert get(other, 5) == 55
moved = os.dup2(other, 77)
assert get(moved, 5) == 55
os.close(other)
plain = os.open('/dev/null', os.O_RDWR)
assert os.write(plain, b'not for the bus') == 15
assert get(moved, 5) == 55
"""
    daemon.python(script)
    counters = daemon.stop()
    assert counters["port_bytes"] == 1


def test_parent_and_children_at_once(daemon):
    script = PRELUDE + """
fd = bus()
children = []
def work(who):
    return all(put_and_get(fd, who, i) == i for i in range(200))
for who in range(1, 4):
    pid = os.fork()
    if pid == 0:
        os._exit(0 if work(who) else 1)
    children.append(pid)
assert work(0)
for pid in children:
    assert os.waitpid(pid, 0)[1] == 0
"""
    daemon.python(script)
    assert daemon.stop()["transfers"] == 4 * 200


def test_threads_on_one_descriptor(daemon):
    script = PRELUDE + """
fd = bus()
wrong = []
def work(who):
    for i in range(200):
        if put_and_get(fd, who, i) != i:
            wrong.append((who, i))
threads = [threading.Thread(target=work, args=(who,)) for who in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert not wrong, wrong
"""
    daemon.python(script)


def test_address_survives_exec(daemon):
    script = PRELUDE + """
fd = bus()
put(fd, 6, 66)
os.set_inheritable(fd, True)
os.execv('/usr/bin/python3', ['python3', '-c',
    f"import os; os.write({fd}, bytes([6])); print(os.read({fd}, 1)[0])"])
"""
    assert daemon.python(script).stdout == "66\n"


def test_close_on_exec_is_obeyed(daemon):
    script = PRELUDE + """
for flag, left in ((0, True), (os.O_CLOEXEC, False)):
    fd = libc.open(b'/dev/i2c-1', os.O_RDWR | flag)
    assert os.get_inheritable(fd) == left
"""
    daemon.python(script)


def test_statistics_and_system_calls(daemon, tmp_path):
    need("strace")
    need_module("smbus2")
    stats = tmp_path / "stats"
    trace = tmp_path / "trace"
    script = """
from smbus2 import SMBus, i2c_msg
with SMBus(1) as bus:
    for i in range(100):
        bus.i2c_rdwr(i2c_msg.write(0x50, [1, 2, 3, 4]), i2c_msg.read(0x50, 6))
"""
    daemon.run(
        "strace", "-o", trace, "-e", "trace=network,ioctl", "-E", f"LD_PRELOAD={daemon.environment()['LD_PRELOAD']}",
        "/usr/bin/python3", "-c", script, LD_PRELOAD="", PICOCTL_SHIM_STATS=str(stats),
    )
    words = dict(word.split("=") for word in stats.read_text().split())
    assert words["rdwr"] == "100"
    assert words["transfers"] == "100"
    calls = [line.split("(")[0] for line in trace.read_text().splitlines() if "(" in line]
    first = calls.index("sendmsg")
    assert calls[first:].count("sendmsg") == 100
    assert calls[first:].count("recvfrom") == 100
    assert len(calls[first:]) == 200, "one send and one receive for each ioctl, and nothing else"


def test_no_bus_at_open(daemon):
    script = PRELUDE + "bus()"
    daemon.process.send_signal(signal.SIGKILL)
    daemon.process.wait()
    result = daemon.python(script, check=False)
    assert "[Errno 6]" in result.stderr  # ENXIO: the node is there and nobody behind it
    os.unlink(daemon.path)
    result = daemon.python(script, check=False)
    assert "[Errno 2]" in result.stderr


def test_a_bus_that_goes_away_and_comes_back(start, tmp_path):
    first = start()
    script = PRELUDE + """
fd = bus()
put(fd, 1, 1)
print('up', flush=True)
sys.stdin.readline()
for _ in range(2):
    try:
        put(fd, 1, 1)
        raise SystemExit('nobody is there')
    except OSError as error:
        assert error.errno == errno.EIO, error
print('down', flush=True)
sys.stdin.readline()
put(fd, 1, 77)
assert get(fd, 1) == 77
print('again', flush=True)
"""
    program = subprocess.Popen(
        ["/usr/bin/python3", "-c", script], env=first.environment(),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )
    assert program.stdout.readline() == "up\n"
    first.stop()
    program.stdin.write("\n")
    program.stdin.flush()
    assert program.stdout.readline() == "down\n"
    start()
    rest, _ = program.communicate("\n", timeout=LIMIT)
    assert rest == "again\n"
    assert program.returncode == 0


def test_a_bus_that_hangs_is_a_timeout(daemon):
    script = PRELUDE + """
fd = bus()
print('ready', flush=True)
sys.stdin.readline()
try:
    put(fd, 1, 1)
except OSError as error:
    print(error.errno)
"""
    program = subprocess.Popen(
        ["/usr/bin/python3", "-c", script],
        env=daemon.environment(PICOCTL_SHIM_TIMEOUT_MS="100"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )
    assert program.stdout.readline() == "ready\n"
    daemon.process.send_signal(signal.SIGSTOP)
    rest, _ = program.communicate("\n", timeout=LIMIT)
    assert rest == "110\n"


def test_clients_killed_at_any_moment_hurt_nobody(daemon):
    need_module("smbus2")
    script = """
from smbus2 import SMBus
with SMBus(1) as bus:
    print('on', flush=True)
    while True:
        bus.write_i2c_block_data(0x50, 0x80, [1] * 30)
"""
    for i in range(10):
        victim = subprocess.Popen(
            ["/usr/bin/python3", "-c", script], env=daemon.environment(), stdout=subprocess.PIPE
        )
        victim.stdout.readline()
        time.sleep(0.003 * i)
        victim.kill()
        victim.wait()
        with daemon.bus() as bus:
            assert bus.transfer((0x50, bytes([1, i])))[0] == 0
            assert bus.transfer((0x50, b"\x01"), (0x50, 1)) == (0, bytes([i]))
