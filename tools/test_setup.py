"""./demo and tools/setup.sh on machines that are made of little scripts: no network is touched."""

import os
import pathlib
import pty
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
DEBIAN_12 = 'ID=debian\nVERSION_ID="12"\n'

# Nothing else of this machine is seen; sudo, above all.
REAL = ("awk bash cat chmod dirname env fold grep mkdir paste readlink sed sh sleep sort tail touch tr "
        "xargs").split()
# What the programs that setup.sh calls do, unless a test says otherwise.
PROGRAMS = {
    "dpkg-query": 'for name; do :; done; grep -qx "$name" "$MACHINE/installed" && printf installed',
    "apt-cache": "exit 0",
    "apt-get": 'echo "$*" >> "$MACHINE/apt"; for word; do case $word in -*|install|update) ;; '
               '*) echo "$word" >> "$MACHINE/installed" ;; esac; done',
    "id": "echo 0",
    "df": "echo; echo / 1 1 99999 1% /",
    "g++": 'case $1 in -dumpversion) echo 12 ;; *) echo g++ ;; esac',
    "cmake": 'echo cmake >> "$MACHINE/ran"; while [ $# -gt 0 ]; do [ "$1" = -B ] && b=$2; '
             '[ "$1" = -S ] && s=$(cd "$2" && pwd); shift; done; mkdir -p "$b"; touch "$b/build.ninja"; '
             'echo "CMAKE_HOME_DIRECTORY:INTERNAL=$s" > "$b/CMakeCache.txt"',
    "ninja": '[ -e build/bin/picoctl ] && echo "ninja: no work to do." && exit; '
             'case "$*" in *-n*) echo "[1/1] x"; exit ;; esac; echo ninja >> "$MACHINE/ran"; '
             'mkdir -p build/bin; printf "#!/bin/sh\\necho demo: \\"\\$@\\"\\n" > build/bin/picoctl; '
             "chmod +x build/bin/picoctl",
}


class Machine:
    def __init__(self, folder):
        self.folder = folder
        self.repository = folder / "pico ctl"
        (self.repository / "tools").mkdir(parents=True)
        shutil.copy(ROOT / "demo", self.repository)
        shutil.copy(ROOT / "tools/setup.sh", self.repository / "tools")
        (folder / "bin").mkdir()
        (folder / "installed").touch()
        (folder / "os-release").write_text(DEBIAN_12)
        for name, body in PROGRAMS.items():
            self.program(name, body)
        for name in REAL:
            (folder / "bin" / name).symlink_to(shutil.which(name))

    def program(self, name, body):
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/bash\n{body}\n")
        path.chmod(0o755)

    def said(self, name):
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []

    def environment(self, more):
        return {"PATH": str(self.folder / "bin"), "MACHINE": str(self.folder),
                "PICOCTL_OS_RELEASE": str(self.folder / "os-release"), **more}

    def demo(self, *arguments, **environment):
        return subprocess.run([self.repository / "demo", *arguments], text=True, cwd="/",
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60, umask=0o077,
                              env=self.environment(environment))

    def demo_on_a_terminal(self, answer):
        ours, theirs = pty.openpty()
        process = subprocess.Popen([self.repository / "demo"], stdin=theirs, stdout=theirs,
                                   stderr=theirs, cwd="/", env=self.environment({"TERM": "xterm"}))
        os.close(theirs)
        os.write(ours, answer)
        text = b""
        try:
            while chunk := os.read(ours, 4096):
                text += chunk
        except OSError:
            pass  # the last one on the terminal has gone
        os.close(ours)
        return process.wait(timeout=60), text.decode()


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_installs_builds_and_runs_without_a_terminal(machine):
    done = machine.demo("--fast")
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("demo: demo --fast\n")
    update, install = machine.said("apt")
    assert update.endswith(" update") and " install " in install
    assert "nlohmann-json3-dev" in install and "--no-install-recommends" in install
    assert machine.said("ran") == ["cmake", "ninja"]


def test_does_nothing_twice(machine):
    machine.demo()
    done = machine.demo()
    assert done.stdout == "demo: demo\n"
    assert len(machine.said("apt")) == 2 and machine.said("ran") == ["cmake", "ninja"]


