"""Test results: one Case each, read from and written to JUnit XML."""

import dataclasses
import re
import xml.etree.ElementTree as ElementTree

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
# What XML 1.0 cannot hold at all; a terminal's escape sequences, for one.
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd]")


@dataclasses.dataclass
class Case:
    stage: str
    classname: str
    name: str
    state: str = PASSED
    message: str = ""
    text: str = ""
    seconds: float = 0.0
    provokes: frozenset = frozenset()  # errors that this test made happen

    @property
    def id(self):
        return f"{self.stage}/{self.classname}.{self.name}"


def state_of(element):
    """The state of a <testcase> of GoogleTest, ctest, pytest or this module, and its message."""
    for tag in ("failure", "error"):
        found = element.find(tag)
        if found is not None:
            return FAILED, found.get("message", ""), found.text or ""
    found = element.find("skipped")
    if found is not None:
        return SKIPPED, found.get("message", "") or (found.text or "").strip(), ""
    if element.get("status") in ("notrun", "disabled") or element.get("result") == "suppressed":
        return SKIPPED, "disabled", ""
    return PASSED, "", ""


def provokes_of(element):
    values = [element.get("provokes", "")]
    values += [p.get("value", "") for p in element.iter("property") if p.get("name") == "provokes"]
    return frozenset(word.strip() for value in values for word in value.split(",") if word.strip())


def read(path, stage):
    """The cases of a JUnit XML file."""
    cases = []
    for element in ElementTree.parse(path).iter("testcase"):
        state, message, text = state_of(element)
        cases.append(Case(stage, element.get("classname", ""), element.get("name", ""), state,
                          message, text, float(element.get("time") or 0), provokes_of(element)))
    return cases


def element_of(case):
    element = ElementTree.Element("testcase", classname=case.classname, name=case.name,
                                  time=f"{case.seconds:.3f}")
    if case.provokes:
        element.set("provokes", ",".join(sorted(case.provokes)))
    if case.state == FAILED:
        failure = ElementTree.SubElement(element, "failure",
                                         message=UNWRITABLE.sub("?", case.message))
        failure.text = UNWRITABLE.sub("?", case.text)
    elif case.state == SKIPPED:
        ElementTree.SubElement(element, "skipped", message=UNWRITABLE.sub("?", case.message))
    return element


def write(path, cases):
    """One <testsuite> for each stage, in the order in which they come."""
    root = ElementTree.Element("testsuites")
    suites = {}
    for case in cases:
        if case.stage not in suites:
            suites[case.stage] = ElementTree.SubElement(root, "testsuite", name=case.stage)
        suites[case.stage].append(element_of(case))
    for suite in suites.values():
        suite.set("tests", str(len(suite)))
        suite.set("failures", str(len(suite.findall("testcase/failure"))))
        suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def read_all(path):
    """The cases of a file that `write` wrote, each with its stage."""
    cases = []
    for suite in ElementTree.parse(path).getroot().findall("testsuite"):
        for element in suite.findall("testcase"):
            state, message, text = state_of(element)
            cases.append(Case(suite.get("name"), element.get("classname"), element.get("name"),
                              state, message, text, float(element.get("time")),
                              provokes_of(element)))
    return cases


# --- tests/SKIPS ----------------------------------------------------------------------------------


def read_skips(path):
    """{id: reason} of a file with `ID: REASON` on each line; # begins a comment."""
    skips = {}
    for line in path.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, reason = line.partition(": ")
            if not reason.strip():
                raise ValueError(f"{path.name}: '{line}' gives no reason (ID: REASON)")
            skips[name.strip()] = reason.strip()
    return skips


def judge_skips(cases, skips):
    """A skip that nobody allowed is a failure."""
    for case in cases:
        if case.state == SKIPPED and case.id not in skips:
            case.state = FAILED
            case.message = f"skipped, and tests/SKIPS does not allow it: {case.message}"


def stale_skips(skips, cases, stages):
    """The entries of tests/SKIPS for one of `stages` that name no test."""
    known = {case.id for case in cases}
    return [name for name in skips if name.split("/")[0] in stages and name not in known]
