"""Target: a Pico that takes commands from a Raspberry Pi over I2C; over machine.I2CTarget."""
import gc
import machine
import os
import time

from . import board
from . import errors
from . import sessions
from . import wire
from .declared import Declared, code_and_text
from .mailbox import Mailbox

_TIDY_MS = 1 << 26  # well within what ticks_diff can tell


class Target(Declared):
    """sda, scl: GP numbers of the two wires. address: 0x09-0x77; picoctl looks for 0x41-0x48 by
    itself. slots: programs that may talk to it at once, 1-7. settle_ms: how long nothing may change
    until a register write counts as ended."""

    max_request = wire.MAX_REQUEST
    max_reply = wire.MAX_REPLY

    def __init__(self, sda=0, scl=1, address=0x41, slots=4, settle_ms=2):
        self.stats = dict.fromkeys(("ran", "repeated", "bad_frames", "out_of_order", "no_session",
                                    "frames"), 0)
        self._i2c = None
        self._text = b""
        self._tidied = time.ticks_ms()
        super().__init__(sda, scl, address, slots)
        self.sessions = sessions.Sessions(slots, address)
        self._mailbox = Mailbox(address, settle_ms)

    # --- registers ---

    def _declare(self, entry):
        self._mailbox.declare(entry.number, entry.size)

    def _get(self, entry):
        return self._mailbox.get(entry.number)

    def _set(self, entry, data):
        self._mailbox.set(entry.number, data)

    # --- running ---

    def start(self):
        """Takes the two pins, and answers from now on as often as poll() is called."""
        if self._i2c is not None:
            return
        lines = [command.line for command in self.commands.list]
        lines += [self.registers[number].line for number in sorted(self.registers)]
        self._text = ("\n".join(lines) + "\n").encode()
        if len(self._text) > 0xFFFF:
            raise ValueError("the description is longer than 65535 bytes")
        self._introduce()
        sda, scl = self.pins
        self._i2c = machine.I2CTarget(self._block, self.address, mem=self._mailbox.memory,
                                      mem_addrsize=8, sda=machine.Pin(sda), scl=machine.Pin(scl))
        gc.collect()

    def _introduce(self):
        boot_id = int.from_bytes(os.urandom(4), "little")
        unique_id = board.unique_id()
        description = wire.description_hash(self._text)
        self.sessions.know(boot_id, unique_id, description)
        self._epoch = boot_id & 255
        self._mailbox.introduce(
            wire.identity(self.address, boot_id, description, unique_id, board.chip(),
                          len(self.sessions.slots)), self._epoch)

    def stop(self):
        """Lets go of the two pins."""
        if self._i2c is not None:
            self._i2c.deinit()
            self._i2c = None

    def _is_open(self):
        return self._i2c is not None

    def poll(self):
        """Handles what has come, at most one command; True if there was something. Call it often:
        between two calls the Pi is told nothing."""
        self.start()
        now = time.ticks_ms()
        if self._restart_at is not None:  # what comes now is for the time after it
            if time.ticks_diff(now, self._restart_at) >= 0:
                board.restart()
            return False
        frame, good, written = self._mailbox.look(self.sessions.matches)
        for number in written:
            self._run_register(self.registers[number])
        if frame is not None:
            self.stats["frames"] += 1
            if good:
                self._handle(frame)
            else:
                self._refuse(frame, self.sessions.refusal(frame))
        elif time.ticks_diff(now, self._tidied) > _TIDY_MS:
            self._tidied = now
            self.sessions.let_go()
        return frame is not None or len(written) > 0

    def run(self):
        """Takes commands until Ctrl-C."""
        self.start()
        try:
            while True:
                if not self.poll():
                    machine.idle()  # until the next interrupt
        finally:
            self.stop()

    def description(self):
        """The text that system.describe gives, as bytes."""
        return self._text

    def _described(self, offset, size):
        return self._text[offset : offset + size]

    def counts(self):
        """All that system.stats tells."""
        return dict(self.stats, sessions=self.sessions.open_count(), dropped=0,
                    refused_writes=self._mailbox.refused_writes)

    def refused_writes(self):
        """Plain writes that fitted no register, since the start."""
        return self._mailbox.refused_writes

    # --- commands ---

    def _handle(self, frame):
        verdict, slot = self.sessions.judge(frame)
        if verdict == sessions.RUN:
            self._run(frame, slot)
        elif verdict == sessions.SHOW_KEPT:
            self.stats["repeated"] += 1
            self._mailbox.show(slot.kept)
        elif verdict == sessions.PUBLIC:
            self._handle_public(frame)
        else:
            self._refuse(frame, wire.OUT_OF_ORDER)

    def _handle_public(self, frame):
        reply = self.sessions.answer_public(frame[2], frame[3 : 3 + frame[1]])
        if reply is None:
            self._refuse(frame, wire.BAD_FRAME)
        else:
            self._mailbox.show(self._answer(wire.DONE, wire.PUBLIC_SEQ, wire.PUBLIC_KEY, reply))

    def _refuse(self, frame, state):
        """The refused frame's own CRC goes back with it, so that its sender knows it for its own."""
        name = {wire.BAD_FRAME: "bad_frames", wire.NO_SESSION: "no_session",
                wire.OUT_OF_ORDER: "out_of_order"}[state]
        self.stats[name] += 1
        self._mailbox.show(self._answer(state, wire.PUBLIC_SEQ, wire.PUBLIC_KEY,
                                        wire.check_of(frame)))

    def _answer(self, state, seq, key, payload=b""):
        return wire.answer(self.address, key, state, seq, self._epoch, payload)

    def _run(self, frame, slot):
        seq = frame[0]
        busy = self._answer(wire.BUSY, seq, slot.key)
        self._mailbox.show(busy)
        state, payload = wire.FAILED, bytes((errors.HANDLER_FAILED,))
        try:
            state, payload = self._outcome(frame[2], frame[3 : 3 + frame[1]])
        finally:  # Ctrl-C ends the program, but the command has its answer
            answer = self._answer(state, seq, slot.key, bytes(payload))
            self.stats["ran"] += 1
            self.sessions.finish(slot, answer)
            self._mailbox.show(answer, busy)

    def _outcome(self, number, payload):
        """(state, payload) of the answer."""
        try:
            if number == 0:
                return wire.DONE, self.commands.run_batch(payload, self._attempt)
            command, values = self.commands.values_for(number, payload)
        except errors.Error as problem:
            return wire.FAILED, errors.payload_of(problem.code, str(problem), wire.MAX_REPLY)
        code, reply = self._attempt(command, values)
        if code:
            return wire.FAILED, errors.payload_of(code, self._failure_text, wire.MAX_REPLY)
        return wire.DONE, reply

    def _attempt(self, command, values):
        """(0, reply), or (error code, nothing): whatever the handler raises, the loop lives."""
        try:
            return 0, command.run(values)
        except Exception as problem:
            code, self._failure_text = code_and_text(command, problem)
            return code, b""
