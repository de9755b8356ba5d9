"""Each mistake has its own error, with cause and cure, before anything is sent."""
import errno
import json
import os
import pathlib
import socket
import stat
import struct
import threading

import pytest

from conftest import copy_of_picoctl

NOBODY = 65534


# --- buses ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("bus", ["i2c:", "i2c:x", "usb:1", "virtual:", "1"])
def test_a_name_that_names_no_bus(shell, provokes, bus):
    provokes("bad_bus_name")
    shell.fails("bad_bus_name", 2, "--bus", bus, "scan")


def test_a_bus_that_is_not_there(shell, provokes):
    provokes("bus_absent")
    shell.fails("bus_absent", 3, "--bus", "i2c:97", "scan")


def test_a_bus_named_by_the_environment(shell):
    shell.env["PICOCTL_BUS"] = "i2c:97"
    shell.fails("bus_absent", 3, "info")


def test_a_file_that_is_no_bus(shell, folder, provokes):
    provokes("bus_not_i2c")
    (folder / "file").write_text("no bus")
    shell.fails("bus_not_i2c", 3, "--bus", f"i2c:{folder}/file", "scan")
    shell.fails("bus_not_i2c", 3, "--bus", "i2c:/dev/null", "scan")


def as_nobody():
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def test_a_bus_that_this_user_may_not_open(shell, folder, provokes):
    provokes("bus_forbidden")
    device = folder / "i2c-1"
    device.touch()
    device.chmod(0)
    shell.fails("bus_forbidden", 3, "--bus", f"i2c:{device}", "scan", preexec_fn=as_nobody,
                program=copy_of_picoctl(folder))


def test_a_virtual_bus_of_another_user(shell, start, folder, provokes):
    provokes("bus_forbidden")
    if os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    bus = start("--listen", folder / "bus")
    shell.fails("bus_forbidden", 3, "--bus", f"virtual:{bus.socket}", "scan", preexec_fn=as_nobody,
                program=copy_of_picoctl(folder))


def test_a_virtual_bus_that_is_not_there(shell, folder, provokes):
    provokes("virtual_bus_absent")
    bus = f"virtual:{folder}/nothing"
    shell.fails("virtual_bus_absent", 3, "--bus", bus, "info")
    shell.fails("virtual_bus_absent", 3, "--bus", bus, "trace", "--", "call", "led", "1", "on")
    shell.fails("virtual_bus_absent", 3, "--bus", bus, "run", "--", "true")


def test_nothing_anywhere(shell, provokes):
    provokes("no_pico_found")
    for verb in (["scan"], ["info"], ["stats"], ["get", "light1"], ["call", "led", "1", "on"]):
        shell.fails("no_pico_found", 3, *verb)


class OldBus:
    """A virtual bus of another release: it refuses every hello."""

    def __init__(self, path):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        reason = b"this bus speaks version 9"
        body = struct.pack("<BHHB", 0x82, 9, errno.EPROTONOSUPPORT, len(reason)) + reason
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client:
                client.recv(4096)
                client.sendall(struct.pack("<I", len(body)) + body)
                client.recv(4096)

    def close(self):
        self.listener.close()


def test_a_virtual_bus_of_another_version(shell, folder, provokes):
    provokes("socket_version")
    old = OldBus(folder / "bus")
    error = shell.fails("socket_version", 3, "--bus", f"virtual:{folder}/bus", "info")
    assert "version 9" in error["detail"]
    old.close()


def test_a_socket_path_that_is_too_long(shell, folder, provokes):
    provokes("socket_path_too_long")
    path = folder / ("x" * 120)
    shell.fails("socket_path_too_long", 6, "--bus", f"virtual:{path}", "info")
    shell.fails("socket_path_too_long", 6, "virtual", "--listen", path)


# --- what `virtual` is asked for -------------------------------------------------------------------

@pytest.mark.parametrize("address", ["0x07", "0x78", "0x80", "7", "200", "here", "0x"])
def test_an_address_that_cannot_be_used(shell, provokes, address):
    provokes("bad_address")
    shell.fails("bad_address", 2, "virtual", "--address", address)
    shell.fails("bad_address", 2, "--address", address, "info")
    shell.fails("bad_address", 2, "scan", address)


def test_an_address_given_twice(shell, provokes):
    provokes("doubled_address")
    shell.fails("doubled_address", 2, "virtual", "--address", "0x41", "--address", "65")