def test_works_with_neither_home_nor_term(machine):
    assert machine.demo("--yes", HOME="").returncode == 0
    assert machine.demo("--yes").returncode == 0


def test_configures_anew_where_it_was_moved_to(machine):
    machine.demo()
    moved = machine.repository.rename(machine.folder / "elsewhere")
    machine.repository = moved
    machine.demo()
    assert machine.said("ran") == ["cmake", "ninja", "cmake"]


def test_no_install_names_the_packages_and_stops(machine):
    (machine.folder / "installed").write_text("g++\ncmake\n")
    done = machine.demo("--no-install")
    assert done.returncode == 1 and not machine.said("apt")
    assert "sudo apt-get install libcli11-dev libfmt-dev ninja-build" in done.stdout
    assert "g++" not in done.stdout.replace("libc++", "")


def test_no_install_goes_on_if_all_is_there(machine):
    machine.demo()
    assert machine.demo("--no-install").stdout == "demo: demo\n"


@pytest.mark.parametrize("answer, code", [(b"\n", 0), (b"y\n", 0), (b"n\n", 1), (b"\x04", 1)])
def test_asks_on_a_terminal(machine, answer, code):
    got, text = machine.demo_on_a_terminal(answer)
    assert got == code, text
    assert "Install them now?" in text
    assert bool(machine.said("apt")) == (code == 0)


def test_uses_sudo_if_it_is_not_root(machine):
    machine.program("id", "echo 1000")
    machine.program("sudo", 'echo "$*" >> "$MACHINE/sudo"; case $1 in -*) ;; *) "$@" ;; esac')
    assert machine.demo().returncode == 0
    assert any("apt-get" in line for line in machine.said("sudo"))


FAILURES = {
    "neither root nor sudo": ({"id": "echo 1000"}, None, "installing needs root"),
    "sudo wants a password": ({"id": "echo 1000", "sudo": "exit 1"}, None, "sudo asks for a password"),
    "no network": ({"apt-get": "echo 'Err: Temporary failure resolving'; exit 100"}, None,
                   "Is this machine online?"),
    "another apt": ({"apt-get": "echo 'E: Could not get lock'; exit 100"}, None,
                    "another program installs packages"),
    "no such package": ({"apt-get": "echo 'E: Unable to locate package x'; exit 100"}, None,
                        'Add "main"'),
    "disk full while installing": ({"apt-get": "echo 'No space left on device'; exit 100"}, None,
                                   "the disk is full"),
    "disk nearly full": ({"df": "echo; echo / 1 1 12 1% /"}, None, "12 MB free"),
    "old compiler": ({"g++": "echo 10"}, None, "g++ 12 or later"),
    "no Debian": ({}, "ID=fedora\n", "this is not Debian"),
    "old Debian": ({}, 'ID=debian\nVERSION_ID="11"\n', "Debian 11 is too old"),
    "does not compile": ({"ninja": "echo '[1/2] x'; echo 'error: why'; exit 1"}, None, "error: why"),
    "disk full while building": ({"ninja": "echo 'fatal error: No space left on device'; exit 1"},
                                 None, "the disk is full"),
    "no memory": ({"ninja": "echo 'c++: fatal error: Killed signal terminated program'; exit 1"},
                  None, "not enough memory"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_says_what_is_wrong(machine, name):
    programs, os_release, text = FAILURES[name]
    for program, body in programs.items():
        machine.program(program, body)
    if os_release is not None:
        (machine.folder / "os-release").write_text(os_release)
    done = machine.demo()
    assert done.returncode == 1, done.stdout
    assert text in done.stdout
    assert "demo: demo" not in done.stdout


def test_is_content_with_another_debian(machine):
    (machine.folder / "os-release").write_text('ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n')
    assert machine.demo().returncode == 0


def test_goes_on_without_debian_if_told_to_install_nothing(machine):
    (machine.folder / "os-release").write_text("ID=fedora\n")
    done = machine.demo("--no-install")
    assert done.returncode == 0 and "This is not Debian" in done.stdout
