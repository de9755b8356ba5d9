"""Builds the wheel: CMake compiles, the standard library packs (PEP 517 and PEP 660).

Debian 12 packages no backend that drives CMake, and pip's build isolation would fetch one from a
network. This one is in the tree and needs neither. What goes in: the Python package, its module over
the controller library, and the programs `picoctl`, `picoctl-virtual` and the /dev/i2c-N shim.

    PICOCTL_CMAKE_ARGS    more arguments for CMake, e.g. "-DCMAKE_BUILD_TYPE=Debug"
"""

import base64
import hashlib
import io
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import tomllib
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
SOURCES = ROOT / "python" / "picoctl"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
VERSION = re.search(r"^project\(picoctl VERSION (\S+)",
                    (ROOT / "CMakeLists.txt").read_text(), re.M)[1]
DIST_INFO = f"picoctl-{VERSION}.dist-info"
PROGRAMS = ("bin/picoctl", "bin/picoctl-virtual", "lib/libpicoctl-i2c-shim.so")
TARGETS = ("picoctl", "picoctl-virtual", "picoctl-i2c-shim", "picoctl_python")
PACKAGES = ("g++ cmake ninja-build libcli11-dev libfmt-dev nlohmann-json3-dev pybind11-dev "
            "python3-dev python3-venv")


class Stop(SystemExit):
    """What is wrong, and what to do; pip shows it."""

    def __init__(self, what):
        super().__init__(f"picoctl: {what}\n  what to do: sudo apt-get install {PACKAGES}")


# --- compiling ------------------------------------------------------------------------------------


def build_folder():
    """In the source folder, so that a second build is quick; elsewhere if that may not be written."""
    folder = ROOT / "build" / f"wheel-{sys.implementation.cache_tag}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return pathlib.Path(tempfile.mkdtemp(prefix="picoctl-build-"))


def run(*command):
    sys.stdout.flush()
    done = subprocess.run([str(part) for part in command])
    if done.returncode != 0:
        raise Stop(f"{command[0]} failed; its words stand above")


def moved(folder):
    cache = folder / "CMakeCache.txt"
    return cache.exists() and f"CMAKE_HOME_DIRECTORY:INTERNAL={ROOT}\n" not in cache.read_text()


def compile_all():
    """The build folder, with everything that the wheel needs."""
    if shutil.which("cmake") is None:
        raise Stop("there is no cmake")
    folder = build_folder()
    if moved(folder):
        shutil.rmtree(folder)
        folder.mkdir()
    generator = ("-G", "Ninja") if shutil.which("ninja") else ()
    run("cmake", "-S", ROOT, "-B", folder, *generator, "-DCMAKE_BUILD_TYPE=Release",
        "-DBUILD_TESTING=OFF", "-DPICOCTL_PYTHON=ON", f"-DPython3_EXECUTABLE={sys.executable}",
        "-DCMAKE_UNITY_BUILD=ON",  # a third of the time: the large headers are compiled once
        *shlex.split(os.environ.get("PICOCTL_CMAKE_ARGS", "")))
    run("cmake", "--build", folder, "--parallel", os.cpu_count() or 1, "--target", *TARGETS)
    return folder


# --- what the wheel says of itself ----------------------------------------------------------------


def tag():
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    platform = re.sub(r"[-.]", "_", sysconfig.get_platform())
    return f"{python}-{python}-{platform}"


def metadata():
    lines = ["Metadata-Version: 2.1", f"Name: {PROJECT['name']}", f"Version: {VERSION}",
             f"Summary: {PROJECT['description']}", f"License: {PROJECT['license']['text']}",
             f"Keywords: {','.join(PROJECT['keywords'])}",
             *(f"Classifier: {name}" for name in PROJECT["classifiers"]),
             f"Requires-Python: {PROJECT['requires-python']}",
             "Description-Content-Type: text/markdown", ""]
    return "\n".join(lines) + "\n" + (ROOT / PROJECT["readme"]).read_text()


