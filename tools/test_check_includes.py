import pytest

import check_includes


@pytest.fixture
def tree(tmp_path):
    for folder in check_includes.MAY:
        public = tmp_path / folder / "include/picoctl" / folder
        public.mkdir(parents=True)
        (public / "open.hpp").touch()
        (tmp_path / folder / "hidden.hpp").touch()
    return tmp_path


def complaints(tree, file, line):
    path = tree / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(line + "\n")
    return check_includes.complaints(file.split("/")[0], tree)


@pytest.mark.parametrize("file, line", [
    ("link/a.cpp", '#include "picoctl/link/open.hpp"'),
    ("link/a.cpp", '#include "hidden.hpp"'),
    ("link/a.cpp", "#include <vector>"),
    ("target/handlers/a.cpp", '#include "picoctl/commands/open.hpp"'),
    ("controller/a.cpp", '#include "picoctl/socket/open.hpp"'),
    ("controller/a_test.cpp", '#include "picoctl/target/open.hpp"'),
    ("cli/a.cpp", '#include "picoctl/controller/open.hpp"'),
    ("python/a.cpp", '#include "picoctl/controller/open.hpp"'),
    ("python/a.cpp", '#include "picoctl/link/open.hpp"'),
    ("virtual/machine/a.cpp", '#include "picoctl/target/open.hpp"'),
    ("pico/a.cpp", '#include "hardware/i2c.h"'),
])
def test_allows(tree, file, line):
    assert complaints(tree, file, line) == []


@pytest.mark.parametrize("file, line, said", [
    ("link/a.cpp", '#include "picoctl/target/open.hpp"', "link must not include target"),
    ("controller/a.cpp", '#include "picoctl/target/open.hpp"', "controller must not include target"),
    ("controller/include/picoctl/controller/a.hpp", '#include "picoctl/virtual/open.hpp"',
     "controller must not include virtual"),
    ("target/a.cpp", '#include "picoctl/controller/open.hpp"', "target must not include controller"),
    ("cli/a.cpp", '#include "picoctl/target/open.hpp"', "cli must not include target"),
    ("python/a.cpp", '#include "picoctl/target/open.hpp"', "python must not include target"),
    ("python/a.cpp", '#include "picoctl/cli/open.hpp"', "python must not include cli"),
    ("socket/a.cpp", '#include "picoctl/link/open.hpp"', "socket must not include link"),
    ("link/a.cpp", "#include <picoctl/link/open.hpp>", 'write "picoctl/link/open.hpp"'),
    ("link/a.cpp", '  #  include "picoctl/target/open.hpp"', "link must not include target"),
    ("target/a.cpp", '#include "picoctl/link/gone.hpp"', "does not exist"),
    ("target/a.cpp", '#include "picoctl/hidden.hpp"', "no public header"),
    ("target/a.cpp", '#include "link/hidden.hpp"', "private header of link"),
    ("target/a.cpp", '#include "../link/hidden.hpp"', "private header of link"),
    ("target/a.cpp", "#include <link/hidden.hpp>", "private header of link"),
    ("link/a.cpp", '#include "include/picoctl/link/open.hpp"', "by its public name"),
])
def test_refuses(tree, file, line, said):
    found = complaints(tree, file, line)
    assert len(found) == 1 and said in found[0], found
