// The processor's private registers: NVIC, SysTick and system control (ARMv6-M Architecture
// Reference Manual, chapters B3.2 to B3.4).
import type { Core } from '../cpu/core.js';
import { exception } from '../cpu/exceptions.js';
import { Stop } from '../cpu/stop.js';
import type { Timebase } from './clock.js';

const countFlag = 1 << 16;

class SysTick {
  private control = 0;
  private reload = 0;
  private value = 0; // at the time `since`, in ticks
  private since = 0;
  private counted = false;
  private readonly alarm;

  constructor(
    private readonly clock: Timebase,
    private readonly fire: () => void,
  ) {
    this.alarm = clock.createAlarm(() => this.reachesZero());
  }

  private get tickNanos(): number {
    return (this.control & 4) !== 0 ? this.clock.cycleNanos : 1000; // or the reference, 1 MHz
  }
  private get running(): boolean {
    return (this.control & 1) !== 0 && this.reload !== 0;
  }

  private get current(): number {
    if (!this.running) return this.value;
    const ticks = Math.floor((this.clock.nanos - this.since) / this.tickNanos + 1e-6);
    if (ticks <= this.value) return this.value - ticks;
    return this.reload - ((ticks - this.value - 1) % (this.reload + 1));
  }

  private start(value: number, since = this.clock.nanos): void {
    this.value = value;
    this.since = since;
    this.alarm.cancel();
    const due = since + this.period * this.tickNanos;
    if (this.running) this.alarm.schedule(due - this.clock.nanos);
  }
  private get period(): number {
    return this.value === 0 ? this.reload + 1 : this.value;
  }

  private reachesZero(): void {
    this.counted = true;
    this.start(0, this.since + this.period * this.tickNanos); // not from now: instructions take time
    if ((this.control & 2) !== 0) this.fire();
  }

  read(offset: number): number {
    if (offset === 0x14) return this.reload;
    if (offset === 0x18) return this.current;
    if (offset === 0x1c) return 0x4000_270f;
    const value = this.control | (this.counted ? countFlag : 0);
    this.counted = false;
    return value;
  }

  write(offset: number, value: number): void {
    const now = this.current;
    if (offset === 0x10) this.control = value & 7;
    else if (offset === 0x14) this.reload = value & 0xffffff;
    if (offset === 0x18) {
      this.counted = false;
      this.start(0);
    } else {
      this.start(now);
    }
  }
}

export class Ppb {
  private readonly sysTick: SysTick;
  private scr = 0;

  constructor(
    private readonly core: Core,
    clock: Timebase,
  ) {
    this.sysTick = new SysTick(clock, () => core.exceptions.pend(exception.sysTick));
  }

  read(offset: number): number {
    const e = this.core.exceptions;
    if (offset >= 0x10 && offset <= 0x1c) return this.sysTick.read(offset);
    if (offset >= 0x400 && offset < 0x420) return this.priorities(offset - 0x400);
    switch (offset) {
      case 0x100:
      case 0x180: return e.enabled >>> 0;
      case 0x200:
      case 0x280: return e.pendingInterrupts;
      case 0xd00: return 0x410cc601; // CPUID
      case 0xd04: return this.interruptState();
      case 0xd08: return this.core.vtor;
      case 0xd0c: return 0xfa050000; // AIRCR
      case 0xd10: return this.scr;
      case 0xd14: return 0x208; // CCR: unaligned accesses trap, the stack is aligned to 8
      case 0xd1c: return e.shpr2;
      case 0xd20: return e.shpr3;
      default: return 0;
    }
  }

  write(offset: number, value: number): void {
    const e = this.core.exceptions;
    if (offset >= 0x10 && offset <= 0x1c) this.sysTick.write(offset, value);
    if (offset >= 0x400 && offset < 0x420) {
      for (let i = 0; i < 4; ++i) e.setInterruptPriority(offset - 0x400 + i, value >>> (8 * i + 6));
    }
    switch (offset) {
      case 0x100: e.enable(value); break;
      case 0x180: e.disable(value); break;
      case 0x200: e.setPending(value); break;
      case 0x280: e.clearPending(value); break;
      case 0xd04: this.setInterruptState(value); break;
      case 0xd08: this.core.vtor = (value & ~0xff) >>> 0; break;
      case 0xd0c:
        if ((value & 0xffff0004) === (0x05fa0004 | 0)) throw new Stop('reset', 'SYSRESETREQ');
        break;
      case 0xd10:
        this.scr = value & 0x16;
        this.core.sevOnPend = (value & 0x10) !== 0;
        break;
      case 0xd1c: e.shpr2 = value >>> 0; break;
      case 0xd20: e.shpr3 = value >>> 0; break;
      default: break;
    }
    this.core.interruptSlice();
  }

  private priorities(first: number): number {
    let value = 0;
    for (let i = 0; i < 4; ++i) value |= this.core.exceptions.interruptPriority(first + i) << (8 * i + 6);
    return value;
  }

  private interruptState(): number {
    const e = this.core.exceptions;
    const bit = (number: number, at: number): number => (e.isPending(number) ? 1 << at : 0);
    const any = (e.pendingInterrupts & e.enabled) !== 0 ? 1 << 22 : 0;
    return (
      bit(exception.nmi, 31) | bit(exception.pendSv, 28) | bit(exception.sysTick, 26) | any |
      (e.mostUrgent << 12) | e.active
    );
  }

  private setInterruptState(value: number): void {
    const e = this.core.exceptions;
    if ((value & (1 << 31)) !== 0) e.pend(exception.nmi);
    if ((value & (1 << 28)) !== 0) e.pend(exception.pendSv);
    if ((value & (1 << 27)) !== 0) e.unpend(exception.pendSv);
    if ((value & (1 << 26)) !== 0) e.pend(exception.sysTick);
    if ((value & (1 << 25)) !== 0) e.unpend(exception.sysTick);
  }
}