def entry_points():
    groups = {"console_scripts": PROJECT["scripts"], **PROJECT["entry-points"]}
    return "\n".join(f"[{group}]\n" + "".join(f"{name} = {where}\n" for name, where in rows.items())
                     for group, rows in groups.items())


def dist_info():
    return {"METADATA": metadata(), "entry_points.txt": entry_points(),
            "LICENSE": (ROOT / "LICENSE").read_text(),
            "WHEEL": f"Wheel-Version: 1.0\nGenerator: picoctl\nRoot-Is-Purelib: false\nTag: {tag()}\n"}


# --- packing --------------------------------------------------------------------------------------


class Wheel:
    """A wheel being written; at its end, the list of what is in it."""

    def __init__(self, folder):
        self.name = f"picoctl-{VERSION}-{tag()}.whl"
        self.zip = zipfile.ZipFile(pathlib.Path(folder) / self.name, "w", zipfile.ZIP_DEFLATED)
        self.record = []

    def add(self, name, data, mode=0o644):
        data = data.encode() if isinstance(data, str) else data
        self.write(name, data, mode)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        self.record.append(f"{name},sha256={digest},{len(data)}")

    def write(self, name, data, mode=0o644):
        info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # the same bytes from the same sources
        info.external_attr = (0o100000 | mode) << 16
        info.compress_type = zipfile.ZIP_DEFLATED
        self.zip.writestr(info, data)

    def close(self):
        for name, text in dist_info().items():
            self.add(f"{DIST_INFO}/{name}", text)
        self.record.append(f"{DIST_INFO}/RECORD,,")
        self.write(f"{DIST_INFO}/RECORD", "\n".join(self.record) + "\n")
        self.zip.close()
        return self.name


def stripped(path):
    """A program without its symbols, which are most of it; as it is where there is no strip."""
    if shutil.which("strip") is None:
        return path.read_bytes()
    with tempfile.NamedTemporaryFile() as small:
        subprocess.run(["strip", "-o", small.name, str(path)], check=True)
        return pathlib.Path(small.name).read_bytes()


def package_files():
    return sorted(path for path in SOURCES.iterdir()
                  if path.suffix in (".py", ".pyi") or path.name == "py.typed")


# --- what pip calls -------------------------------------------------------------------------------


def get_requires_for_build_wheel(config_settings=None):
    return []


def get_requires_for_build_editable(config_settings=None):
    return []


def get_requires_for_build_sdist(config_settings=None):
    return []


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    folder = pathlib.Path(metadata_directory) / DIST_INFO
    folder.mkdir()
    for name, text in dist_info().items():
        (folder / name).write_text(text)
    return DIST_INFO


prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    built = compile_all()
    wheel = Wheel(wheel_directory)
    for path in package_files():
        wheel.add(f"picoctl/{path.name}", path.read_bytes())
    for module in (built / "python" / "picoctl").glob("_core*.so"):
        wheel.add(f"picoctl/{module.name}", stripped(module), 0o755)
    for program in PROGRAMS:
        wheel.add(f"picoctl/_bin/{pathlib.Path(program).name}", stripped(built / program), 0o755)
    return wheel.close()


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    """The package is used where it lies; after a change of the C++, install it again."""
    built = compile_all()
    wheel = Wheel(wheel_directory)
    wheel.add("picoctl.pth", f"{built / 'python'}\n")
    return wheel.close()


def build_sdist(sdist_directory, config_settings=None):
    """All sources: what git knows, or what lies here if there is no git."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    names = listed.stdout.split("\0") if listed.returncode == 0 else [
        str(path.relative_to(ROOT)) for path in ROOT.rglob("*")
        if not {"build", ".git", ".venv", "__pycache__"} & set(path.relative_to(ROOT).parts)]
    top = f"picoctl-{VERSION}"
    with tarfile.open(pathlib.Path(sdist_directory) / f"{top}.tar.gz", "w:gz") as archive:
        for name in sorted(filter(None, names)):
            if (ROOT / name).is_file():
                archive.add(ROOT / name, f"{top}/{name}", recursive=False)
        info = tarfile.TarInfo(f"{top}/PKG-INFO")
        data = metadata().encode()
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return f"{top}.tar.gz"
