import pytest

import junit
from junit import FAILED, PASSED, SKIPPED, Case

GTEST = """<testsuites><testsuite name="Slots">
<testcase name="Fine" status="run" result="completed" time="0.5" classname="Slots">
  <properties><property name="provokes" value="bad_batch,no_slot"/></properties></testcase>
<testcase name="Bad" status="run" time="0" classname="Slots"><failure message="why">text</failure></testcase>
<testcase name="Off" status="notrun" result="suppressed" time="0" classname="Slots"/>
<testcase name="Skip" status="run" result="skipped" time="0" classname="Slots"><skipped message="no root"/></testcase>
<testcase name="Old" provokes="usage" time="0" classname="Slots"/>
</testsuite></testsuites>"""


@pytest.fixture
def gtest(tmp_path):
    path = tmp_path / "x.xml"
    path.write_text(GTEST)
    return junit.read(path, "unit")


def test_reads_states(gtest):
    assert [c.state for c in gtest] == [PASSED, FAILED, SKIPPED, SKIPPED, PASSED]
    assert gtest[1].message == "why" and gtest[3].message == "no root"
    assert gtest[0].id == "unit/Slots.Fine"


def test_reads_what_a_test_provokes_both_ways(gtest):
    assert gtest[0].provokes == {"bad_batch", "no_slot"}
    assert gtest[4].provokes == {"usage"}


def test_reads_back_what_it_writes(tmp_path, gtest):
    more = gtest + [Case("model", "spin", "clean", FAILED, "a \x1b[31mred\x1b[0m \x00", "text\x08")]
    junit.write(tmp_path / "all.xml", more)
    back = junit.read_all(tmp_path / "all.xml")
    assert [(c.id, c.state, c.provokes) for c in back] == [(c.id, c.state, c.provokes) for c in more]


def test_a_skip_counts_only_if_allowed(gtest):
    junit.judge_skips(gtest, {"unit/Slots.Skip": "needs root"})
    assert [c.state for c in gtest] == [PASSED, FAILED, FAILED, SKIPPED, PASSED]


def test_finds_entries_that_name_no_test(gtest):
    skips = {"unit/Slots.Skip": "r", "unit/Slots.Gone": "r", "docs/a.b": "r"}
    assert junit.stale_skips(skips, gtest, {"unit"}) == ["unit/Slots.Gone"]
    assert junit.stale_skips(skips, gtest, {"unit", "docs"}) == ["unit/Slots.Gone", "docs/a.b"]


def test_reads_skips_with_their_reasons(tmp_path):
    path = tmp_path / "SKIPS"
    path.write_text("# comment\n\nunit/Slots.Skip: needs root: it mounts\n")
    assert junit.read_skips(path) == {"unit/Slots.Skip": "needs root: it mounts"}
    path.write_text("unit/Slots.Skip\n")
    with pytest.raises(ValueError):
        junit.read_skips(path)