def test_a_socket_that_is_in_use(shell, pico, provokes):
    provokes("socket_in_use")
    error = shell.fails("socket_in_use", 6, "virtual")
    assert pico.socket in error["detail"]
    assert pico.process.poll() is None


def test_a_socket_path_that_cannot_be_used(shell, folder, provokes):
    provokes("socket_failed")
    (folder / "file").write_text("precious")
    shell.fails("socket_failed", 6, "virtual", "--listen", folder / "file")
    assert (folder / "file").read_text() == "precious"
    shell.fails("socket_failed", 6, "virtual", "--listen", folder / "no" / "bus")


def test_a_dead_socket_is_taken_over(start, folder):
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(folder / "bus"))
    assert stat.S_ISSOCK((folder / "bus").stat().st_mode)
    start("--listen", folder / "bus")


@pytest.mark.parametrize("option", ["--trace", "--journal"])
def test_a_file_that_virtual_cannot_write(shell, folder, provokes, option):
    provokes("file_unwritable")
    shell.fails("file_unwritable", 6, "virtual", option, folder / "no" / "file")
    shell.fails("file_unwritable", 6, "virtual", option, folder)
    assert not pathlib.Path(folder / "picoctl" / "bus.sock").exists()


def test_a_serial_port_that_cannot_be_made(shell, folder, provokes):
    provokes("file_unwritable")
    image, other = folder / "image.bin", folder / "other"
    image.touch()
    other.write_text("mine")
    shell.fails("file_unwritable", 6, "virtual", "--usb", folder / "no" / "usb", image)
    shell.fails("file_unwritable", 6, "virtual", "--usb", other, image)
    assert other.read_text() == "mine"


def test_a_virtual_pico_has_no_serial_port(shell, folder):
    shell.fails("usage", 2, "virtual", "--usb", folder / "usb")
    assert not (folder / "usb").is_symlink()


@pytest.mark.parametrize("option", ["--svg", "--vcd"])
def test_a_file_that_trace_cannot_write_stops_it_before_the_call(shell, pico, folder, provokes, option):
    provokes("file_unwritable")
    shell.fails("file_unwritable", 6, "trace", option, folder / "no" / "f", "--", "call", "led", "1", "on")
    assert pico.ran() == []


def test_a_full_disk(shell, pico, provokes):
    provokes("file_unwritable")
    shell.fails("file_unwritable", 6, "trace", "--svg", "/dev/full", "--", "call", "led", "1", "on")


def test_a_part_that_is_missing(shell, folder, provokes):
    provokes("part_missing")
    alone = folder / "alone"
    alone.mkdir()
    program = copy_of_picoctl(alone)
    shell.fails("part_missing", 6, "virtual", program=program)
    shell.fails("part_missing", 6, "demo", program=program)


# --- what `run` is asked for -----------------------------------------------------------------------

def test_run_needs_a_virtual_bus(shell, provokes):
    provokes("virtual_only")
    shell.fails("virtual_only", 2, "--bus", "i2c:1", "run", "--", "true")


def test_a_real_bus_cannot_be_damaged(pico, folder, on_i2c_dev, provokes):
    provokes("virtual_only")
    for option in (["--flip", "47"], ["--cut", "4"], ["--vcd", folder / "f.vcd"]):
        on_i2c_dev.fails("virtual_only", 2, "trace", *option, "--", "call", "led", "1", "on")
    assert pico.ran() == []


def test_a_program_that_does_not_exist(shell, pico, folder, provokes):
    provokes("program_not_found")
    (folder / "text").write_text("not executable")
    (folder / "orphan").write_text("#!/no/such/interpreter\n")
    (folder / "orphan").chmod(0o755)
    for program in ("no-such-program", folder / "none", folder / "text", folder, folder / "orphan"):
        shell.fails("program_not_found", 6, "run", "--", program)


def static_program(path):
    """The smallest program: one segment, no interpreter; it exits with 0."""
    code = b"\xb8\x3c\x00\x00\x00\x31\xff\x0f\x05"  # exit(0) on x86-64
    start, size = 0x400000, 64 + 56
    head = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack(
        "<HHIQQQIHHHHHH", 2, 62, 1, start + size, 64, 0, 0, 64, 56, 1, 64, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, start, start, size + len(code), size + len(code), 4096)
    path.write_bytes(head + segment + code)
    path.chmod(0o755)
    return path


