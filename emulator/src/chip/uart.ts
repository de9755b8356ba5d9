// A UART (PL011, RP2040 datasheet section 4.2): bytes take their time, FIFOs fill and drain, and
// interrupts come and go as they do there, and DMA is asked for each byte. No flow control, no errors on the line.
import { Block } from './block.js';
import type { Alarm, Timebase } from './clock.js';

const reg = {
  dr: 0x00, fr: 0x18, ibrd: 0x24, fbrd: 0x28, lcrH: 0x2c, cr: 0x30, ifls: 0x34, imsc: 0x38, ris: 0x3c, mis: 0x40,
  icr: 0x44, dmacr: 0x48,
} as const;
const intr = { rx: 1 << 4, tx: 1 << 5, rxTimeout: 1 << 6 } as const;
const ids = [0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1];
const depth = 32;
const levels = [4, 8, 16, 24, 28]; // of 32: IFLS
const bitsPerByte = 10;
const timeoutBits = 32;

export class Uart extends Block {
  private readonly values = new Map<number, number>([[reg.cr, 0x300], [reg.ifls, 0x12]]);
  private readonly sending: number[] = []; // the first one is on the line
  private readonly received: number[] = [];
  private raw = 0;
  private readonly sent: Alarm;
  private readonly idle: Alarm;
  /** A byte that went out. */
  onByte: (byte: number) => void = () => undefined;
  /** Whether DMA is asked to fill the one FIFO, and to drain the other. */
  onDma: (fill: boolean, drain: boolean) => void = () => undefined;

  constructor(
    time: Timebase,
    private readonly clockHertz: () => number,
    private readonly setInterrupt: (high: boolean) => void,
  ) {
    super();
    this.sent = time.createAlarm(() => this.byteSent());
    this.idle = time.createAlarm(() => this.raise(intr.rxTimeout));
  }

  /** A byte comes in; what finds no room is lost. */
  feed(byte: number): void {
    if (this.received.length < this.size) this.received.push(byte & 0xff);
    if (this.received.length >= this.trigger(3)) this.raw |= intr.rx;
    this.idle.schedule(timeoutBits * this.bitNanos);
    this.update();
  }

  private get size(): number {
    return (this.value(reg.lcrH) & 0x10) !== 0 ? depth : 1;
  }
  private trigger(shift: number): number {
    return this.size === 1 ? 1 : (levels[(this.value(reg.ifls) >> shift) & 7] ?? 16);
  }
  private get bitNanos(): number {
    const divider = this.value(reg.ibrd) + this.value(reg.fbrd) / 64;
    return divider === 0 ? 0 : (16 * divider * 1e9) / this.clockHertz();
  }
  private value(offset: number): number {
    return this.values.get(offset) ?? 0;
  }

  private raise(bits: number): void {
    this.raw |= bits;
    this.update();
  }
  private update(): void {
    this.setInterrupt((this.raw & this.value(reg.imsc)) !== 0);
    const wanted = this.value(reg.dmacr);
    this.onDma((wanted & 2) !== 0 && this.sending.length < this.size, (wanted & 1) !== 0 && this.received.length > 0);
  }

  private byteSent(): void {
    this.onByte(this.sending.shift() ?? 0);
    if (this.sending.length > 0) this.sent.schedule(bitsPerByte * this.bitNanos);
    const level = this.size === 1 ? 0 : this.trigger(0);
    if (this.sending.length === level) this.raise(intr.tx); // it falls through the level
    else this.update();
  }

  override peek(offset: number): number {
    return offset === reg.dr ? 0 : this.read(offset);
  }

  read(offset: number): number {
    switch (offset) {
      case reg.dr: return this.takeReceived();
      case reg.fr: {
        const busy = this.sending.length > 0 ? 1 << 3 : 0;
        const empty = (this.received.length === 0 ? 1 << 4 : 0) | (this.sending.length === 0 ? 1 << 7 : 0);
        const full = (this.sending.length >= this.size ? 1 << 5 : 0) | (this.received.length >= this.size ? 1 << 6 : 0);
        return busy | empty | full;
      }
      case reg.ris: return this.raw;
      case reg.mis: return this.raw & this.value(reg.imsc);
      default: return offset >= 0xfe0 ? ids[(offset - 0xfe0) >> 2] : this.value(offset);
    }
  }

  private takeReceived(): number {
    const byte = this.received.shift() ?? 0;
    if (this.received.length < this.trigger(3)) this.raw &= ~intr.rx;
    if (this.received.length === 0) {
      this.raw &= ~intr.rxTimeout;
      this.idle.cancel();
    }
    this.update();
    return byte;
  }

  write(offset: number, value: number, raw: number): void {
    if (offset === reg.icr) this.raw &= ~raw;
    else if (offset === reg.dr) this.send(value & 0xff);
    else if (offset < reg.icr || offset === reg.dmacr) this.values.set(offset, value & 0xffff);
    this.update();
  }

  private send(byte: number): void {
    if ((this.value(reg.cr) & 0x101) !== 0x101 || this.sending.length >= this.size) return;
    this.sending.push(byte);
    if (this.sending.length > this.trigger(0)) this.raw &= ~intr.tx;
    if (this.sending.length === 1) this.sent.schedule(bitsPerByte * this.bitNanos);
  }
}
