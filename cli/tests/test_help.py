"""Help that teaches, and the table of errors."""
import json
import re

import pytest

from conftest import ROOT, on_terminal

VERBS = ["virtual", "scan", "address", "info", "call", "get", "set", "stats", "bench", "trace", "fault",
         "recover", "run", "demo", "errors"]


def test_help_names_every_verb_and_every_exit_code(shell):
    text = shell("--help").stdout
    for verb in VERBS:
        assert re.search(rf"^  {verb}\b", text, re.M), verb
    table = (ROOT / "link/include/picoctl/link/error_table.hpp").read_text()
    codes = re.findall(r"^  \w+ = (\d+),", table, re.M)
    assert len(codes) == 7
    for code in codes:
        assert re.search(rf"^  {code}  \S", text, re.M), code
    for word in ("PICOCTL_BUS", "NO_COLOR", "--bus", "--address", "--timeout", "--json"):
        assert word in text


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_teaches_by_example(shell, verb):
    done = shell(verb, "--help")
    assert done.returncode == 0 and done.stderr == ""
    examples = done.stdout.split("Examples:\n")[1]
    assert f"picoctl {verb}" in examples or f" {verb} " in examples
    assert "--json" in done.stdout


def test_help_fits_a_terminal(shell):
    for verb in ["", *VERBS]:
        for line in shell(*verb.split(), "--help").stdout.splitlines():
            assert len(line) <= 110, line


def test_version(shell):
    project = re.search(r"VERSION (\d+\.\d+\.\d+)", (ROOT / "CMakeLists.txt").read_text())[1]
    assert shell("--version").stdout == f"picoctl {project}\n"


def test_errors_lists_the_whole_table(shell):
    rows = json.loads(shell("errors", "--json").stdout)["errors"]
    table = (ROOT / "link/include/picoctl/link/error.def").read_text()
    ids = re.findall(r"^PICOCTL_ERROR\(0x[0-9A-F]{2}, (\w+),", table, re.M)
    assert [row["id"] for row in rows] == ids
    assert all(set(row) == {"id", "code", "exit_code", "text", "cause", "cure"} for row in rows)
    text = shell("errors").stdout
    assert all(name in text for name in ids)


def test_errors_finds_one_by_id_or_code(shell):
    assert shell("errors", "0x84").stdout == shell("errors", "no_answer").stdout
    assert "nobody answered" in shell("errors", "no_answer").stdout
    shell.fails("usage", 2, "errors", "no_such_error")


@pytest.mark.parametrize("words", [[], ["frobnicate"], ["scan", "--frobnicate"], ["call"],
                                   ["get"], ["set", "light1"], ["--timeout", "soon", "info"],
                                   ["--timeout", "0", "info"], ["trace"], ["run"],
                                   ["trace", "--", "call", "led", "1", "on", "+", "led", "2", "on"],
                                   ["trace", "--flip", "x", "--", "call", "led"],
                                   ["virtual", "--speed", "1"], ["call", "led", "+"],
                                   ["run", "--as", "x", "--", "true"]])
def test_a_mistaken_command_line(shell, provokes, words):
    provokes("usage")
    shell.fails("usage", 2, *words)


def test_colours_on_a_terminal_only_and_not_with_no_color(shell):
    assert "\x1b[" in on_terminal(shell, "errors", "usage")
    assert "\x1b[" not in on_terminal(shell, "errors", "usage", NO_COLOR="1")
    assert "\x1b[" not in on_terminal(shell, "errors", "usage", TERM="dumb")
    assert "\x1b[" in on_terminal(shell, "errors", "usage", NO_COLOR="")
    assert "\x1b[" not in shell("errors", "usage").stdout
    assert "\x1b[" not in on_terminal(shell, "frobnicate", NO_COLOR="1")
