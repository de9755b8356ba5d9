# picoctl's own part, for the manifest.py of a MicroPython build of your own:
#   include("path/to/picoctl/micropython/module/frozen.py")
package("picoctl", base_path="..", files=(
    "__init__.py", "board.py", "commands.py", "declared.py", "errors.py", "gpio.py", "linked.py",
    "system.py", "types.py"))
module("i2cSlave.py", base_path="..")
