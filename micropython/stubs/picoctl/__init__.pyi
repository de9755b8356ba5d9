from typing import Any, Callable, TypeVar

__version__: str

_Handler = TypeVar("_Handler", bound=Callable[..., Any])

class Error(Exception):
    """Raised by a handler to refuse. `code`: 0x40-0x7f; 0x60-0x7f are your own."""

    code: int
    def __init__(self, text: str, code: int = 0x44) -> None: ...

class Target:
    """A Pico that takes commands from a Raspberry Pi over I2C.

    sda, scl: GP numbers. address: 0x09-0x77, best 0x41-0x48. slots: 1-7. settle_ms: milliseconds
    without a change until a register write counts as ended; the link in C++ needs none.
    ValueError: the pins, the address or the slots cannot be."""

    max_request: int  # payload bytes of a frame: 42, or 240 with the link in C++
    max_reply: int
    pins: tuple[int, int]
    address: int
    stats: dict[str, int]
    def __init__(self, sda: int = 0, scl: int = 1, address: int = 0x41, slots: int = 4,
                 settle_ms: int = 2) -> None: ...
    def command(self, text: str, help: str = "",
                alone: bool = False) -> Callable[[_Handler], _Handler]:
        """Declares a command: "led n:u8 on:bool -> was:bool". ValueError: the text makes no sense,
        does not fit a frame, or the name is taken. RuntimeError: the target runs already."""
    def register(self, number: int, text: str,
                 help: str = "") -> Callable[[_Handler], _Handler]:
        """Declares a plain register 0x00-0x7f: "speed:u16". Same errors."""
    def __getitem__(self, which: str | int) -> int: ...
    def __setitem__(self, which: str | int, value: int) -> None: ...
    def start(self) -> None:
        """Takes the pins; poll() does it too."""
    def stop(self) -> None:
        """Lets go of the pins."""
    def poll(self) -> bool:
        """Handles what has come, at most one command. True if there was something. With the link in
        C++ a RuntimeError: in a handler; or something else has taken the I2C block."""
    def run(self) -> None:
        """Takes commands until Ctrl-C."""
    async def serve(self) -> None:
        """Takes commands beside other tasks of asyncio."""
    def restart_soon(self) -> None:
        """Restarts the Pico 50 ms from now, so that the present command is answered."""
    def description(self) -> bytes: ...
    def counts(self) -> dict[str, int]:
        """All that system.stats tells."""
    def refused_writes(self) -> int:
        """Plain writes that fitted no register, since the start."""
