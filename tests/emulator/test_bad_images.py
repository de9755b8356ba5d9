"""What `picoctl virtual IMAGE` says of files and programs that are not what they should be."""
import os
import shutil
import signal
import subprocess
import tempfile

import pytest
from conftest import FIRMWARE, PICOCTL

LOCAL = 6
DEADLINE = "20"  # seconds: a command's usual one is no promise of a busy machine's


def virtual(image, *options, timeout=120):
    with tempfile.TemporaryDirectory(prefix="pc") as folder:
        return subprocess.run([PICOCTL, "virtual", image, "--listen", f"{folder}/bus", *options],
                              text=True, capture_output=True, timeout=timeout)


def refused(done, *words):
    assert done.returncode == LOCAL, done.stderr
    assert "listening" not in done.stdout
    for word in words:
        assert word in done.stderr, done.stderr
    assert "what to do:" in done.stderr or "To do:" in done.stderr


def test_no_such_file(tmp_path, record_property):
    record_property("provokes", "image_unusable")
    refused(virtual(tmp_path / "none.uf2"), "no program for a Pico", "No such file")


def test_another_kind_of_file():
    refused(virtual(__file__), "neither a UF2 nor an ELF")


def test_a_folder(tmp_path):
    refused(virtual(tmp_path), "cannot be read")


@pytest.mark.parametrize("size, words", [(0, "is empty"), (1000, "cut short"), (1024, "2 of its")])
def test_cut_short(tmp_path, size, words):
    image = tmp_path / "short.uf2"
    image.write_bytes((FIRMWARE / "picoctl-pico.uf2").read_bytes()[:size])
    refused(virtual(image), words)


def test_an_image_for_the_pico_2(tmp_path):
    image = tmp_path / "two.uf2"
    blocks = bytearray((FIRMWARE / "picoctl-pico.uf2").read_bytes())
    for at in range(28, len(blocks), 512):
        blocks[at:at + 4] = (0xE48BFF59).to_bytes(4, "little")
    image.write_bytes(blocks)
    refused(virtual(image), "is for an RP2350", "the emulated chip is an RP2040")


def test_bytes_that_are_no_program(tmp_path):
    image = tmp_path / "noise.bin"
    image.write_bytes(bytes(range(256)) * 16)
    refused(virtual(image), "no second boot stage")


@pytest.mark.parametrize("name, words", [
    ("spins", "I2C0 is off; I2C1 is off"), ("sleeps", "I2C0 is off"),
    ("pinless", "I2C0 is on, but no pins lead to it"),
    ("tenbits", "I2C0 has a 10-bit address"),
    ("restarts", "resets in a row"),
])
def test_a_program_that_never_answers(images, name, words, record_property):
    record_property("provokes", "image_silent")
    refused(virtual(images / f"{name}.bin"), "does not answer on I2C", words, "pc=")


@pytest.mark.parametrize("name", ["faults", "handlerspins"])
def test_a_program_that_faults(images, name, record_property):
    record_property("provokes", "image_stopped")
    refused(virtual(images / f"{name}.bin"), "unaligned 32-bit read of 0x20000001", "pc=", "r0=")


def test_a_program_that_needs_the_second_core(images):
    refused(virtual(images / "core1.bin"), "the second core, which this emulator does not have")


def test_a_fault_names_the_function(tmp_path):
    """With the symbols beside it; here main() of our own image begins with a breakpoint."""
    for ending in ("uf2", "elf"):
        shutil.copy(FIRMWARE / f"picoctl-pico.{ending}", tmp_path)
    elf = tmp_path / "picoctl-pico.elf"
    names = subprocess.run(["arm-none-eabi-nm", elf], text=True, capture_output=True, check=True)
    main = next(int(line.split()[0], 16) for line in names.stdout.splitlines()
                if line.endswith(" main"))
    code = bytearray((FIRMWARE / "picoctl-pico.elf").read_bytes())
    offset = segment_offset(code, main)
    code[offset:offset + 2] = b"\x07\xbe"
    elf.write_bytes(code)
    refused(virtual(elf), "BKPT #7", "in main")


def segment_offset(elf, address):
    start, size, count = (int.from_bytes(elf[a:a + n], "little")
                          for a, n in ((28, 4), (42, 2), (44, 2)))
    for at in range(start, start + size * count, size):
        offset, virtual_address, length = (int.from_bytes(elf[at + f:at + f + 4], "little")
                                           for f in (4, 8, 16))
        if virtual_address <= address < virtual_address + length:
            return offset + address - virtual_address
    raise AssertionError("not in the file")


class Running:
    def __init__(self, image, folder, *options):
        self.socket = f"{folder}/bus"
        self.journal = f"{folder}/journal"
        self.process = subprocess.Popen(
            [PICOCTL, "virtual", image, "--listen", self.socket, *options], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert self.process.stdout.readline() == f"listening {self.socket}\n"

    def call(self, *words):
        return subprocess.run([PICOCTL, "--bus", f"virtual:{self.socket}", "--timeout", DEADLINE, *words],
                              text=True, capture_output=True, timeout=120)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.end()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


def test_a_program_that_faults_later_ends_with_all_that_it_started(images, tmp_path):
    with tempfile.TemporaryDirectory(prefix="pc") as folder:
        with Running(images / "laterfault.bin", folder) as running:
            _, said = running.process.communicate(timeout=120)
            assert running.process.returncode == LOCAL
            assert "undefined instruction" in said
            assert not os.path.exists(running.socket), "the bus has gone with it"


def test_a_target_that_never_answers_a_read_holds_the_bus_and_nothing_hangs(images):
    with tempfile.TemporaryDirectory(prefix="pc") as folder:
        with Running(images / "silent.bin", folder) as running:
            done = running.call("--address", "0x41", "call", "led", "1", "on")
            assert done.returncode == 3, done.stderr
            assert running.end() == 0


def test_a_wrong_option_is_usage(images):
    done = virtual(images / "spins.bin", "--address", "0x99")
    assert done.returncode == 2


@pytest.mark.parametrize("words, code", [(["--help"], 0), ([], 2), (["--no-such-option"], 2)])
def test_the_emulator_says_how_it_is_used(words, code):
    """By itself: `picoctl virtual` has looked at its own options before it starts it."""
    done = subprocess.run([PICOCTL.with_name("picoctl-emulator"), *words], text=True, capture_output=True, timeout=60)
    assert done.returncode == code
    assert ("usage: picoctl-emulator" in done.stdout) == (code == 0)
    assert ("what to do:" in done.stderr) == (code != 0) and "main.js" not in done.stderr, done.stderr


def test_an_address_for_an_image_that_cannot_take_one(images):
    refused(virtual(images / "silent.bin", "--address", "0x42"), "no setting 'i2c_address'")
