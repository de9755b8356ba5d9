// One DW_apb_i2c block: its registers, FIFOs and interrupts. What happens on the wires is done by
// its two halves, target.ts and controller.ts.
//
// Assumptions where the datasheet is silent: a received byte enters the FIFO when SCL rises for its
// ACK; a full FIFO holds SCL after the ACK of the byte that filled it; wires are seen two cycles and
// the spike length late.
import { Block } from '../chip/block.js';
import type { Timebase } from '../chip/clock.js';
import { ControllerHalf } from './controller.js';
import { abrt, con, dmaCr, enable, fifoDepth, intr, reg } from './registers.js';
import { TargetHalf } from './target.js';
import { type Driver, SpikeFilter, type WireAccess } from './wires.js';

const synchronizerCycles = 2;

/** Cleared when the block is off and both halves are idle. */
const clearedByDisable = intr.rxUnder | intr.rxOver | intr.txOver;

const clearedBy: Record<number, number> = {
  [reg.clrRxUnder]: intr.rxUnder, [reg.clrRxOver]: intr.rxOver, [reg.clrTxOver]: intr.txOver,
  [reg.clrRdReq]: intr.rdReq, [reg.clrTxAbrt]: intr.txAbrt, [reg.clrRxDone]: intr.rxDone,
  [reg.clrActivity]: intr.activity, [reg.clrStopDet]: intr.stopDet, [reg.clrStartDet]: intr.startDet,
  [reg.clrGenCall]: intr.genCall, [reg.clrRestartDet]: intr.restartDet,
};

const initial: Record<number, number> = {
  [reg.con]: 0x65, [reg.tar]: 0x55, [reg.sar]: 0x55, [reg.ssHcnt]: 0x28, [reg.ssLcnt]: 0x2f,
  [reg.fsHcnt]: 0x06, [reg.fsLcnt]: 0x0d, [reg.intrMask]: 0x8ff, [reg.sdaHold]: 1,
  [reg.sdaSetup]: 0x64, [reg.ackGeneralCall]: 1, [reg.fsSpklen]: 7, [reg.compVersion]: 0x3230312a,
  [reg.compType]: 0x44570140,
};

/** Which bits of a register there are, and whether it may be written only while the block is off. */
const writable: Record<number, { mask: number; off: boolean }> = {
  [reg.con]: { mask: 0x7ff, off: true }, [reg.tar]: { mask: 0xfff, off: true },
  [reg.sar]: { mask: 0x3ff, off: true }, [reg.ssHcnt]: { mask: 0xffff, off: true },
  [reg.ssLcnt]: { mask: 0xffff, off: true }, [reg.fsHcnt]: { mask: 0xffff, off: true },
  [reg.fsLcnt]: { mask: 0xffff, off: true }, [reg.intrMask]: { mask: 0x1fff, off: false },
  [reg.rxTl]: { mask: 0xff, off: false }, [reg.txTl]: { mask: 0xff, off: false },
  [reg.sdaHold]: { mask: 0xffffff, off: true }, [reg.slvDataNackOnly]: { mask: 1, off: false },
  [reg.dmaCr]: { mask: 3, off: false }, [reg.dmaTdlr]: { mask: 0xf, off: false },
  [reg.dmaRdlr]: { mask: 0xf, off: false }, [reg.sdaSetup]: { mask: 0xff, off: true },
  [reg.ackGeneralCall]: { mask: 1, off: false }, [reg.fsSpklen]: { mask: 0xff, off: true },
};

