"""The library's files beside the C++ module that is frozen into the image: which of them is taken, and that every
mixture answers. mip installs into /lib, `mpremote cp -r micropython/picoctl :` copies into the root."""
import json

import pytest
from conftest import HERE, ROOT, ConsolePico
from test_life import call, works

PROGRAM = HERE / "upgrade.py"
SOURCES = sorted((ROOT / "micropython" / "picoctl").glob("*.py"))
OLDER = ("if _api == 1:", "if _api == 0:")


def library(folder, *changes):
    """(name, text) of its files for a Pico; `changes`: (old, new) words of its __init__.py."""
    texts = {path.name: path.read_text() for path in SOURCES}
    for old, new in (*changes, ("import sys", "import sys\ncopied = True")):
        assert texts["__init__.py"].count(old) > 0
        texts["__init__.py"] = texts["__init__.py"].replace(old, new, 1)
    return tuple((f"{folder}picoctl/{name}", text) for name, text in texts.items())


def taken(pico):
    pico.restarted_by("library")
    return call(pico, "library")


@pytest.fixture
def having(start):
    def begin(files):
        pico = start(kind=ConsolePico, program=PROGRAM, files=files)
        pico.says("running")
        return pico
    return begin


def test_files_of_the_same_version_are_taken_and_use_the_link_in_cpp(having):
    pico = having(library(""))
    assert taken(pico) == {"copied": True, "linked": True}
    works(pico)


def test_what_mip_installs_leaves_the_images_own_in_place(having):
    """/lib comes behind the frozen modules in sys.path."""
    pico = having(library("lib/"))
    assert taken(pico) == {"copied": False, "linked": True}
    works(pico)


def test_files_of_another_version_say_so_and_answer_without_the_link(having):
    pico = having(library("", OLDER))
    pico.says("this library and the picoctl in this image are of different versions")
    assert taken(pico) == {"copied": True, "linked": False}
    works(pico)
    assert json.loads(pico.picoctl("--json", "info").stdout)["max_request"] == 42


def test_an_older_version_is_removed_and_the_images_own_is_there(having):
    pico = having(library("", OLDER))
    assert taken(pico) == {"copied": True, "linked": False}
    call(pico, "quit")
    pico.says(">>> ")
    pico.type("import os; [os.remove('picoctl/' + n) for n in os.listdir('picoctl')]; os.rmdir('picoctl')\r")
    pico.says_often(">>> ", 2)
    pico.type("\x04")
    pico.says_often("running", 2)
    assert taken(pico) == {"copied": False, "linked": True}
    works(pico)
