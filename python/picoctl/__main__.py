"""`python -m picoctl` is the command `picoctl`."""

import os
import sys

from . import _parts


def main():
    os.execv(_parts.program("picoctl"), ["picoctl", *sys.argv[1:]])


if __name__ == "__main__":
    main()
