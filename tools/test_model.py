"""tests/model/run.py: what it says when it is asked for what is not there."""
import pathlib
import shutil
import subprocess

import pytest

RUN = pathlib.Path(__file__).resolve().parents[1] / "tests/model/run.py"


@pytest.mark.skipif(shutil.which("spin") is None, reason="spin is not installed")
def test_a_search_that_nobody_knows_is_an_error(tmp_path):
    report = tmp_path / "model.xml"
    done = subprocess.run([RUN, "--only", "no_such_search", "--junit", report], capture_output=True,
                          text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "no search is called like 'no_such_search'" in done.stderr
    assert not report.exists(), "no report says that all is well"
