"""`pip install .` as docs/PYTHON.md says it: in a venv, without a network, by an ordinary user.

A scratch copy of the sources belongs to that user: to `nobody` if the check runs as root. Its home is
empty, and its environment has nothing of the check's.
"""

import os
import pwd
import re
import shutil

from context import ROOT, Failure, sources, tool
from junit import FAILED, PASSED, Case

USER = "nobody"
# The commands of docs/PYTHON.md, word for word; not optimised, which only saves the check's time. And each
# source by itself, as no other stage compiles them: it has to include what it needs.
QUICK = "-DCMAKE_CXX_FLAGS_RELEASE=-O0 -DCMAKE_UNITY_BUILD=OFF -DPICOCTL_WERROR=ON"


def as_user():
    """What stands before a command to run it as somebody ordinary."""
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam(USER)
    return [tool("setpriv"), f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def no_network(context):
    """A network namespace with nothing in it, where that is allowed."""
    alone = [tool("unshare"), "--net"]
    return alone if context.run(*alone, "true").returncode == 0 else []


def scratch_copy(context):
    place = context.scratch / "install"
    for path in sources():
        target = place / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    (place / "home").mkdir()
    if os.geteuid() == 0:
        user = pwd.getpwnam(USER)
        context.scratch.chmod(0o755)
        for path in [place, *place.rglob("*")]:
            os.chown(path, user.pw_uid, user.pw_gid)
    return place


def documented():
    """The block of docs/PYTHON.md that installs."""
    text = (ROOT / "docs/PYTHON.md").read_text()
    found = re.search(r"^```sh\n((?:.*\n)*?.*pip install \.\n)", text, re.M)
    if not found:
        raise Failure("docs/PYTHON.md does not say how to install")
    return [line for line in found[1].splitlines() if not line.startswith(("sudo", "#"))]


# What an installed package does: a call, the command, the pytest fixture, help.
TRIAL = """
import importlib.metadata, pathlib, subprocess, sys
import picoctl
assert pathlib.Path(picoctl.__file__).is_relative_to(sys.prefix), picoctl.__file__
assert importlib.metadata.version("picoctl") == picoctl.__version__
names = {entry.name for entry in importlib.metadata.entry_points(group="pytest11")}
assert names == {"picoctl"}, names
with picoctl.virtual() as pico:
    pico.led(1, on=True)
    assert pico.journal()[-1].arguments == {"n": 1, "on": True}
    for command in (["-m", "picoctl"], [sys.prefix + "/bin/picoctl"]):
        command = [sys.executable, *command] if command[0] == "-m" else command
        subprocess.run([*command, "--bus", pico.bus, "call", "led", "2", "on"], check=True)
    assert pico.registers["light2"] == 1
    run = [sys.prefix + "/bin/picoctl", "--bus", pico.bus, "run", "--", "/usr/sbin/i2cget", "-y",
           "1", "0x41", "2"]
    assert subprocess.run(run, capture_output=True, text=True, check=True).stdout == "0x01\\n"
print("it works")
"""


def editable(place, run):
    """`pip install -e .` uses the sources where they lie."""
    run(".venv/bin/pip", "install", "-e", ".")
    done = run(".venv/bin/python", "-c", "import picoctl; print(picoctl.__path__)")
    assert str(place) in done.stdout, done.stdout


def pip(context):
    place = scratch_copy(context)
    alone = no_network(context)
    environment = {"HOME": str(place / "home"), "PATH": "/usr/bin:/bin:/usr/sbin",
                   "LC_ALL": "C.UTF-8", "PICOCTL_CMAKE_ARGS": QUICK,
                   **({} if alone else {"PIP_NO_INDEX": "1"})}

    def run(*command):
        return context.must(*alone, *as_user(), "nice", *command, cwd=place,
                            env=environment, timeout=1500)

    for line in documented():
        run("bash", "-euc", line)
    run(".venv/bin/python", "-c", TRIAL)
    editable(place, run)
    leftovers = [path.name for path in (place / "home").iterdir() if path.name != ".cache"]
    return [Case("pip", "install", "pip install . as an ordinary user, without a network"),
            Case("pip", "install", "pip install -e ."),
            Case("pip", "install", "leaves nothing in the home folder but caches",
                 FAILED if leftovers else PASSED, " ".join(leftovers))]
