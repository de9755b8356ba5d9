"""The programs that come with the package."""

import os
import pathlib

from ._errors import exception_for

FOLDER = pathlib.Path(__file__).parent / "_bin"


def program(name):
    """The path of `picoctl` or `picoctl-virtual`."""
    path = FOLDER / name
    if not os.access(path, os.X_OK):
        raise exception_for("part_missing", f"{name} is not in {FOLDER}", "not_run")
    return str(path)
