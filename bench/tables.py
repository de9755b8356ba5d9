"""The tables of docs/PERFORMANCE.md, each from a run."""

import goals

import host
import wire
from common import ROOT


def table(columns, rows):
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def goal_table(run):
    rows = [(goal.figure, goal.anchor, goal.goal, f"**{shown}**" + (" (e)" if goal.emulated else ""),
             "yes" if reached else "**no**") for goal, shown, reached in goals.rows(run)]
    return table(("figure", "anchor", "goal", "measured", "reached"), rows)


def limits(run):
    """Goals that are beyond the hardware's model have a program that shows it."""
    least = run["limits"]["batch_entry"]
    return (f"A batch's no-op: {at_least(least['promised'])} is the least, of a loop that does only what "
            "picoctl promises, each in its cheapest form: nothing runs before all was looked at, no frame cut "
            "short, no reply without room, a watchdog that knows the handler's time, errors, handlers of every "
            f"type. Without these promises it is {at_least(least['bare'])}. Both are counted by a program, "
            "[batch_entry.cpp](../bench/limits/batch_entry.cpp).")


def at_least(cycles):
    return f"{cycles:.0f} cycles"


def crc_place(run):
    found = run["limits"]["crc_place"]
    names = (("in the loop, as picoctl has it", "loop"), ("in the interrupt", "interrupt"))
    return table(("the checksum of a request", "receive interrupt, cycles a byte",
                  "frame's end to its handler, cycles", "commands a second", "in the interrupt"),
                 [(name, f"{row['cyclesPerByteReceived']:.1f}", row["frameToHandler"],
                   f"{row['perSecond']:.0f}", f"{100 * row['interrupt']:.1f} %")
                  for name, row in ((name, found[key]) for name, key in names)])


def three(rows, cell):
    return " · ".join(cell(row) for row in rows)


def program_rows(run, cell, names=None):
    return [(goals.NAMES[name], three(rows, cell)) for name, rows in ordered(run)
            if names is None or name in names]


def ordered(run):
    order = list(goals.NAMES)
    return sorted(run["emulated"].items(), key=lambda item: order.index(item[0]))


def same(cells):
    """One number if all are the same."""
    return cells[0] if len(set(cells)) == 1 else " · ".join(cells)


def interrupts(run):
    rows = []
    for name, found in ordered(run):
        rows.append((goals.NAMES[name],
                     same([f"{row['cyclesPerByteReceived']:.0f}" for row in found]),
                     same([f"{row['cyclesPerByteSent']:.0f}" for row in found]),
                     same([f"{row['interruptsPerForeign']} ({row['cyclesPerForeign']})" for row in found]),
                     same([str(row["requestToData"]) for row in found]),
                     same(["–" if row["frameToHandler"] is None else f"{row['frameToHandler']}"
                           for row in found])))
    return table(("program", "received, cycles a byte", "sent, cycles a byte",
                  "foreign transaction: interrupts (cycles)", "read request to first byte, cycles",
                  "frame's end to its handler, cycles"), rows)


def transaction(part, index):
    return lambda row: f"{row[part][index]['overIdeal']:.3f}"


def transactions(run):
    rows = []
    for name, found in ordered(run):
        rows.append((goals.NAMES[name], *(three(found, transaction(part, index))
                                          for part in ("reads", "writes") for index in (0, 1)),
                     three(found, lambda row: f"{row['reads'][0]['longestHold']:.0f} "
                                              f"({row['reads'][0]['holds']})")))
    return table(("program", "read of 16", "read of 64", "write of 16", "write of 64",
                  "longest hold in the read of 16, ns (how many)"), rows)


def loads(run):
    rows = []
    for name, found in ordered(run):
        loads = [row["checked"] for row in found]
        lost = ["–" if row["backToBack"] is None else str(row["backToBack"]["lost"]) for row in found]
        sent = found[0]["backToBack"]
        rows.append((goals.NAMES[name], three(loads, lambda load: f"{load['perSecond']:.0f}"),
                     three(loads, lambda load: f"{100 * load['polled'] / load['exchanges']:.0f} %"),
                     three(loads, lambda load: f"{100 * load['awake']:.0f} %"),
                     three(loads, lambda load: f"{100 * load['interrupt']:.0f} %"),
                     same(lost) + (f" of {sent['sent']}" if sent else "")))
    return table(("program", "exchanges a second", "answer read again", "processor awake",
                  "in the interrupt", "back-to-back writes lost"), rows)


def batch(run):
    found = [row["batch"] for row in run["emulated"]["sleeping"]]
    names = ("100 kHz", "400 kHz", "1 MHz")
    return table(("speed", "loop", "without the CRCs", "CRC of a byte", "in: interrupt", "out: interrupt",
                  "all"),
                 [(name, *(f"{row[key]:.0f}" for key in ("loop", "withoutCrc")), f"{row['crcPerByte']:.1f}",
                   *(f"{row[key]:.0f}" for key in ("received", "sent")),
                   f"{row['received'] + row['loop'] + row['sent']:.0f}")
                  for name, row in zip(names, found)])


def own_wire(run):
    rows = [(size, row["bits"], row["ceiling_bits"], f"{row['payload_share']:.3f}",
             " · ".join(str(row["commands_per_second"][str(hertz)]) for hertz in wire.SPEEDS))
            for size, row in ((size, run["wire"]["picoctl"][str(size)]) for size in wire.SIZES)]
    return table(("payload", "bits", "raw ceiling, bits", "share", "most a second"), rows)


