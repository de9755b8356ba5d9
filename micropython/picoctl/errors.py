"""Errors that travel to the Pi; all of them: link/include/picoctl/link/error.def."""

UNKNOWN_COMMAND = 0x20
BAD_ARGUMENTS = 0x21
REPLY_TOO_LONG = 0x22
BAD_BATCH = 0x23
BAD_VALUE = 0x40
NO_SUCH_PIN = 0x41
PIN_RESERVED = 0x42
UNSUPPORTED = 0x43
HANDLER_FAILED = 0x44
NOT_SAVED = 0x45


class Error(Exception):
    """Raised by a handler to refuse: `text` (39 bytes travel) and a code, 0x40-0x7f. 0x60-0x7f are
    for your own."""

    def __init__(self, text, code=HANDLER_FAILED):
        super().__init__(text)
        self.code = code


class ReplyError(Exception):
    """What a handler returned does not fit the reply that its command declares."""


def code_and_text(problem):
    """What an exception of a handler becomes on the wire."""
    text = str(problem)
    if isinstance(problem, Error):
        return problem.code, text
    if isinstance(problem, ValueError):
        return BAD_VALUE, text
    if isinstance(problem, ReplyError):
        return HANDLER_FAILED, text
    name = type(problem).__name__
    return HANDLER_FAILED, "%s: %s" % (name, text) if text else name


def payload_of(code, text, room):
    """The payload of a FAILED answer; the text is cut at a letter's end."""
    data = text.encode()[: room - 1]
    while data:
        try:
            data.decode()
            break
        except UnicodeError:
            data = data[:-1]
    return bytes((code,)) + data
