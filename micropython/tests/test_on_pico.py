"""Every function of on_pico/*.py, run by MicroPython itself."""
import re

import pytest
from conftest import ON_PICO, micropython

FILES = [path for path in sorted(ON_PICO.glob("*.py")) if path.stem not in ("harness", "run")]
# Public functions without parameters are the tests.
TESTS = [(path, name) for path in FILES
         for name in re.findall(r"^def ([a-z]\w*)\(\):", path.read_text(), re.M)]


@pytest.mark.parametrize("path, name", TESTS, ids=[f"{path.stem}.{name}" for path, name in TESTS])
def test_on_pico(path, name, tmp_path):
    done = micropython(ON_PICO / "run.py", path.stem, name, PICOCTL_FOLDER=str(tmp_path))
    assert done.stdout.endswith("passed\n"), done.stdout + done.stderr
