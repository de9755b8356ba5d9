"""PICOCTL_PICO=module: an emulated Pico with picoctl's own MicroPython image, PICOCTL_IMAGE, whose
file system holds the program of the system tests as main.py."""
import functools
import hashlib
import os
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import micropython_image  # noqa: E402

PROGRAM = ROOT / "micropython" / "tests" / "standard.py"
IMAGE = pathlib.Path(os.environ.get("PICOCTL_IMAGE",
                                    ROOT / "build/firmware/picoctl-micropython-pico.uf2")).resolve()
_made = tempfile.TemporaryDirectory(prefix="pc")


@functools.cache
def image_with(firmware, program, *more):
    """A flash image with `program` as main.py; `more`: (name, text) of other files."""
    name = hashlib.sha256(repr((firmware, program, more)).encode()).hexdigest()[:8]
    folder = pathlib.Path(_made.name) / name
    folder.mkdir()
    files = {"main.py": program}
    for name, text in more:
        files[name] = folder / name
        files[name].parent.mkdir(parents=True, exist_ok=True)
        files[name].write_text(text)
    out = folder / "image.bin"
    out.write_bytes(micropython_image.image(firmware.with_suffix(".bin"), files))
    out.with_suffix(".elf").symlink_to(firmware.with_suffix(".elf"))  # the journal's symbols
    return out


def kind_of(emulated, picoctl):
    """The class, made of conftest's EmulatedPico; `picoctl`: the program."""
    class ModulePico(emulated):
        room = 240
        firmware = IMAGE
        starter = (picoctl, "virtual")

        @classmethod
        def lacks(cls, needs):
            # An answer comes in the same transaction if its handler is quick enough; those of the program of
            # the system tests are not: micropython/module/tests/test_short_handler.py.
            return needs & {"one transaction", "answer at once", "hang", "kept address", "failsafe"}

        def __init__(self, folder, *options, program=PROGRAM, files=(), speed="100000"):
            addresses = [value for name, value in zip(options, options[1:]) if name == "--address"]
            images = [image_with(self.firmware, program, ("address.txt", address), *files)
                      for address in addresses or ["0x41"]]
            self.program = (*self.starter, *images)
            self.options = ("--speed", speed, *self.warm)
            super().__init__(folder)

    return ModulePico
