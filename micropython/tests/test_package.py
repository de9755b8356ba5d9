"""What a user meets before the first command: installing, the wrong place, the example."""
import ast
import json
import re
import subprocess
import sys

from conftest import ROOT, micropython, system

LIBRARY = ROOT / "micropython"
EXAMPLE = ROOT / "examples" / "pico-micropython" / "main.py"


def test_mip_installs_every_file_of_the_library():
    package = json.loads((LIBRARY / "package.json").read_text())
    assert sorted(package["urls"]) == sorted(
        [f"picoctl/{path.name}", f"picoctl/{path.name}"] for path in
        (LIBRARY / "picoctl").glob("*.py"))
    version = re.search(r'__version__ = "(.*)"', (LIBRARY / "picoctl/__init__.py").read_text())[1]
    assert package["version"] == version
    assert f"VERSION {version}" in " ".join((ROOT / "CMakeLists.txt").read_text().split())


def test_on_a_pc_it_says_where_it_belongs():
    done = subprocess.run([sys.executable, "-c", "import picoctl"], cwd=LIBRARY, text=True,
                          capture_output=True)
    assert done.returncode == 1
    assert "this program belongs on the Pico" in done.stderr


def test_an_older_micropython_is_told_what_to_install(tmp_path):
    (tmp_path / "machine.py").write_text("class Pin: pass\n")
    done = micropython("-c", "import picoctl", path=f"{tmp_path}:{LIBRARY}")
    assert done.returncode == 1
    assert "has no machine.I2CTarget: picoctl needs 1.26 or newer" in done.stderr
    assert "copy the UF2" in done.stderr


def names_of(path):
    """{class or "": public names} of a module."""
    found = {"": set()}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found[""].add(node.name)
        elif isinstance(node, ast.ClassDef):
            found[node.name] = {inner.name: [argument.arg for argument in inner.args.args]
                                for inner in node.body
                                if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef))
                                and (inner.name == "__init__" or not inner.name.startswith("_")
                                     or inner.name.endswith("item__"))}
    return found


def public(names, but=()):
    return {name: arguments for name, arguments in names.items() if name not in but}


def test_the_stubs_are_of_this_library():
    stubs = names_of(LIBRARY / "stubs/picoctl/__init__.pyi")
    shared = names_of(LIBRARY / "picoctl/declared.py")["Declared"]
    assert stubs["Target"] == public({**shared, **names_of(LIBRARY / "picoctl/target.py")["Target"]})
    assert stubs["Target"] == public({**shared, **names_of(LIBRARY / "picoctl/linked.py")["Target"]},
                                     but={"stats"})  # there a property, here an attribute
    assert stubs["Error"] == names_of(LIBRARY / "picoctl/errors.py")["Error"]
    gpio = names_of(LIBRARY / "stubs/picoctl/gpio.pyi")[""]
    assert gpio == {name for name in names_of(LIBRARY / "picoctl/gpio.py")[""] if name[0] != "_"}


def example(start, folder, change=lambda text: text):
    """The example on a bus; it says so itself when it runs."""
    program = folder / "main.py"
    program.write_text(change(EXAMPLE.read_text()).replace(
        "    target.run()", '    target.start()\n    print("running")\n    target.run()'))
    return start(kind=system.MicroPythonPico, program=program)


def test_the_example_does_what_it_says(start, folder):
    pico = example(start, folder)
    assert pico.picoctl("call", "led", "1", "on").returncode == 0
    assert json.loads(pico.picoctl("--json", "call", "lit").stdout) == {"count": 1}
    assert pico.picoctl("set", "light1", "0").returncode == 0
    assert system.eventually(
        lambda: json.loads(pico.picoctl("--json", "call", "lit").stdout) == {"count": 0})
    assert "lights are 0 to 2" in pico.picoctl("call", "led", "7", "on").stderr


def test_ctrl_c_leaves_the_example_for_the_repl(start, folder):
    pico = example(start, folder)
    pico.targets[0].send_signal(2)
    assert pico.targets[0].wait(timeout=system.PATIENCE) == 0
    assert "main.py was stopped" in pico.console.read_text()
    assert "no_pico_found" in pico.picoctl("--json", "call", "lit").stdout, "its pins are free"


def run_example(folder, change):
    program = folder / "main.py"
    program.write_text(change(EXAMPLE.read_text()))
    return micropython(program, PICOCTL_SOCKET=str(folder / "nobody"))


def test_a_mistake_in_the_example_leaves_the_repl(folder):
    for change, words in (
            (lambda text: text.replace("on:bool", "on:boole"), "'boole' is no type"),
            (lambda text: text.replace("address=0x41", "address=0x55"), "0x55 cannot be used"),
            (lambda text: text.replace("scl=1", "scl=3"), "different I2C blocks"),
            (lambda text: text, "OSError")):  # the bus is not there
        done = run_example(folder, change)
        assert done.returncode == 0, done.stdout
        assert "main.py has ended:" in done.stdout
        assert words in done.stdout


def test_a_wire_at_gp22_leaves_the_example_out(folder):
    done = run_example(folder, lambda text: text.replace("Pin.PULL_UP", "Pin.PULL_DOWN"))
    assert done.returncode == 0
    assert "main.py was left out" in done.stdout
