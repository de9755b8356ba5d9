import pytest

from doc_blocks import blocks_of, matches, whole_program

PAGE = """# Title
```sh run
echo 1
```
```text output
1
```
Text
```sh
not this
```
- in a list:
  ```python run
  if True:
      print(2)
  ```
~~~cpp run
int x = 1;
```
~~~
"""


def test_finds_blocks_with_language_line_and_text():
    found = [(b.language, b.line, b.text) for b in blocks_of(PAGE, "x.md")]
    assert found == [("sh", 2, "echo 1\n"), ("python", 13, "if True:\n    print(2)\n"),
                     ("cpp", 17, "int x = 1;\n```\n")]


def test_output_belongs_to_the_block_before():
    assert [b.output for b in blocks_of(PAGE, "x.md")] == ["1\n", None, None]


def test_a_pico_of_the_page_and_what_it_prints():
    page = ("```python pico\nprint(1)\n```\nText\n```python run\npass\n```\n```text console\n1\n```\n"
            "```text output\n2\n```\n```sh run virtual\ntrue\n```\n")
    pico, pi, virtual = blocks_of(page, "x.md")
    assert (pico.pico, pico.text) == ("micropython", "print(1)\n")
    assert (pi.pico, pi.console, pi.output) == (None, "1\n", "2\n")
    assert virtual.pico == "virtual"


@pytest.mark.parametrize("page", ["```sh run\n", "```perl run\n```\n", "```sh run twice\n```\n", "```text console\n1\n```\n",
                                  "```text output\n1\n```\n",
                                  "```sh run\n```\n```sh\n```\n```text output\n1\n```\n"])
def test_refuses_what_makes_no_sense(page):
    with pytest.raises(ValueError):
        blocks_of(page, "x.md")


@pytest.mark.parametrize("expected, printed, fits", [
    ("a\n", "a\n", True), ("a\n", "b\n", False), ("a\nc\n", "a\nb\nc\n", True),
    ("c\na\n", "a\nb\nc\n", False), ("x … z\n", "x y z\n", True), ("x … z\n", "x y\n", False),
    ("…\nb\n", "a\nb\n", True), ("a.c\n", "abc\n", False), ("a  \n", "a\n", True),
])
def test_compares_output(expected, printed, fits):
    assert matches(expected, printed) == fits


def test_makes_a_program_of_a_fragment():
    made = whole_program("#include <vector>\nstd::vector<int> v;\n")
    assert made.index("<vector>") < made.index("int main()") < made.index("v;")
    assert whole_program("int main() {}\n") == "int main() {}\n"
