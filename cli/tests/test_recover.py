"""picoctl recover on a real bus's pins: a GPIO character device, its ioctls answered by
tests/support/gpio_shim.cpp, on two wires that hang; and `pinctrl`, which keeps a list."""
import json

import pytest
from conftest import BUILD

SHIM = BUILD / "tests" / "libpicoctl-gpio-shim.so"

PINCTRL = """#!/bin/sh
echo "$@" >> "$PINCTRL_LOG"
[ "$1" = get ] && echo "$2: a0    pu | hi // GPIO$2 = SDA1"
exit 0
"""


@pytest.fixture
def stuck(on_i2c_dev, pico, folder):
    """recover(sda=…, scl=…): what the command said, and what was seen on the wires."""
    tools = folder / "tools"
    tools.mkdir()
    (tools / "pinctrl").write_text(PINCTRL)
    (tools / "pinctrl").chmod(0o755)
    log, asked = folder / "wires", folder / "pinctrl.log"
    environment = on_i2c_dev.env
    environment.update(PATH=f"{tools}:{environment['PATH']}", LD_PRELOAD=str(SHIM),
                       PICOCTL_GPIO_LOG=str(log), PINCTRL_LOG=str(asked))

    class Stuck:
        shell = on_i2c_dev
        pinctrl = tools / "pinctrl"

        def hold(self, **wires):
            environment.update({f"PICOCTL_GPIO_{name.upper()}": value for name, value in wires.items()})

        def wires(self):
            return log.read_text().splitlines() if log.exists() else []

        def asked(self):
            return asked.read_text().splitlines() if asked.exists() else []

    return Stuck()


def pulses(wires):
    """Falls of SCL before STOP's own, which comes with SDA driven low."""
    return wires.count("SCL 0") - wires.count("STOP")


@pytest.mark.parametrize("count", range(10))
def test_a_stuck_sda_is_clocked_free_and_looked_at_after_each_pulse(stuck, count):
    stuck.hold(sda=str(count))
    done = stuck.shell("--json", "recover")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout) == {"bus": "i2c:1", "free": True, "pulses": count}
    wires = stuck.wires()
    assert wires[:2] == ["taken, released", "lines 2 3 for picoctl recover"]
    # No pulse more than it takes: a target in the ACK of a written byte would take another byte.
    one = ["SCL 0", "SCL 1"]
    looks = [["SDA is low", *one]] * count
    stop = ["SCL 0", "SDA 0", "SCL 1", "STOP"]
    assert wires[2:] == [*sum(looks, []), "SDA is high", *stop, "SDA is high", "given back"]
    assert "START" not in wires
    assert stuck.asked() == ["get 2", "get 3", "set 2 a0", "set 3 a0"]


def test_sda_that_nobody_lets_go_of_is_said_so(stuck, provokes):
    provokes("bus_stuck")
    stuck.hold(sda="held")
    said = stuck.shell.fails("bus_stuck", 3, "recover")
    assert "SDA is held low" in said["detail"]
    wires = stuck.wires()
    assert pulses(wires) == 9 and "STOP" not in wires
    assert wires[-1] == "given back" and stuck.asked()[-2:] == ["set 2 a0", "set 3 a0"]


def test_a_held_scl_is_said_so_and_not_pulsed(stuck):
    stuck.hold(sda="3", scl="held")
    said = stuck.shell.fails("bus_stuck", 3, "recover")
    assert "SCL is held low" in said["detail"]
    assert stuck.wires()[2:] == ["given back"]
    assert stuck.asked()[-2:] == ["set 2 a0", "set 3 a0"]


def test_scl_that_is_held_in_between_ends_it(stuck):
    stuck.hold(sda="9", scl="later")
    said = stuck.shell.fails("bus_stuck", 3, "recover")
    assert "SCL is held low" in said["detail"]
    assert pulses(stuck.wires()) == 3


def test_without_pinctrl_no_pin_is_touched(stuck):
    stuck.pinctrl.write_text("#!/bin/sh\nexit 1\n")
    stuck.hold(sda="1")
    said = stuck.shell.fails("bus_unsupported", 3, "recover")
    assert "pinctrl" in said["detail"]
    assert stuck.wires() == []


def test_pins_that_carry_no_bus_are_left_alone(stuck):
    stuck.pinctrl.write_text(PINCTRL.replace("a0 ", "ip "))
    stuck.shell.fails("bus_unsupported", 3, "recover")
    assert stuck.wires() == []


def test_pins_that_somebody_has_are_said_so(stuck):
    stuck.hold(busy="1")
    said = stuck.shell.fails("bus_unsupported", 3, "recover")
    assert "GPIO2 and GPIO3" in said["detail"] and "busy" in said["detail"].lower()


def test_other_pins_can_be_named(stuck):
    stuck.hold(sda="2")
    assert stuck.shell("recover", "--pins", "4,5").returncode == 0
    assert stuck.wires()[1] == "lines 4 5 for picoctl recover"
    assert stuck.asked()[-2:] == ["set 4 a0", "set 5 a0"]
