"""The build backend, and that three places name the same packages. Building is the check's own stage."""

import importlib.util
import pathlib
import re
import subprocess
import tarfile
import zipfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def backend():
    spec = importlib.util.spec_from_file_location("build_backend", ROOT / "python/build_backend.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def built_here(folder, mode=0o755):
    """A build folder as CMake would leave it, with other bytes in it."""
    for name in ("bin/picoctl", "bin/picoctl-virtual", "lib/libpicoctl-i2c-shim.so",
                 "python/picoctl/_core.cpython-311.so"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pathlib.Path("/bin/true").read_bytes())
    return folder


def test_it_needs_nothing_from_a_network(backend):
    assert backend.get_requires_for_build_wheel() == []
    assert backend.get_requires_for_build_editable() == []
    assert backend.get_requires_for_build_sdist() == []


def test_the_wheel_holds_the_package_and_the_programs(backend, tmp_path, monkeypatch):
    monkeypatch.setattr(backend, "compile_all", lambda: built_here(tmp_path / "build"))
    name = backend.build_wheel(tmp_path)
    again = (tmp_path / "again")
    again.mkdir()
    assert backend.build_wheel(again) == name
    with zipfile.ZipFile(tmp_path / name) as wheel:
        names = set(wheel.namelist())
        assert wheel.testzip() is None
        modes = {info.filename: info.external_attr >> 16 & 0o777 for info in wheel.infolist()}
        info = f"picoctl-{backend.VERSION}.dist-info"
        record = wheel.read(f"{info}/RECORD").decode().splitlines()
        entries = wheel.read(f"{info}/entry_points.txt").decode()
    assert {"picoctl/__init__.py", "picoctl/__init__.pyi", "picoctl/py.typed",
            "picoctl/_bin/picoctl", "picoctl/_bin/picoctl-virtual",
            "picoctl/_bin/libpicoctl-i2c-shim.so", f"{info}/LICENSE", f"{info}/METADATA",
            f"{info}/WHEEL"} <= names
    assert modes["picoctl/_bin/picoctl"] == 0o755 and modes["picoctl/__init__.py"] == 0o644
    assert {line.split(",")[0] for line in record} == names
    assert "[console_scripts]\npicoctl = picoctl.__main__:main" in entries
    assert "[pytest11]\npicoctl = picoctl.pytest_plugin" in entries
    assert (tmp_path / name).read_bytes() == (again / name).read_bytes(), "the same from the same"


def test_the_source_archive_holds_what_a_build_needs(backend, tmp_path):
    name = backend.build_sdist(tmp_path)
    with tarfile.open(tmp_path / name) as archive:
        names = {member.name.partition("/")[2] for member in archive}
    assert {"pyproject.toml", "CMakeLists.txt", "python/build_backend.py", "python/module.cpp",
            "link/include/picoctl/link/error.def", "PKG-INFO"} <= names
    assert not any(name.startswith(("build/", ".git/")) for name in names)


def test_without_cmake_it_says_what_to_install(backend, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="there is no cmake\n.*sudo apt-get install .*cmake"):
        backend.compile_all()


def test_the_packages_are_the_same_everywhere(backend):
    listed = subprocess.run(["bash", "-c", ". tools/setup.sh; expand_sets python"], cwd=ROOT,
                            text=True, capture_output=True, check=True).stdout.split()
    assert sorted(backend.PACKAGES.split()) == sorted(listed)
    documented = re.search(r"^sudo apt-get install (.*)$", (ROOT / "docs/PYTHON.md").read_text(), re.M)
    assert sorted(documented[1].split()) == sorted(listed)
