"""picoctl address: who has which address, and moving a Pico. Two at one address: tests/system."""
import json

import pytest


def seen(shell, *options):
    done = shell("--json", *options, "address")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["addresses"]


def test_everybody_is_shown_with_a_unique_id(shell, start):
    start("--address", "0x41", "--address", "0x44")
    places = seen(shell)
    assert [place["address"] for place in places] == [0x41, 0x44]
    for place in places:
        [one] = place["picos"]
        assert place["all_known"] and not place["shared"]
        assert len(one["unique_id"]) == 16 and not one["contested"] and not one["safe_mode"]
    told = shell("address").stdout
    assert all(place["picos"][0]["unique_id"] in told for place in places)
    assert [place["address"] for place in seen(shell, "--address", "0x44")] == [0x44]


def test_the_only_one_is_moved_without_its_id(shell, pico):
    done = shell("address", "0x42")
    assert done.returncode == 0 and "until it starts anew" in done.stdout
    [place] = seen(shell)
    assert place["address"] == 0x42
    assert shell("--address", "0x42", "call", "system.restart").returncode == 0
    assert shell("--address", "0x41", "call", "led", "1", "on").returncode == 0


def test_a_kept_address_outlives_a_restart(shell, pico):
    done = shell("--json", "address", "0x42", "--keep")
    assert json.loads(done.stdout)["kept"]
    assert shell("--address", "0x42", "call", "system.restart").returncode == 0
    assert shell("--address", "0x42", "call", "led", "1", "on").returncode == 0


def test_of_several_the_id_says_which(shell, start, provokes):
    provokes("several_picos", "address_taken", "not_moved")
    start("--address", "0x41", "--address", "0x42")
    ids = [place["picos"][0]["unique_id"] for place in seen(shell)]
    said = shell.fails("several_picos", 2, "address", "0x45")
    assert all(one in said["detail"] for one in ids)
    assert shell("address", "0x45", "--id", ids[1]).returncode == 0
    assert [place["address"] for place in seen(shell)] == [0x41, 0x45]
    shell.fails("address_taken", 2, "address", "0x45", "--id", ids[0])
    shell.fails("not_moved", 3, "--address", "0x41", "address", "0x46", "--id", "0" * 16)
    shell.fails("no_pico_found", 3, "address", "0x46", "--id", "0" * 16)


@pytest.mark.parametrize("words", [["--keep"], ["--id", "0" * 16], ["0x42", "--id", "12"],
                                   ["0x42", "--id", "x" * 16]])
def test_what_makes_no_sense_is_refused(shell, pico, words):
    shell.fails("usage", 2, "address", *words)


@pytest.mark.parametrize("to", ["0x02", "0x78", "word"])
def test_an_address_that_cannot_be_is_refused(shell, pico, to):
    shell.fails("bad_address", 2, "address", to)


def test_nobody_there_is_said_so(shell, start):
    start("--address", "0x44")
    shell.fails("no_answer", 3, "--address", "0x41", "address")