export class I2cBlock extends Block {
  private readonly values = new Map<number, number>();
  private latched = 0; // of the raw interrupts, those that stay until cleared
  private abortSource = 0;
  private aborted = false; // TX_ABRT is not cleared yet: both FIFOs are held empty
  private rx: number[] = [];
  private tx: number[] = [];
  readonly driver: Driver;
  readonly target: TargetHalf;
  readonly controller: ControllerHalf;
  private readonly scl: SpikeFilter;
  private readonly sda: SpikeFilter;
  /** Of ENABLE_STATUS: bit 1 disabled while busy, bit 2 received data lost. */
  disabledBusy = 0;
  /** Told when the program turns the block on or off. */
  onEnable: (on: boolean) => void = () => undefined;
  /** Told of each write to DATA_CMD that reached the FIFO. */
  onTxWrite: () => void = () => undefined;
  onRaise: (bits: number) => void = () => undefined;
  /** Whether DMA is asked to fill the one FIFO, and to drain the other. */
  onDma: (fill: boolean, drain: boolean) => void = () => undefined;
  /** Whether pins lead the block out to the wires. */
  connected: () => boolean = () => true;
  /** Whether a transaction may begin now, as far as a bus beyond the wires is concerned; asks for that one if not. */
  mayBegin: () => boolean = () => true;
  /** Writes that came while the block was on and so had no effect. */
  ignoredWrites = 0;

  constructor(
    readonly name: string,
    readonly clock: Timebase,
    readonly wires: WireAccess,
    private readonly setInterrupt: (high: boolean) => void,
  ) {
    super();
    this.driver = wires.driver(name);
    const alarm = (fire: () => void) => clock.createAlarm(fire);
    const delay = (): number => this.cycles(this.value(reg.fsSpklen) + synchronizerCycles);
    this.scl = new SpikeFilter(alarm, delay, (high) => this.sclEdge(high));
    this.sda = new SpikeFilter(alarm, delay, (high) => this.sdaEdge(high));
    this.target = new TargetHalf(this);
    this.controller = new ControllerHalf(this);
    wires.listen((wire, high) => {
      if (this.connected()) (wire === 'scl' ? this.scl : this.sda).input(high);
    });
    this.reset();
  }

  /** As RESETS leaves it. */
  reset(): void {
    this.values.clear();
    for (const [offset, value] of Object.entries(initial)) this.values.set(Number(offset), value);
    this.latched = this.abortSource = this.disabledBusy = 0;
    this.aborted = false;
    this.rx = [];
    this.tx = [];
    this.target.reset();
    this.controller.reset();
    this.driver.release();
    this.onEnable(false);
    this.update();
  }

  // --- what the halves use ---

  value(offset: number): number {
    return this.values.get(offset) ?? 0;
  }
  cycles(count: number): number {
    return count * this.clock.cycleNanos;
  }
  get on(): boolean {
    return (this.value(reg.enable) & enable.on) !== 0;
  }
  has(bit: number): boolean {
    return (this.value(reg.con) & bit) !== 0;
  }
  get sdaHigh(): boolean {
    return this.sda.high;
  }
  get sclHigh(): boolean {
    return this.scl.high;
  }
  get rxFull(): boolean {
    return this.rx.length >= fifoDepth;
  }
  get txLevel(): number {
    return this.tx.length;
  }
  peekTx(): number | undefined {
    return this.tx[0];
  }
  popTx(): number | undefined {
    const entry = this.tx.shift();
    this.update();
    return entry;
  }
  pushRx(entry: number): void {
    if (this.aborted) return;
    if (this.rxFull) {
      this.raise(intr.rxOver);
      return;
    }
    this.rx.push(entry);
    this.update();
  }
  raise(bits: number): void {
    this.latched |= bits;
    this.onRaise(bits);
    this.update();
  }
  /** TX_ABRT: both FIFOs are emptied, and stay so until the program reads CLR_TX_ABRT. */
  abort(source: number): void {
    this.abortSource = (source | (this.tx.length << 23)) >>> 0;
    this.tx = [];
    this.rx = [];
    this.aborted = true;
    this.raise(intr.txAbrt);
  }
  endAbortRequest(): void {
    this.values.set(reg.enable, this.value(reg.enable) & ~enable.abort);
  }

  get raw(): number {
    const full = this.rx.length > this.value(reg.rxTl) ? intr.rxFull : 0;
    return this.latched | full | (this.txEmpty ? intr.txEmpty : 0);
  }
  private get txEmpty(): boolean {
    if (this.has(con.txEmptyControl) && this.controller.shifting) return false;
    return this.on && this.tx.length <= this.value(reg.txTl);
  }
  /** The byte of the command that left the FIFO last has been sent or received. */
  commandDone(): void {
    this.update();
  }

