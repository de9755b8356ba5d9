// TIMER (RP2040 datasheet section 4.6): microseconds since reset in 64 bits, and four alarms.
// rp2040js has one whose alarms may come up to a microsecond early.
import { Block } from './block.js';
import type { Alarm, Timebase } from './clock.js';

const reg = {
  timehw: 0x00, timelw: 0x04, timehr: 0x08, timelr: 0x0c, alarm0: 0x10, armed: 0x20, rawh: 0x24, rawl: 0x28,
  pause: 0x30, intr: 0x34, inte: 0x38, intf: 0x3c, ints: 0x40,
} as const;
const wrap = 2 ** 32;

export class Timer extends Block {
  private offset = 0; // microseconds that a program added by setting the time
  private pausedAt: number | null = null;
  private writtenLow = 0;
  private latchedHigh = 0;
  private armed = 0;
  private raw = 0;
  private enabled = 0;
  private forced = 0;
  private readonly targets = [0, 0, 0, 0];
  private readonly alarms: Alarm[];

  constructor(
    private readonly time: Timebase,
    private readonly setInterrupt: (alarm: number, high: boolean) => void,
  ) {
    super();
    this.alarms = this.targets.map((_, n) => time.createAlarm(() => this.fire(n)));
  }

  /** Exact, with its fraction. */
  private get now(): number {
    return this.pausedAt ?? this.time.nanos / 1000 + this.offset;
  }
  private get micros(): number {
    return Math.floor(this.now + 1e-6);
  }

  private update(): void {
    const status = (this.raw & this.enabled) | this.forced;
    for (let n = 0; n < 4; ++n) this.setInterrupt(n, ((status >> n) & 1) !== 0);
  }

  private fire(n: number): void {
    this.armed &= ~(1 << n);
    this.raw |= 1 << n;
    this.update();
  }

  /** When the low 32 bits next equal the target; equal ones fire now. */
  private arm(n: number): void {
    this.armed |= 1 << n;
    if (this.pausedAt !== null) return;
    const left = (this.targets[n] - this.micros) >>> 0;
    this.alarms[n].schedule(left === 0 ? 0 : (this.micros + left - this.now) * 1000);
  }

  private disarm(mask: number): void {
    for (let n = 0; n < 4; ++n) if (((mask >> n) & 1) !== 0) this.alarms[n].cancel();
    this.armed &= ~mask;
  }

  override peek(offset: number): number {
    return offset === reg.timelr ? this.micros >>> 0 : this.read(offset);
  }

  read(offset: number): number {
    const micros = this.micros;
    switch (offset) {
      case reg.timehr: return this.latchedHigh;
      case reg.timelr:
        this.latchedHigh = Math.floor(micros / wrap);
        return micros % wrap;
      case reg.rawh: return Math.floor(micros / wrap);
      case reg.rawl: return micros % wrap;
      case reg.armed: return this.armed;
      case reg.pause: return this.pausedAt === null ? 0 : 1;
      case reg.intr: return this.raw;
      case reg.inte: return this.enabled;
      case reg.intf: return this.forced;
      case reg.ints: return (this.raw & this.enabled) | this.forced;
      default: return offset >= reg.alarm0 && offset < reg.armed ? this.targets[(offset - reg.alarm0) >> 2] : 0;
    }
  }

  write(offset: number, value: number, raw: number): void {
    if (offset >= reg.alarm0 && offset < reg.armed) {
      const n = (offset - reg.alarm0) >> 2;
      this.targets[n] = value >>> 0;
      this.arm(n);
    }
    switch (offset) {
      case reg.timelw: this.writtenLow = value >>> 0; break;
      case reg.timehw: this.set((value >>> 0) * wrap + this.writtenLow); break;
      case reg.armed: this.disarm(raw); break;
      case reg.pause: this.pause((value & 1) !== 0); break;
      case reg.intr: this.raw &= ~raw; break;
      case reg.inte: this.enabled = value & 0xf; break;
      case reg.intf: this.forced = value & 0xf; break;
      default: return;
    }
    this.update();
  }

  private set(micros: number): void {
    this.offset += micros - this.now;
    if (this.pausedAt !== null) this.pausedAt = micros;
    this.rearm();
  }

  private pause(stop: boolean): void {
    if (stop === (this.pausedAt !== null)) return;
    if (stop) {
      this.pausedAt = this.now;
      for (const alarm of this.alarms) alarm.cancel();
    } else {
      this.offset = (this.pausedAt ?? 0) - this.time.nanos / 1000;
      this.pausedAt = null;
      this.rearm();
    }
  }

  private rearm(): void {
    for (let n = 0; n < 4; ++n) if (((this.armed >> n) & 1) !== 0) this.arm(n);
  }
}
