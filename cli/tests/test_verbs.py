"""Each verb does what it says."""
import json
import re
import signal
import subprocess
import xml.etree.ElementTree

import pytest

from conftest import LIMIT, PICOCTL, copy_of_picoctl, on_terminal


# --- call ------------------------------------------------------------------------------------------

def test_call_says_what_it_found_and_that_it_is_done(shell, pico):
    done = shell("call", "led", "1", "on")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "led: done at 0x41 (virtual Pico)\n"
    assert shell("call", "gpio.read", "15").stdout == "on=true\n"
    assert pico.ran() == ["led n=1 on=1", "gpio.read pin=15"]


def test_a_bus_that_was_named_is_named(shell, pico):
    bus = f"virtual:{pico.socket}"
    assert f"on {bus}" in shell("--bus", bus, "call", "led", "1", "on").stderr
    assert f"on {bus}" in shell("--bus", "virtual", "call", "led", "1", "on").stderr
    shell.env["PICOCTL_BUS"] = bus
    assert "(virtual Pico)" not in shell("call", "led", "1", "on").stderr


def test_call_json_is_the_reply(shell, pico):
    assert json.loads(shell("call", "gpio.read", "15", "--json").stdout) == {"on": False}
    assert json.loads(shell("--json", "call", "led", "1", "on").stdout) is None
    assert json.loads(shell("call", "system.echo", "0x0102ff", "--json").stdout) == {"data": "0x0102ff"}


def test_several_commands_in_one_transaction(shell, pico):
    done = shell("call", "led", "1", "on", "+", "gpio.read", "15", "+", "gpio.read", "14")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "led: done\ngpio.read: on=true\ngpio.read: on=false\n"


def test_several_commands_stop_at_the_first_failure(shell, pico):
    words = ["call", "led", "1", "on", "+", "led", "9", "on", "+", "led", "2", "on"]
    done = shell(*words)
    assert done.returncode == 1
    assert pico.ran() == ["led n=1 on=1", "led n=9 on=1"]
    assert "led: not run" in done.stdout
    results = json.loads(shell("--json", *words).stdout)
    assert [one["ran"] for one in results["results"]] == [True, True, False]
    assert results["results"][1]["error"]["id"] == results["error"]["id"] == "bad_value"
    assert shell("call", "--go-on", *words[1:]).returncode == 1
    assert pico.ran()[-1] == "led n=2 on=1"


def test_commands_of_standard_input_are_answered_line_by_line(shell, pico):
    process = subprocess.Popen([PICOCTL, "call", "-"], env=shell.env, text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    def ask(line):
        process.stdin.write(line + "\n")
        process.stdin.flush()
        return process.stdout.readline()
    assert ask("led 1 on  # the first light") == "done\n"
    assert ask("gpio.read 15") == "on=true\n"
    assert ask("lde 1 on").startswith("error no_such_command: ")
    assert ask("led '1").startswith("error usage: ")
    assert ask("system.name 'two words'") == "done\n"
    process.stdin.write("\n# nothing\n")
    process.stdin.close()
    assert process.wait(timeout=LIMIT) == 2, "that of the first that failed"
    assert process.stdout.read() == ""
    process.stdout.close()
    assert json.loads(shell("call", "system.identify", "--json").stdout)["name"] == "two words"


def test_a_negative_number_is_an_argument(shell, pico, provokes):
    provokes("out_of_range")
    error = shell.fails("out_of_range", 2, "call", "led", "-1", "on")
    assert "-1" in error["detail"]


# --- scan, info, get, set, stats -------------------------------------------------------------------

def test_scan(shell, start):
    start("--address", "0x41", "--address", "0x47")
    done = shell("scan")
    assert re.findall(r"^0x(\d\d)", done.stdout, re.M) == ["41", "47"]
    assert "(virtual Pico)" in done.stderr
    found = json.loads(shell("scan", "--json").stdout)
    assert found["virtual"] is True
    assert [one["address"] for one in found["found"]] == [0x41, 0x47]
    one = found["found"][0]
    assert one["kind"] == "pico" and one["chip"] == "virtual"
    assert re.fullmatch(r"[0-9a-f]{16}", one["unique_id"])
    assert {"firmware", "protocol", "name", "board"} <= set(one)


def test_info_lists_commands_and_registers(shell, pico):
    text = shell("info").stdout
    assert "gpio.mode pin:u8 mode:input|output pull:none|up|down" in text
    assert "0x01 light1:u8" in text and "(virtual Pico)" in text
    one = shell("info", "gpio.mode").stdout
    assert "input or output" in one and "picoctl call gpio.mode 1 output down" in one
    told = json.loads(shell("info", "--json").stdout)
    led = next(command for command in told["commands"] if command["name"] == "led")
    assert [argument["name"] for argument in led["arguments"]] == ["n", "on"]
    assert led["arguments"][0]["takes"] == "a whole number, 0 to 255"
    assert any(one["name"] == "light1" for one in told["registers"])


def test_every_example_that_info_gives_is_taken(shell, pico):
    told = json.loads(shell("info", "--json").stdout)
    for command in told["commands"]:
        if command["name"] in ("system.restart", "system.address", "wait"):
            continue
        example = re.search(r"for example: picoctl (.*)", shell("info", command["name"]).stdout)[1]
        assert shell(*example.split(" ")).returncode in (0, 1), example


def test_get_and_set(shell, pico):
    assert shell("set", "light1", "1").returncode == 0
    assert shell("get", "light1").stdout == "1\n"
    assert shell("get", "0x01", "light2").stdout == "0x01=1\nlight2=0\n"
    assert json.loads(shell("get", "light1", "--json").stdout) == {"values": {"light1": 1}}
    assert json.loads(shell("call", "gpio.read", "15", "--json").stdout) == {"on": True}


def test_stats_of_both_ends(shell, pico):
    shell("call", "led", "1", "on")
    told = json.loads(shell("stats", "--json").stdout)
    assert told["pico"]["ran"] >= 1 and told["controller"]["transmissions"] >= 1
    assert told["bus"]["transfers"] > 0
    text = shell("stats").stdout
    assert "bad_frames" in text and "retries" in text


# --- trace -----------------------------------------------------------------------------------------

def test_trace_tells_every_byte(shell, pico):
    done = shell("trace", "--", "call", "led", "1", "on")
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()[1:]]
    assert "147 bits" in done.stdout.splitlines()[0]
    assert [line[0] for line in lines] == (
        ["START"] + ["Pi"] * 8 + ["re-START"] + ["Pi"] + ["Pico"] * 5 + ["STOP", "board:"])
    assert lines[1] == ["Pi", "82", "ACK", "address", "0x41", "write"]
    assert lines[2] == ["Pi", "A0", "ACK", "register", "REQUEST"]
    assert lines[5][3:] == ["CMD", "led"]
    assert [line[3:] for line in lines[6:8]] == [["n", "1"], ["on", "true"]]
    assert lines[8][-2:] == ["CRC", "right"] and lines[11][-2:] == ["HDR", "DONE"]
    assert lines[-1] == ["board:", "GP15=1"]


