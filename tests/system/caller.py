#!/usr/bin/python3
"""The Python caller of the system tests: caller.cpp in Python, with the same verbs and exit codes.

    caller.py [--address A] [--timeout S] hammer FIRST COUNT
    caller.py … call NAME ARG…
    caller.py … set REGISTER VALUE…
    caller.py … get REGISTER
    caller.py … kept STATE FIRST SECOND
    caller.py scan
"""
import json
import sys

import picoctl


def plain(value):
    """As the C++ caller prints it."""
    if isinstance(value, bytes):
        return {"bytes": list(value), "subtype": None}
    return value


def hammer(pico, first, count):
    for token in range(int(first), int(first) + int(count)):
        outcome = "done"
        try:
            data = token.to_bytes(4, "big")
            if pico.system.echo(data) != data:
                outcome = "wrong"
        except picoctl.PicoError as problem:
            outcome = problem.outcome
        print(outcome, token, flush=True)  # at once: the test may kill this process at any moment


def call(pico, name, *arguments):
    reply = pico.call(name, *arguments)
    fields = pico.commands[name]._replies
    values = reply if len(fields) > 1 else [reply]
    members = {field: plain(value) for field, value in zip(fields, values)}
    print(json.dumps(members if fields else None))


def get(pico, register):
    print(json.dumps(pico.registers[register]))


def set_(pico, register, *values):
    pico.registers[register] = values


def kept(pico, *tokens):
    state, first, second = (int(token).to_bytes(4, "big") for token in tokens)
    pico.on_restart(lambda one, _: one.system.echo(state))
    pico.system.echo(first)
    print(tokens[1], flush=True)
    sys.stdin.readline()
    pico.system.echo(second)
    print(tokens[2], flush=True)


def main(words):
    options = {}
    while words[0].startswith("--"):
        option, value, *words = words
        options[option[2:]] = int(value, 0) if option == "--address" else float(value)
    verb, *arguments = words
    try:
        if verb == "scan":
            print("\n".join(f"0x{found.address:02x}" for found in picoctl.scan()))
            return 0
        with picoctl.connect(**options) as pico:
            {"hammer": hammer, "call": call, "get": get, "set": set_, "kept": kept}[verb](pico, *arguments)
    except picoctl.PicoError as problem:
        print(problem, file=sys.stderr)
        return problem.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
