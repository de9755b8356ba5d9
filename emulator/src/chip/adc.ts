// The ADC (RP2040 datasheet section 4.9): single and free-running conversions of 96 cycles at 48 MHz,
// round robin, its FIFO and interrupt. No DMA requests, no noise, no errors.
import { Block } from './block.js';
import type { Alarm, Timebase } from './clock.js';

const reg = { cs: 0x00, result: 0x04, fcs: 0x08, fifo: 0x0c, div: 0x10, intr: 0x14, inte: 0x18, intf: 0x1c, ints: 0x20 } as const;
const cs = { enabled: 1, startOnce: 1 << 2, startMany: 1 << 3, ready: 1 << 8 } as const;
const fcs = { enabled: 1, shift: 2, under: 1 << 10, over: 1 << 11 } as const;
const conversionCycles = 96;
const cycleNanos = 1e9 / 48e6;
const inputs = 5;
const fifoDepth = 4;

export class Adc extends Block {
  /** What the inputs GP26 to GP29 and the temperature sensor give, 0 to 4095. The last: 27 degrees. */
  readonly values = [0, 0, 0, 0, 876];
  private control = 0;
  private fifoControl = 0;
  private divider = 0;
  private enabled = 0;
  private forced = 0;
  private result = 0;
  private converting = false;
  private readonly fifo: number[] = [];
  private readonly done: Alarm;
  private readonly next: Alarm;

  constructor(
    time: Timebase,
    private readonly setInterrupt: (high: boolean) => void,
  ) {
    super();
    this.done = time.createAlarm(() => this.convert());
    this.next = time.createAlarm(() => this.start());
  }

  private get selected(): number {
    return (this.control >> 12) & 7;
  }
  private get raw(): number {
    return this.fifo.length >= ((this.fifoControl >> 24) & 0xf) && this.fifo.length > 0 ? 1 : 0;
  }
  private update(): void {
    this.setInterrupt(((this.raw & this.enabled) | this.forced) !== 0);
  }

  private start(): void {
    if (this.converting || (this.control & cs.enabled) === 0) return;
    this.converting = true;
    this.done.schedule(conversionCycles * cycleNanos);
    const period = Math.max(conversionCycles, 1 + this.divider / 256);
    if ((this.control & cs.startMany) !== 0) this.next.schedule(period * cycleNanos);
  }

  private convert(): void {
    this.converting = false;
    this.result = this.values[this.selected] ?? 0;
    if ((this.fifoControl & fcs.enabled) !== 0) {
      if (this.fifo.length >= fifoDepth) this.fifoControl |= fcs.over;
      else this.fifo.push((this.fifoControl & fcs.shift) !== 0 ? this.result >> 4 : this.result);
    }
    const robin = (this.control >> 16) & 0x1f;
    for (let step = 1; robin !== 0 && step <= inputs; ++step) {
      const input = (this.selected + step) % inputs;
      if (((robin >> input) & 1) === 0) continue;
      this.control = (this.control & ~0x7000) | (input << 12);
      break;
    }
    this.update();
  }

  override peek(offset: number): number {
    return offset === reg.fifo ? 0 : this.read(offset);
  }

  read(offset: number): number {
    switch (offset) {
      case reg.cs: return this.control | (this.converting ? 0 : cs.ready);
      case reg.result: return this.result;
      case reg.fcs:
        return this.fifoControl | (this.fifo.length << 16) | (this.fifo.length === 0 ? 1 << 8 : 0) | (this.fifo.length === fifoDepth ? 1 << 9 : 0);
      case reg.fifo: {
        const value = this.fifo.shift();
        if (value === undefined) this.fifoControl |= fcs.under;
        this.update();
        return value ?? 0;
      }
      case reg.div: return this.divider;
      case reg.intr: return this.raw;
      case reg.inte: return this.enabled;
      case reg.intf: return this.forced;
      case reg.ints: return (this.raw & this.enabled) | this.forced;
      default: return 0;
    }
  }

  write(offset: number, value: number, raw: number): void {
    switch (offset) {
      case reg.cs:
        this.control = value & 0x1f700b; // START_ONCE clears itself
        if ((value & (cs.startOnce | cs.startMany)) !== 0) this.start();
        if ((value & cs.startMany) === 0) this.next.cancel();
        break;
      case reg.fcs: this.fifoControl = (value & 0x0f00000f) | (this.fifoControl & (fcs.under | fcs.over) & ~raw); break;
      case reg.div: this.divider = value & 0xffffff; break;
      case reg.inte: this.enabled = value & 1; break;
      case reg.intf: this.forced = value & 1; break;
      default: return;
    }
    this.update();
  }
}