def test_trace_of_a_damaged_command(shell, pico):
    told = json.loads(shell("trace", "--flip", "47", "--json", "--", "call", "led", "1", "on").stdout)
    first, second = told["transactions"]
    assert first["damaged"] and first["summary"] == "led: BAD_FRAME"
    assert not second["damaged"] and second["summary"] == "led: DONE"
    harmed = [field for field in first["segments"][0]["fields"] if field.get("damaged")]
    assert [(field["name"], field["value"]) for field in harmed] == [("n", "0")]
    assert pico.ran() == ["led n=1 on=1"]
    text = shell("trace", "--flip", "47", "--", "call", "led", "1", "off").stdout
    assert "damaged on the way: 01 was sent" in text and "WRONG" in text


def test_every_bit_of_a_call_may_be_damaged(shell, pico):
    for bit in range(0, 16 * 8, 5):
        done = shell("trace", "--flip", bit, "--", "call", "light", "1", "on", bit)
        assert done.returncode == 0, f"bit {bit}: {done.stderr}"
        assert "damaged on the way" in done.stdout or "acknowledged" in done.stdout, bit
    tokens = re.findall(r"token=(\d+)", pico.journal.read_text())
    assert tokens == [str(bit) for bit in range(0, 16 * 8, 5)], "each ran once, in order"


def test_half_a_message_runs_nothing_and_is_sent_again(shell, pico):
    for byte in range(14):  # of the address, the frame, the address again, and the head
        done = shell("trace", "--cut", byte, "--", "call", "light", "1", "on", 100 + byte)
        assert done.returncode == 0, f"byte {byte}: {done.stderr}"
        assert "2 transactions" in done.stdout.splitlines()[0] and done.stderr == "", byte
    tokens = re.findall(r"token=(\d+)", pico.journal.read_text())
    assert tokens == [str(100 + byte) for byte in range(14)], "each ran once, in order"


def picture(shell, folder, name, *options):
    done = shell("trace", "--svg", folder / name, *options, "--", "call", "led", "1", "on")
    assert done.returncode == 0, done.stderr
    return (folder / name).read_text()


