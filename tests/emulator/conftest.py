"""Where things are: PICOCTL_BUILD names the build, the images come from ./firmware --tests."""
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("PICOCTL_BUILD", ROOT / "build"))
PICOCTL = BUILD / "bin" / "picoctl"
EMULATOR = ROOT / "emulator" / "dist"
FIRMWARE = ROOT / "build" / "firmware"


@pytest.fixture(scope="session")
def images(tmp_path_factory):
    """A folder of images that do not do what they should."""
    folder = tmp_path_factory.mktemp("images")
    subprocess.run(["node", EMULATOR / "test" / "images.js", folder], check=True, timeout=120)
    return folder