def test_a_static_program_is_refused(shell, pico, folder, provokes):
    provokes("program_static")
    program = static_program(folder / "static")
    script = folder / "script"
    script.write_text(f"#!{program} -x\n")
    script.chmod(0o755)
    for command in ([program], ["env", program], ["env", "A=1", program], [script]):
        error = shell.fails("program_static", 6, "run", "--", *command)
        assert str(program) in error["detail"]


# --- what a Pico is asked for ----------------------------------------------------------------------

def test_commands_that_make_no_sense_are_never_sent(shell, pico, provokes):
    provokes("no_such_command", "wrong_count", "wrong_type", "out_of_range", "no_such_register")
    assert shell("stats").returncode == 0
    error = shell.fails("no_such_command", 2, "call", "lde", "1", "on")
    assert "led" in error["detail"]
    for words in (["led"], ["led", "1"], ["led", "1", "on", "2"], ["system.ping", "1"]):
        shell.fails("wrong_count", 2, "call", *words)
    for words in (["led", "one", "on"], ["led", "1", "maybe"], ["gpio.mode", "1", "sideways", "none"]):
        shell.fails("wrong_type", 2, "call", *words)
    for words in (["led", "256", "on"], ["led", "-1", "on"]):
        shell.fails("out_of_range", 2, "call", *words)
    for words in (["get", "light9"], ["get", "0x55"], ["set", "light9", "1"]):
        shell.fails("no_such_register", 2, *words)
    shell.fails("no_such_command", 2, "trace", "--", "call", "lde", "1", "on")
    shell.fails("no_such_command", 2, "info", "lde")
    shell.fails("out_of_range", 2, "trace", "--flip", "400", "--", "call", "led", "1", "on")
    shell.fails("out_of_range", 2, "trace", "--cut", "40", "--", "call", "led", "1", "on")
    assert pico.ran() == ["system.stats"]


def test_what_only_the_pico_can_refuse(shell, pico, provokes):
    provokes("bad_value", "no_such_pin", "pin_reserved")
    shell.fails("bad_value", 1, "call", "led", "9", "on")
    shell.fails("no_such_pin", 1, "call", "gpio.read", "77")
    error = shell.fails("pin_reserved", 1, "call", "gpio.write", "0", "on")
    assert "GP0 is this link's SDA" in error["detail"]


def test_more_at_once_than_a_pico_takes(shell, pico, provokes):
    provokes("too_long")
    words = " + ".join(["gpio.write_group 0 0"] * 40).split(" ")
    shell.fails("too_long", 2, "call", *words)
    assert pico.ran() == []


def test_two_picos_and_none_named(shell, start, provokes):
    provokes("several_picos")
    start("--address", "0x41", "--address", "0x42")
    error = shell.fails("several_picos", 2, "call", "led", "1", "on")
    assert "0x41" in error["detail"] and "0x42" in error["detail"]
    assert shell("--address", "0x42", "call", "led", "1", "on").returncode == 0


def test_picos_by_name(shell, start):
    shell.fails("usage", 2, "--name", "plotter", "virtual")
    start("--address", "0x41", "--address", "0x42")
    assert shell("--address", "0x42", "call", "system.name", "plotter").returncode == 0
    assert shell("--name", "plotter", "call", "led", "1", "on").returncode == 0
    found = json.loads(shell("--json", "scan", "--name", "plotter").stdout)["found"]
    assert [one["address"] for one in found] == [0x42]
    error = shell.fails("no_pico_found", 3, "--name", "printer", "call", "led", "1", "on")
    assert "0x42 'plotter'" in error["detail"]
    shell.fails("no_pico_found", 3, "--name", "plotter", "--address", "0x41", "info")
    assert shell("--address", "0x41", "call", "system.name", "plotter").returncode == 0
    error = shell.fails("several_picos", 2, "--name", "plotter", "info")
    assert "0x41, 0x42 are all called 'plotter'" in error["detail"]


def test_nobody_at_the_address(shell, pico, provokes):
    provokes("no_answer")
    error = shell.fails("no_answer", 3, "--address", "0x43", "call", "led", "1", "on")
    assert "0x43" in error["detail"]


def test_a_batch_that_makes_no_sense_runs_nothing(shell, pico):
    shell.fails("no_such_command", 2, "call", "led", "1", "on", "+", "lde", "2", "on")
    assert pico.ran() == []