def test_the_picture_is_plain_svg(shell, pico, folder):
    text = picture(shell, folder, "a.svg")
    root = xml.etree.ElementTree.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg" and root.get("viewBox")
    names = {element.tag.split("}")[1] for element in root.iter()}
    assert "script" not in names and "foreignObject" not in names
    assert "href" not in text and "url(http" not in text
    words = [element.text for element in root.iter() if element.text]
    for word in ("START", "STOP", "SCL", "SDA", "address", "REQUEST", "CRC", "DONE", "GP15",
                 "$ picoctl call led 1 on"):
        assert word in words, word
    assert "prefers-reduced-motion" in text and "@keyframes" in text


def test_the_picture_keeps_its_layout(shell, pico, folder):
    def layout(text):
        return re.sub(r'\bd="[^"]*"|>[^<]*<', "", text)
    once, again = (picture(shell, folder, name) for name in ("a.svg", "b.svg"))
    assert shell("call", "led", "1", "off").returncode == 0
    once = picture(shell, folder, "c.svg")
    assert shell("call", "led", "1", "off").returncode == 0
    again = picture(shell, folder, "d.svg")
    assert layout(once) == layout(again)


def test_the_picture_of_damage(shell, pico, folder):
    text = picture(shell, folder, "a.svg", "--flip", "47")
    assert "the Pico refused" in text and "ran it once" in text and "BAD_FRAME" in text


def wire_bytes(path):
    """What a logic analyser would read from the file."""
    level, seen, bits, transfers = {"c": "1", "d": "1"}, [], "", []
    for line in path.read_text().split("$enddefinitions $end")[1].splitlines():
        if line[:1] not in "01" or len(line) != 2:
            continue
        value, wire = line
        was, level[wire] = level[wire], value
        if wire == "d" and level["c"] == "1" and was != value:
            bits = ""
            if value == "1":
                transfers.append(bytes(seen))
                seen = []
        elif wire == "c" and value == "1":
            bits += level["d"]
            if len(bits) == 9:
                seen.append(int(bits[:8], 2))
                bits = ""
    return transfers


def test_the_picture_tells_half_a_message_from_a_lost_answer(shell, pico, folder):
    half = picture(shell, folder, "half.svg", "--cut", "4")
    assert "half a message. The Pico runs nothing in part." in half
    assert "ran it once and answered DONE" in half
    lost = picture(shell, folder, "lost.svg", "--cut", "12")
    assert "the command arrived, its answer was lost" in lost
    assert "it ran the first time. The Pico shows the answer it has kept." in lost
    assert pico.ran() == ["led n=1 on=1"] * 2


def test_the_vcd_carries_the_same_bytes(shell, pico, folder):
    done = shell("trace", "--vcd", folder / "a.vcd", "--json", "--", "call", "led", "1", "on")
    told = [field["bytes"] for one in json.loads(done.stdout)["transactions"]
            for segment in one["segments"] for field in segment["fields"]]
    assert wire_bytes(folder / "a.vcd") == [bytes.fromhex(" ".join(told))]


def test_trace_of_a_real_bus(on_i2c_dev, pico, folder):
    done = on_i2c_dev("trace", "--svg", folder / "a.svg", "--", "call", "gpio.read", "15")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("gpio.read 15 at 0x41 on i2c:1: ")
    assert "single ACKs and times are not seen" in done.stdout and done.stdout.endswith("on=false\n")
    assert re.search(r"HDR +DONE", done.stdout) and re.search(r"CRC +right", done.stdout)
    xml.etree.ElementTree.fromstring((folder / "a.svg").read_text())


def test_a_real_bus_is_named(on_i2c_dev, pico):
    assert on_i2c_dev("call", "led", "1", "on").stderr == "led: done at 0x41 on i2c:1\n"
    done = on_i2c_dev("scan")
    assert done.stdout.startswith("0x41  picoctl Pico") and done.stderr == "on i2c:1\n"


# --- virtual, run, demo ----------------------------------------------------------------------------

def test_virtual_ends_on_ctrl_c_and_leaves_no_socket(start, folder):
    one = start()
    assert (folder / "picoctl" / "bus.sock").is_socket()
    assert one.stop(signal.SIGINT) == 0
    assert not (folder / "picoctl" / "bus.sock").exists()


def test_virtual_shows_the_board(shell, start):
    one = start("--board")
    assert shell("call", "led", "1", "on").returncode == 0
    assert one.process.stdout.readline() == "0x41  LED off · GP15 on · GP14 off · GP13 off\n"
    assert one.stop(signal.SIGINT) == 0
    assert not (shell.folder / "picoctl" / "bus.sock").exists()


