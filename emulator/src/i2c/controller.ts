// The controller half of a DW_apb_i2c block (RP2040 datasheet sections 4.3.5 and 4.3.10.2): commands from
// the FIFO become transactions. No high speed mode. After a write with a 10-bit address a read of the same
// transaction repeats its first byte only, which is enough for a target (UM10204, section 3.1.11).
import { type I2cBlock } from './block.js';
import { ArbitrationLost, Process, Signals, type Steps, type Timing } from './process.js';
import { abrt, con, dataCmd, enable, reg, tenBitPrefix } from './registers.js';

export class ControllerHalf {
  private readonly process: Process;
  private readonly signals: Signals;
  private busy = false; // somebody has the bus
  private freeSince = -Infinity;
  private working = false;
  private transacting = false; // from START to STOP
  /** A command's byte is on its way. */
  shifting = false;

  constructor(private readonly block: I2cBlock) {
    this.process = new Process(block.clock, block.wires);
    this.signals = new Signals(block.clock, block.wires, block.driver, () => this.timing());
  }

  get active(): boolean {
    return this.working;
  }
  /** Between its START and its STOP. */
  get transacts(): boolean {
    return this.transacting;
  }

  reset(): void {
    this.process.cancel();
    this.busy = this.working = this.transacting = this.shifting = false;
  }
  /** Turned off amid a transaction it keeps the bus, and goes on when it is turned on: the SDK's `nostop` lives by that. */
  disable(): void {
    if (this.transacting) return;
    this.process.cancel();
    this.working = false;
  }
  /** Somebody on a part of the bus that is not simulated bit by bit has won it, or it can be used no more. */
  loseBus(): void {
    if (!this.transacting) return;
    this.process.cancel();
    this.block.driver.release();
    this.working = this.transacting = false;
    this.block.abort(abrt.lost);
    this.shifted();
  }
  private shifted(): void {
    this.shifting = false;
    this.block.commandDone();
  }
  busyChanged(busy: boolean): void {
    this.busy = busy;
    if (!busy) this.freeSince = this.block.clock.nanos;
    this.process.poke();
  }
  /** The levels that the block sees have changed. */
  look(): void {
    this.process.poke();
  }

  txWritten(): void {
    if (!this.block.on || !this.block.has(con.controllerMode)) return;
    if (!this.process.running && this.ready()) this.process.run(this.work());
    else this.process.poke();
  }

  private ready(): boolean {
    return this.block.txLevel > 0 && (this.block.value(reg.enable) & enable.txBlock) === 0;
  }
  private get userAborts(): boolean {
    return (this.block.value(reg.enable) & enable.abort) !== 0;
  }

  /** The counts as the datasheet turns them into time, section 4.3.14.1. */
  private timing(): Timing {
    const block = this.block;
    const standard = ((block.value(reg.con) >> 1) & 3) === 1;
    const high = block.value(standard ? reg.ssHcnt : reg.fsHcnt) + block.value(reg.fsSpklen) + 7;
    const low = block.value(standard ? reg.ssLcnt : reg.fsLcnt) + 1;
    const hold = Math.min(block.value(reg.sdaHold) & 0xffff, low - 2);
    return {
      low: block.cycles(low), high: block.cycles(high), dataHold: block.cycles(hold),
      setup: block.cycles(Math.min(low - hold, 12)),
    };
  }

  private *work(): Steps {
    this.working = true;
    while (this.ready()) {
      yield* this.untilFree();
      if (!this.ready()) break;
      this.transacting = true;
      try {
        yield* this.transaction();
      } catch (problem) {
        if (!(problem instanceof ArbitrationLost)) throw problem;
        this.block.driver.release();
        this.block.abort(abrt.lost);
      }
      this.shifted();
      this.transacting = false;
    }
    this.working = false;
  }

  /** As the block sees it: somebody may have begun a moment ago. After a STOP the bus rests for tBUF. */
  private *untilFree(): Steps {
    const isFree = (): boolean => !this.busy && this.block.sclHigh && this.block.sdaHigh && this.block.mayBegin();
    for (;;) {
      yield isFree;
      const rest = this.freeSince + this.timing().low - this.block.clock.nanos;
      if (rest <= 0) return;
      yield rest;
    }
  }

  private *transaction(): Steps {
    yield* this.signals.start();
    let reading = this.nextReads;
    if (!(yield* this.address(reading, true))) return;
    for (let first = true; ; first = false) {
      yield () => this.ready() || this.userAborts;
      if (this.userAborts) {
        this.block.endAbortRequest();
        return yield* this.giveUp(abrt.user);
      }
      const restart = ((this.block.peekTx() ?? 0) & dataCmd.restart) !== 0;
      if (!first && (restart || this.nextReads !== reading)) {
        if (!this.block.has(con.restartEnabled)) return yield* this.giveUp(abrt.noRestart);
        yield* this.signals.repeatedStart();
        reading = this.nextReads;
        if (!(yield* this.address(reading, false))) return;
      }
      this.shifting = true;
      const command = this.block.popTx() ?? 0;
      if (reading) yield* this.readByte(command, first || restart);
      else if (!(yield* this.signals.send(command & 0xff))) {
        return yield* this.giveUp(abrt.dataNack);
      }
      this.shifted();
      if ((command & dataCmd.stop) !== 0) return yield* this.signals.stop();
    }
  }

  private get nextReads(): boolean {
    return ((this.block.peekTx() ?? 0) & dataCmd.read) !== 0;
  }

  /** Whether somebody acknowledged it; else the transaction has ended. */
  private *address(reading: boolean, first: boolean): Steps<boolean> {
    if (this.block.has(con.tenBitController)) return yield* this.tenBits(reading, first);
    const address = this.block.value(reg.tar) & 0x7f;
    return yield* this.part((address << 1) | (reading ? 1 : 0), address === 0 ? abrt.generalCallNack : abrt.addressNack);
  }
  private *part(byte: number, source: number): Steps<boolean> {
    if (yield* this.signals.send(byte)) return true;
    yield* this.giveUp(source);
    return false;
  }

  /** A read begins as a write does: its target has to be told all ten bits first. */
  private *tenBits(reading: boolean, first: boolean): Steps<boolean> {
    const address = this.block.value(reg.tar) & 0x3ff;
    const high = tenBitPrefix | ((address >> 8) << 1);
    if (first || !reading) {
      if (reading && !this.block.has(con.restartEnabled)) {
        yield* this.giveUp(abrt.noRestartForRead);
        return false;
      }
      if (!(yield* this.part(high, abrt.firstAddressNack))) return false;
      if (!(yield* this.part(address & 0xff, abrt.secondAddressNack))) return false;
      if (!reading) return true;
      yield* this.signals.repeatedStart();
    }
    return yield* this.part(high | 1, abrt.firstAddressNack);
  }

  private *readByte(command: number, first: boolean): Steps {
    const byte = yield* this.signals.receive();
    this.block.pushRx(byte | (first ? dataCmd.firstByte : 0));
    this.shifted();
    const stop = (command & dataCmd.stop) !== 0;
    // Whether it is the last one shows in the next command; SCL is held until there is one.
    if (!stop) yield () => this.ready() || this.userAborts;
    const next = this.block.peekTx() ?? 0;
    const last = stop || (next & dataCmd.restart) !== 0 || (next & dataCmd.read) === 0;
    yield* this.signals.own(last); // who wants no more loses to who wants more
  }

  private *giveUp(source: number): Steps {
    this.block.abort(source);
    this.shifted();
    yield* this.signals.stop();
  }
}
