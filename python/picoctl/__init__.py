"""Command Raspberry Pi Picos over I2C: every command checked, run exactly once, and answered.

    import picoctl

    pico = picoctl.connect()      # the one Pico that there is
    pico.led(1, on=True)
"""

from ._core import version as __version__
from ._address import AtAddress, move_pico, picos_at
from ._batch import Batch, BatchResult
from ._commands import Command, Namespace
from ._errors import (BadCall, CommandFailed, NoSuchCommand, NoSuchRegister, NotRun, OutcomeUnknown,
                      OutOfRange, PicoError, StillRunning, Unreachable, WrongArguments)
from ._i2c import i2c_msg
from ._pico import Counters, Identity, Pico, Restart, connect
from ._registers import Registers
from ._scan import Found, scan
from ._virtual import Execution, VirtualPico, virtual

__all__ = [
    "AtAddress", "BadCall", "Batch", "BatchResult", "Command", "CommandFailed", "Counters", "Execution",
    "Found", "Identity", "Namespace", "NoSuchCommand", "NoSuchRegister", "NotRun", "OutOfRange",
    "OutcomeUnknown", "Pico", "PicoError", "Registers", "Restart", "StillRunning", "Unreachable",
    "VirtualPico", "WrongArguments", "connect", "i2c_msg", "move_pico", "picos_at", "scan", "virtual",
]

for _name in __all__:  # help() and tracebacks show where people find them
    globals()[_name].__module__ = __name__
del _name
