// Blocks that rp2040js lacks, or has in a form that our programs cannot use.
import { Stop } from '../cpu/stop.js';
import { Block, Remembered } from './block.js';
import type { Timebase } from './clock.js';

/** What a watchdog's reset leaves as it was (RP2040 datasheet section 4.7). */
export interface Kept {
  scratch: number[];
  reason: number; // 0: power-on
}

export const poweredOn = (): Kept => ({ scratch: new Array<number>(8).fill(0), reason: 0 });

export class Watchdog extends Block {
  private control = 0x07000000;
  private tick = 0x200;
  private load = 0;
  private loadedAt = 0;
  private readonly alarm;

  constructor(
    private readonly clock: Timebase,
    readonly kept: Kept,
  ) {
    super();
    this.alarm = clock.createAlarm(() => this.bite(1, 'the watchdog ran out'));
  }

  private get enabled(): boolean {
    return (this.control & (1 << 30)) !== 0 && (this.tick & 0x200) !== 0;
  }
  /** It counts two per microsecond: erratum RP2040-E1. */
  private get left(): number {
    if (!this.enabled) return this.load;
    return Math.max(0, this.load - Math.floor((this.clock.nanos - this.loadedAt) / 500));
  }

  private bite(reason: number, text: string): never {
    this.kept.reason = reason;
    throw new Stop('reset', text);
  }

  private restart(from: number): void {
    this.load = from;
    this.loadedAt = this.clock.nanos;
    this.alarm.cancel();
    if (this.enabled) this.alarm.schedule(from * 500);
  }

  read(offset: number): number {
    if (offset === 0x00) return this.control | this.left;
    if (offset === 0x08) return this.kept.reason;
    if (offset >= 0x0c && offset < 0x2c) return this.kept.scratch[(offset - 0x0c) >> 2];
    if (offset === 0x2c) return this.tick | ((this.tick & 0x200) << 1);
    return 0;
  }

  write(offset: number, value: number): void {
    if (offset >= 0x0c && offset < 0x2c) {
      this.kept.scratch[(offset - 0x0c) >> 2] = value >>> 0;
    } else if (offset === 0x00) {
      const left = this.left;
      this.control = value & 0x47000000;
      this.restart(left);
      if ((value & (1 << 31)) !== 0) this.bite(2, 'the program restarted the chip');
    } else if (offset === 0x04) {
      this.restart(value & 0xffffff);
    } else if (offset === 0x2c) {
      const left = this.left;
      this.tick = value & 0x3ff;
      this.restart(left);
    }
  }
}

/** RESETS: `onReset` is called for each block that goes into reset, with its bit's number. */
export class Resets extends Block {
  static readonly all = 0x01ffffff;
  private held = Resets.all;
  private watchdogSelect = 0;
  constructor(private readonly onReset: (bit: number) => void) {
    super();
  }
  read(offset: number): number {
    if (offset === 0x0) return this.held;
    return offset === 0x8 ? ~this.held & Resets.all : this.watchdogSelect;
  }
  write(offset: number, value: number): void {
    if (offset === 0x4) this.watchdogSelect = value;
    if (offset !== 0x0) return;
    const newly = value & ~this.held;
    this.held = value & Resets.all;
    for (let bit = 0; bit < 25; ++bit) {
      if ((newly & (1 << bit)) !== 0) this.onReset(bit);
    }
  }
}

const forceOff = 0x4;
const core1Bit = 1 << 16;

/** PSM. `onCore1Boot` is called when the second core's reset ends; its boot ROM then runs. */
export class PowerStates extends Remembered {
  constructor(private readonly onCore1Boot: () => void) {
    super();
  }
  override read(offset: number): number {
    return offset === 0xc ? 0x1ffff : super.read(offset);
  }
  override write(offset: number, value: number): void {
    const begins = offset === forceOff && (this.read(offset) & ~value & core1Bit) !== 0;
    super.write(offset, value);
    if (begins) this.onCore1Boot();
  }
}

export const core1Stop = (): Stop =>
  new Stop('core1', 'the program starts the second core, which this emulator does not have');

/** ROSC: its random bit comes from a generator with a seed, so that a run can be repeated. */
export class Rosc extends Remembered {
  constructor(private state: number) {
    super({ 0x00: 0xaa0, 0x14: 0xaa0 });
  }
  reseed(seed: number): void {
    this.state = seed === 0 ? 1 : seed;
  }
  override read(offset: number): number {
    if (offset === 0x18) return 0x80001000; // stable, enabled
    if (offset !== 0x1c) return super.read(offset);
    // xorshift32 (G. Marsaglia, "Xorshift RNGs", 2003)
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return this.state & 1;
  }
}

/** VREG_AND_CHIP_RESET: says that the last reset of the whole chip was power-on. */
export const voltageRegulator = (): Remembered => new Remembered({ 0x0: 0xb1 | (1 << 12), 0x8: 1 << 8 });

/** XIP_CTRL: the cache is always clean. */
export class XipControl extends Remembered {
  override read(offset: number): number {
    return offset === 0x8 ? 0x3 : offset === 0x4 ? 0 : super.read(offset);
  }
}