def peer_wire(run):
    sizes = [str(size) for size in wire.SIZES]
    rows = [("picoctl", "I2C, 9 bits a byte",
             *(run["wire"]["picoctl"][size]["bits"] for size in sizes),
             "CRC-16 both ways, sequence, ack, run once")]
    for name, peer in run["wire"]["peers"].items():
        rows.append((name, peer["carrier"], *(peer["sizes"][size]["bits"] for size in sizes),
                     peer["buys"]))
    return table(("", "carrier", *(f"{size} bytes" for size in sizes), "what the bits buy"), rows)


def arithmetic(run):
    lines = [f"- **picoctl** {' '.join(run['wire']['picoctl_arithmetic'].split())}"]
    lines += [f"- **{name}** {peer['arithmetic']} ({peer['source']})"
              for name, peer in run["wire"]["peers"].items()]
    return "\n".join(lines)


def host_calls(run):
    rows = []
    for name, row in run["host"]["calls"].items():
        instructions = row.get("instructions")
        rows.append((name, f"{row['system_calls']:g}",
                     "–" if instructions is None else f"{instructions:.0f}",
                     f"{row['processor_us']['median']:.1f}",
                     f"{row['us']['median']:.1f} ({row['us']['min']:.1f}-{row['us']['max']:.1f})"))
    return table(("one call", "system calls", "instructions", "processor us, median",
                  "us, median (of five runs)"), rows)


def host_difference(run):
    beyond = run["host"]["library_beyond_the_ioctl"]
    return (f"Beyond the raw ioctl, `{host.LIBRARY}` takes {beyond['instructions']:.0f} instructions and "
            f"{beyond['system_calls']:g} system calls.")


def codec(run):
    return table(("on the machine that ran it", "ns"),
                 [(name.replace("_", " "), value) for name, value in run["host"]["nanoseconds"].items()])


def scaling(run):
    rows = [(row["picos"], row["programs"], row["commands_per_second"],
             f"{row['least_and_most'][0]} - {row['least_and_most'][1]}", row["fairness"],
             row["no_slot"] or "–", f"{row['longest_call_us'] / 1000:.1f}", row["program_kb"],
             row["bus_kb"]) for row in run["scaling"]]
    return table(("Picos", "programs", "commands/s", "least - most of one program", "fairness",
                  "without a session", "longest call, ms", "KB a program", "KB the bus"), rows)


def sizes(run):
    rows = []
    for name, image in run["size"]["images"].items():
        found = image["stack"]
        rows.append((f"`{name}`", image["flash_bytes"], image["ram_bytes"], found["main_bytes"],
                     found["interrupt_bytes"], found["worst_bytes"]))
    return table(("image", "flash", "static RAM", "stack of the loop", "of the interrupt", "worst stack"),
                 rows)


def micropython_sizes(run):
    rows = [(goals.NAMES[name], row["flash_bytes"], row["ram_bytes"], row["heap_used"] + row["heap_free"],
             row["heap_used"], row["heap_free"]) for name, row in sorted(
                 run["size"]["micropython"].items(), key=lambda item: list(goals.NAMES).index(item[0]))]
    library = run["size"]["micropython_library"]
    compiled = f", compiled to .mpy {library['mpy_bytes']}" if "mpy_bytes" in library else ""
    return (f"The library's files take {library['py_bytes']} bytes{compiled}, beside an image that has them not "
            "frozen in.\n\n" + table(("program", "flash of its image", "static RAM", "heap", "in use", "left"), rows))


def parts(run):
    image = run["size"]["images"]["picoctl-pico"]
    rows = [(name, row["flash"], row["ram_data"], row["ram_code"])
            for name, row in image["parts"].items()]
    return table(("part of `picoctl-pico`", "flash", "data in RAM", "code in RAM"), rows)


def paths(run):
    found = run["size"]["images"]["picoctl-pico"]["stack"]
    return (f"The deepest path of its loop: `{' → '.join(found['main_path'])}`; of its interrupt: "
            f"`{' → '.join(found['interrupt_path'])}`.")


def verb(run):
    found = run["verb"]
    return (f"In this run `picoctl bench` made {found['pings']} pings and {found['reads_held_back']} reads "
            f"that were held back, of which {found['wrong_reads']} came back wrong (the controller of a "
            "virtual bus is an ideal one).")


def made_with(run):
    about = run["about"]
    rows = [("picoctl", about["picoctl"]), ("machine", about["machine"]),
            *((name, value) for name, value in about["versions"].items() if value)]
    rows += [(f"flags, {name}", f"`{value}`") for name, value in about["flags"].items()]
    rows += [(f"SHA-256, `{name}`", f"`{value[:16]}…`") for name, value in about["sha256"].items()]
    return table(("", ""), rows)


TABLES = {
    "goals": goal_table, "limits": limits, "interrupts": interrupts, "transactions": transactions,
    "loads": loads, "batch": batch, "crc_place": crc_place, "own_wire": own_wire, "peer_wire": peer_wire,
    "arithmetic": arithmetic, "host_calls": host_calls, "host_difference": host_difference,
    "codec": codec, "scaling": scaling, "sizes": sizes, "micropython_sizes": micropython_sizes, "parts": parts,
    "paths": paths, "verb": verb, "made_with": made_with,
}