def test_a_pico_that_boots_slowly_is_waited_for(shell, start, folder):
    """As MicroPython does on a busy machine. After five seconds it was once given up, by --board without a word."""
    program = copy_of_picoctl(folder)
    slow = folder / "picoctl-virtual"
    slow.write_text(f'#!/bin/sh\nsleep 6\nexec {PICOCTL.with_name("picoctl-virtual")} "$@"\n')
    slow.chmod(0o755)
    demo = subprocess.Popen([program, "demo"], env=shell.env, stdout=subprocess.PIPE, text=True)
    one = start("--board", "--listen", folder / "bus", program=program)
    assert shell("--bus", f"virtual:{one.socket}", "call", "led", "1", "on").returncode == 0
    assert one.process.stdout.readline() == "0x41  LED off · GP15 on · GP14 off · GP13 off\n"
    assert one.stop(signal.SIGINT) == 0
    assert ", 0 lost" in demo.communicate(timeout=LIMIT)[0]


def test_run_hands_on_exit_code_and_arguments(shell, pico):
    assert shell("run", "--", "sh", "-c", "exit 7").returncode == 7
    done = shell("run", "--", "printf", "%s|%s", "-x", "--json")
    assert done.stdout == "-x|--json"
    assert shell("run", "--", "test", "-e", "/dev/i2c-1").returncode == 0
    assert shell("run", "--as", "5", "--", "test", "-e", "/dev/i2c-5").returncode == 0


def test_run_finds_interpreters(shell, pico, folder):
    script = folder / "script"
    script.write_text("#!/usr/bin/env python3\nimport os\nprint(os.path.exists('/dev/i2c-1'))\n")
    script.chmod(0o755)
    assert shell("run", "--", script).stdout == "True\n"


def processes_of(folder):
    return subprocess.run(["pgrep", "-f", "--", f"--listen {folder}"], capture_output=True, text=True).stdout


def test_demo_balances_and_leaves_nothing(shell, folder):
    shell.env["TMPDIR"] = str(folder)
    done = shell("demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.fullmatch(r"demo: (\d+) commands sent, \1 ran once, 0 lost", done.stdout.splitlines()[-1])
    assert "\x1b" not in done.stdout
    for word in ("START", "ACK", "STOP", "REQUEST", "BAD_FRAME", "token", "GP15 on", "./firmware",
                 "docs/FIRST-LIGHT.md", "┌──────┐"):
        assert word in done.stdout, word
    assert not list(folder.glob("picoctl-demo-*")) and processes_of(folder) == ""


def test_demo_on_a_terminal_draws_the_board_in_place(shell):
    text = on_terminal(shell, "demo")
    assert text.count("\x1b[J") >= 9, "drawn again for each command"
    last = text.rstrip().splitlines()[-1]
    assert re.fullmatch(r"demo: (\d+) commands sent, \1 ran once, 0 lost", last)
    assert text.split("\x1b[J")[-1].count("LED") == 1, "one picture stays"


def test_demo_as_json(shell):
    told = json.loads(shell("demo", "--json").stdout)
    assert told["sent"] == told["ran_once"] > 5 and told["lost"] == 0 and told["disagreements"] == []


FORGER = """#!/usr/bin/python3
# Stands for a Pico whose journal does not tell the truth.
import re, signal, subprocess, sys
at = sys.argv.index("--journal") + 1
path = sys.argv[at]
real = subprocess.Popen([{real!r}, *sys.argv[1:at], path + ".true", *sys.argv[at + 1:]])
def end(*_):
    real.terminate()
    real.wait()
    truth = open(path + ".true").read()
    open(path, "w").write(re.sub({pattern!r}, {instead!r}, truth, flags=re.M))
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
signal.pause()
"""


@pytest.mark.parametrize("pattern, instead, last", [
    (r"^.*light n=2 on=1.*\n", "", "demo: 9 commands sent, 8 ran once, 1 lost"),
    (r"^(.*light n=2 on=1.*\n)", r"\1\1", "demo: 9 commands sent, 8 ran once, 0 lost"),
    ("token=", "token=x", "demo: 9 commands sent, 0 ran once, 9 lost")])
def test_demo_says_so_when_the_records_disagree(shell, folder, pattern, instead, last):
    program = copy_of_picoctl(folder)
    forger = folder / "picoctl-virtual"
    real = str(PICOCTL.with_name("picoctl-virtual"))
    forger.write_text(FORGER.format(real=real, pattern=pattern, instead=instead))
    forger.chmod(0o755)
    done = shell("demo", program=program)
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == last
    sent = re.findall(r"^\$ picoctl call light \S+ \S+ (\d+)$", done.stdout, re.M)
    named = re.findall(r"^token (\d+):", done.stdout, re.M)
    assert len(sent) == 9 and named and set(named) <= set(sent), done.stdout


def test_demo_tidies_up_after_ctrl_c(shell, folder):
    shell.env["TMPDIR"] = str(folder)
    process = subprocess.Popen([PICOCTL, "demo"], env=shell.env, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=LIMIT)
    assert process.returncode in (0, 130)  # 0: it was faster
    assert not list(folder.glob("picoctl-demo-*")) and processes_of(folder) == ""
