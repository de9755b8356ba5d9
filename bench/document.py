#!/usr/bin/python3
"""Writes docs/PERFORMANCE.md and its plots from the run that is kept in docs/performance/run.json.

    bench/document.py            write them
    bench/document.py --check    say whether they are what would be written; exit 1 if not
"""
import argparse
import json
import sys

import goals
import plots
import tables
import wire
from common import ROOT

KEPT = ROOT / "docs/performance/run.json"
PAGE = ROOT / "docs/PERFORMANCE.md"
TEXT = ROOT / "bench/PERFORMANCE.md.in"
SPEEDS = ("100 kHz", "400 kHz", "1 MHz")
NOTE = "emulated at 125 MHz: relative figures, not a chip's"
ORDER = ("no_stretch", "mid_phase", "sdk_driver", "mem", "handlers", "library", "user_module")


def programs(run):
    return [(goals.NAMES[name], run["emulated"][name]) for name in ORDER if name in run["emulated"]]


def cycles_plot(run):
    groups = [(name, [rows[1]["cyclesPerByteReceived"], rows[1]["cyclesPerByteSent"]])
              for name, rows in programs(run)]
    return plots.bars("Interrupt cycles per byte", NOTE, groups, ["received", "sent"])


def rate_plot(run):
    groups = [(name, [row["checked"]["perSecond"] for row in rows]) for name, rows in programs(run)]
    return plots.bars("Exchanges of 4 bytes a second, first START to last STOP",
                      "picoctl: acknowledged and checked commands. Others: 4 bytes written and read "
                      f"back. {NOTE}", groups, list(SPEEDS))


def read_plot(run):
    groups = [(name, [100 * (row["reads"][0]["overIdeal"] - 1) for row in rows])
              for name, rows in programs(run)]
    return plots.bars("A read of 16 bytes: percent longer than the ideal",
                      f"by holding SCL; {NOTE}", groups, list(SPEEDS))


def wire_plot(run):
    sizes = [str(size) for size in wire.SIZES]
    own = run["wire"]["picoctl"]
    series = [("raw ceiling, 9 a byte", [own[size]["ceiling_bits"] for size in sizes]),
              ("picoctl", [own[size]["bits"] for size in sizes])]
    series += [(name, [peer["sizes"][size]["bits"] for size in sizes])
               for name, peer in run["wire"]["peers"].items()]
    return plots.lines("Bits of one command on its own wire, there and back",
                       "computed from published formats; Firmata, simpleRPC and seesaw check nothing",
                       [f"{size} bytes" for size in sizes], series, "bits")


def scaling_plot(run):
    groups = [(f"{row['programs']} programs, {row['picos']} Picos", [row["commands_per_second"]])
              for row in run["scaling"]]
    return plots.bars("Commands a second, many programs on one virtual bus",
                      "of the machine that ran it: bits on a virtual bus cost no time", groups, ["all"])


PLOTS = {"cycles": cycles_plot, "rate": rate_plot, "read": read_plot, "wire": wire_plot,
         "scaling": scaling_plot}


def plain(run):
    """As the kept file gives it back: keys are text, in their order."""
    return json.loads(json.dumps(run, sort_keys=True))


def goals_text(run):
    """The goals on a terminal; of a short run only what it measured."""
    lines = [f"{'yes' if reached else 'NO ':3} {shown:32} goal {goal.goal:22} {goal.figure}"
             for goal, shown, reached in goals.rows(plain(run))]
    return "\n".join(lines)


def page(run):
    text = TEXT.read_text()
    for name, make in tables.TABLES.items():
        marker = f"{{{{{name}}}}}"
        if marker not in text:
            raise SystemExit(f"bench: {TEXT.name} has no place for {marker}")
        text = text.replace(marker, make(run).strip())
    return text


def files(run):
    found = {PAGE: page(run)}
    for name, draw in PLOTS.items():
        found[ROOT / f"docs/pictures/bench-{name}.svg"] = draw(run)
    return found


def keep(run):
    run = plain(run)
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps(run, indent=1, sort_keys=True) + "\n")
    write(run)


def write(run):
    for path, text in files(run).items():
        path.write_text(text)


def stale(run):
    """What is not as it would be written, and what of the kept run is wrong by now."""
    found = [str(path.relative_to(ROOT)) for path, text in files(run).items()
             if not path.is_file() or path.read_text() != text]
    computed = plain({"picoctl": wire.own(), "peers": wire.peers()})
    found += [f"{KEPT.relative_to(ROOT)}: wire, {part}" for part, value in computed.items()
              if run["wire"][part] != value]
    return found


def drift(run):
    """How emulated figures of this run differ from the kept one's: lines of text."""
    kept, lines = json.loads(KEPT.read_text()), []
    for name, rows in plain(run).get("emulated", {}).items():
        for row, old in zip(rows, kept["emulated"].get(name, [])):
            for what in ("cyclesPerByteReceived", "cyclesPerByteSent", "cyclesPerForeign"):
                if abs(row[what] - old[what]) > 0.05 * max(old[what], 1):
                    lines.append(f"{name}, {row['hertz'] // 1000} kHz: {what} {row[what]:.1f}, "
                                 f"in docs/PERFORMANCE.md {old[what]:.1f}")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    run = json.loads(KEPT.read_text())
    if not options.check:
        write(run)
        return 0
    wrong = stale(run)
    for what in wrong:
        print(f"bench/document.py: stale: {what} (bench/document.py writes the pages, "
              "./bench/run --write measures anew)")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
