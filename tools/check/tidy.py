"""The stage of clang-tidy.

In a quick run it reads what the other stages compile: files in which CMake has put several sources
(UNITY in builds.py), so that the headers that many share are read once; and it leaves out what
takes longest. In a deep run it reads each source by itself, and asks everything.
"""

import concurrent.futures
import json
import pathlib
import re
import subprocess

import builds
from context import CHECK, ROOT, digest
from junit import FAILED, Case
from quality import right_version

FOLDERS = ("link", "commands", "target", "controller", "cli", "socket", "virtual")
ONLY_IN_GCC = ("python",)  # which the build with clang does not have
# The analyzer takes a third of the time; of the rest these two a fifth (--enable-check-profile): names that begin
# with an underscore, and string views made of nullptr. The last one is about CMake's own files.
ONLY_DEEP = ("clang-analyzer-*", "bugprone-reserved-identifier", "bugprone-stringview-nullptr",
             "bugprone-suspicious-include")


class Unit:
    """What a compiler reads at once: a source, or the file in which CMake has put several."""

    def __init__(self, entry):
        self.command, self.file = entry["command"], pathlib.Path(entry["file"])
        put_in = re.findall(r'^#include "(.+)"', self.file.read_text(), re.M)
        self.sources = [pathlib.Path(name) for name in put_in] if self.file.suffix == ".cxx" else [self.file]

    def concerns(self, folders):
        first = self.sources[0].relative_to(ROOT)
        return first.parts[0] in folders and not first.stem.endswith("_test")

    @property
    def made(self):
        return re.search(r" -o (\S+)", self.command)[1]

    def cases(self, said):
        """One of each source: failed if clang-tidy names it, or names none of them."""
        names = [str(source.relative_to(ROOT)) for source in self.sources]
        wrong = ([name for name in names if name in said] or names) if said else []
        return [Case("tidy", "clang-tidy", name, FAILED, "clang-tidy complains", said) if name in wrong
                else Case("tidy", "clang-tidy", name) for name in names]


def units_of(build, folders):
    entries = json.loads((build / "compile_commands.json").read_text())
    return [unit for unit in map(Unit, entries) if unit.concerns(folders)]


def dependencies(build):
    """{object file: what of the repository it is made of}, as the compiler named it."""
    output = subprocess.run(["ninja", "-C", str(build), "-t", "deps"], capture_output=True,
                            text=True).stdout
    found, current = {}, None
    for line in output.splitlines():
        if line and not line.startswith(" "):
            current = found.setdefault(line.split(":")[0], [])
        elif line.strip() and current is not None:
            path = (build / line.strip()).resolve()
            if path.is_relative_to(ROOT) and not path.is_relative_to(ROOT / "build"):
                current.append(path)
    return found


def tidied(unit, command, remembered=None):
    """The cases of a unit. `remembered` is the file that tells that it was clean when it was just so."""
    if remembered and remembered.exists():
        return unit.cases("")
    done = subprocess.run([*command, str(unit.file)], capture_output=True, text=True, cwd=ROOT, timeout=1500)
    if done.returncode != 0:
        return unit.cases(done.stdout + done.stderr)
    if remembered:
        remembered.parent.mkdir(parents=True, exist_ok=True)
        remembered.touch()
    return unit.cases("")


def quick(command, build, folders):
    """(unit, command, what remembers it) of all units of a build that was made."""
    command = [*command, "-p", str(build), f"--checks={','.join(f'-{check}' for check in ONLY_DEEP)}"]
    made_of, config = dependencies(build), (ROOT / ".clang-tidy").read_bytes()
    for unit in units_of(build, folders):
        key = digest(*command, config, unit.command, *(f.read_bytes() for f in (unit.file, *made_of[unit.made])))
        yield unit, command, CHECK / "tidy" / key


def deep(context, command):
    """(unit, command) of each source, by a build that is only configured."""
    folder = CHECK / "each"
    c, cxx = builds.compiler("clang")
    context.must("cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", f"-DCMAKE_C_COMPILER={c}",
                 f"-DCMAKE_CXX_COMPILER={cxx}", "-DPICOCTL_PYTHON=ON", "-DPython3_EXECUTABLE=/usr/bin/python3",
                 "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON")
    return [(unit, [*command, "-p", str(folder)]) for unit in units_of(folder, FOLDERS + ONLY_IN_GCC)]


def clang_tidy(context):
    path, version = right_version("tidy", "clang-tidy")
    if path is None:
        return [version]
    command = ["nice", path, "--quiet", "--extra-arg=-Wno-unknown-warning-option"]
    work = deep(context, command) if context.deep else [
        *quick(command, builds.build(context, "clang"), FOLDERS),
        *quick(command, builds.build(context, "gcc"), ONLY_IN_GCC)]
    with concurrent.futures.ThreadPoolExecutor(context.jobs) as pool:
        found = pool.map(lambda item: tidied(*item), work)
        return [version, *(case for cases in found for case in cases)]
