"""The command as a person or a script meets it. PICOCTL_BUILD names the build directory.

Each test has a folder of its own, which is also its XDG_RUNTIME_DIR: the default virtual bus of one
test is not that of another, nor the user's.
"""
import json
import os
import pathlib
import pty
import shutil
import signal
import subprocess
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("PICOCTL_BUILD", ROOT / "build")).resolve()
PICOCTL = BUILD / "bin" / "picoctl"
LIMIT = 60  # seconds; a bound for what should take a moment

FIELDS = {"id", "code", "text", "detail", "cause", "cure", "outcome"}


class Shell:
    """Runs picoctl with a folder as its whole world."""

    def __init__(self, folder):
        self.folder = folder
        self.env = {key: value for key, value in os.environ.items()
                    if not key.startswith("PICOCTL_") and key not in ("NO_COLOR", "LD_PRELOAD")}
        self.env.update(XDG_RUNTIME_DIR=str(folder), XDG_CACHE_HOME=str(folder / "cache"),
                        LC_ALL="C.UTF-8", TERM="xterm")

    def __call__(self, *words, program=PICOCTL, **options):
        options.setdefault("env", self.env)
        options.setdefault("timeout", LIMIT)
        return subprocess.run([str(program), *map(str, words)], capture_output=True, text=True,
                              **options)

    def fails(self, error, code, *words, **options):
        """Both ways to fail: in words on standard error, as JSON on standard output."""
        told = self(*words, **options)
        assert told.returncode == code, told.stderr
        assert told.stderr.count("\n") >= 3, told.stderr
        assert "likely cause:" in told.stderr and "what to do:" in told.stderr
        asked = self("--json", *words, **options)
        assert asked.returncode == code, asked.stdout + asked.stderr
        last = json.loads(asked.stdout.splitlines()[-1])["error"]
        assert last["id"] == error and set(last) == FIELDS
        assert last["text"] in told.stderr and last["cure"] in told.stderr
        return last


class Virtual:
    """`picoctl virtual` with options, until the test ends."""

    def __init__(self, shell, *words, program=PICOCTL):
        self.process = subprocess.Popen([str(program), "virtual", *map(str, words)], env=shell.env,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line.startswith("listening "), line + self.process.stderr.read()
        self.socket = line.split(" ", 1)[1].rstrip("\n")

    def ran(self):
        """What the journal says, but for the description that each new client reads once."""
        lines = [line.split(" ", 1)[1] for line in self.journal.read_text().splitlines()]
        return [line for line in lines if not line.startswith("system.describe")]

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(timeout=LIMIT)
        self.process.stdout.close()
        self.process.stderr.close()
        return code


def on_terminal(shell, *words, **more):
    """What the command writes to a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([PICOCTL, *words], stdout=theirs, stderr=theirs,
                               env={**shell.env, **more})
    os.close(theirs)
    text = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        text += part
    os.close(ours)
    process.wait(timeout=LIMIT)
    return text.decode()


def copy_of_picoctl(folder):
    """The program in another folder: without its parts, or where any user can reach it."""
    copy = folder / "picoctl"
    if not copy.exists():
        shutil.copy(PICOCTL, copy)
        copy.chmod(0o755)
    return copy


@pytest.fixture
def folder():
    # A short path: a socket's is limited to 107 bytes. Another user passes through it in one test.
    with tempfile.TemporaryDirectory(prefix="pc") as name:
        path = pathlib.Path(name)
        path.chmod(0o755)
        yield path


@pytest.fixture
def shell(folder):
    return Shell(folder)


@pytest.fixture
def start(shell):
    started = []

    def begin(*words, **options):
        started.append(Virtual(shell, *words, **options))
        return started[-1]

    yield begin
    for one in started:
        one.stop()


@pytest.fixture
def pico(start, folder):
    """One virtual Pico on the default virtual bus, with a journal."""
    one = start("--journal", folder / "journal")
    one.journal = folder / "journal"
    return one


@pytest.fixture
def on_i2c_dev(shell):
    """picoctl as it speaks to a real bus: to a /dev/i2c-1, behind which is the virtual one."""
    class Unknowing(Shell):
        def __call__(self, *words, **options):
            # The sanitizers' library would want to be loaded before the shim.
            self.env["ASAN_OPTIONS"] = "verify_asan_link_order=0"
            return super().__call__("run", "--", PICOCTL, "--bus", "i2c:1", *words, **options)
    return Unknowing(shell.folder)


@pytest.fixture
def provokes(record_property):
    """provokes("no_answer"): this test makes that error happen."""
    return lambda *errors: record_property("provokes", ",".join(errors))