  private update(): void {
    this.setInterrupt((this.raw & this.value(reg.intrMask)) !== 0);
    const wanted = this.on ? this.value(reg.dmaCr) : 0;
    const fill = (wanted & dmaCr.fill) !== 0 && this.tx.length <= this.value(reg.dmaTdlr);
    this.onDma(fill, (wanted & dmaCr.drain) !== 0 && this.rx.length > this.value(reg.dmaRdlr));
  }

  // --- wires ---

  private sclEdge(high: boolean): void {
    this.controller.look();
    if (!this.on) return;
    if (high) this.target.sclRise();
    else this.target.sclFall();
  }

  private sdaEdge(high: boolean): void {
    if (this.scl.high) this.controller.busyChanged(!high);
    else this.controller.look();
    if (!this.scl.high) return;
    if (!this.on) return;
    if (high) this.target.stop();
    else this.target.start();
  }

  // --- registers ---

  override peek(offset: number): number {
    return offset === reg.dataCmd || offset in clearedBy || offset === reg.clrIntr ? 0 : this.read(offset);
  }

  read(offset: number): number {
    if (offset in clearedBy) return this.clear(clearedBy[offset]);
    switch (offset) {
      case reg.dataCmd: return this.readData();
      case reg.intrStat: return this.raw & this.value(reg.intrMask);
      case reg.rawIntrStat: return this.raw;
      case reg.clrIntr: return this.clear(~intr.rxFull & ~intr.txEmpty & ~intr.restartDet);
      case reg.status: return this.status;
      case reg.txflr: return this.tx.length;
      case reg.rxflr: return this.rx.length;
      case reg.txAbrtSource: return this.abortSource;
      case reg.enableStatus: return (this.on ? 1 : 0) | this.disabledBusy;
      default: return this.value(offset);
    }
  }

  private get status(): number {
    const target = this.target.active;
    const controller = this.controller.active;
    return (
      (target || controller ? 1 : 0) | (this.tx.length < fifoDepth ? 2 : 0) | (this.tx.length === 0 ? 4 : 0) |
      (this.rx.length > 0 ? 8 : 0) | (this.rxFull ? 16 : 0) | (controller ? 32 : 0) | (target ? 64 : 0)
    );
  }

  private readData(): number {
    const entry = this.rx.shift();
    if (entry === undefined) {
      this.raise(intr.rxUnder);
      return 0;
    }
    this.update();
    this.target.roomInRx();
    return entry;
  }

  private clear(bits: number): number {
    if ((bits & intr.activity) !== 0 && (this.target.active || this.controller.active)) {
      bits &= ~intr.activity;
    }
    const was = this.latched & bits;
    this.latched &= ~bits;
    if ((bits & intr.txAbrt) !== 0) {
      this.abortSource &= abrt.noRestart;
      this.aborted = false;
    }
    this.update();
    return was !== 0 ? 1 : 0;
  }

  write(offset: number, value: number): void {
    if (offset === reg.dataCmd) this.writeData(value & 0x7ff);
    else if (offset === reg.enable) this.writeEnable(value);
    else if (offset in writable) {
      const { mask, off } = writable[offset];
      if (off && this.on) ++this.ignoredWrites;
      else this.values.set(offset, value & mask);
      this.update();
    }
  }

  private writeData(entry: number): void {
    if (!this.on || this.aborted) return;
    if (this.tx.length >= fifoDepth) {
      this.raise(intr.txOver);
      return;
    }
    this.tx.push(entry);
    this.update();
    this.onTxWrite();
    this.target.txWritten();
    this.controller.txWritten();
  }

  private writeEnable(value: number): void {
    const before = this.value(reg.enable);
    this.values.set(reg.enable, value & 7);
    const wasOn = (before & enable.on) !== 0;
    if (wasOn && !this.on) this.turnOff();
    else if (!wasOn && this.on) {
      this.disabledBusy = 0;
      this.onEnable(true);
    }
    this.controller.txWritten();
    this.update();
  }

  private turnOff(): void {
    this.disabledBusy = this.target.disable();
    this.controller.disable();
    this.tx = [];
    this.rx = [];
    this.aborted = false;
    this.latched &= ~clearedByDisable;
    this.onEnable(false);
  }
}
