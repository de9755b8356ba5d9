// Something that acts on the wires step by step, written as a generator: it yields what it waits
// for, and goes on when that has come.
import type { Timebase } from '../chip/clock.js';
import type { Driver, WireAccess } from './wires.js';

/**
 * Nanoseconds, or until the condition holds, or what comes first of both; conditions are looked at when a wire is
 * pulled or let go, and at poke().
 */
export type Wait = number | (() => boolean) | { nanos: number; or: () => boolean };
export type Steps<T = void> = Generator<Wait, T, void>;

export class Process {
  private steps: Steps | null = null;
  private condition: (() => boolean) | null = null;
  private readonly alarm;

  constructor(clock: Timebase, wires: WireAccess) {
    this.alarm = clock.createAlarm(() => this.resume());
    wires.watch(() => this.poke());
  }

  get running(): boolean {
    return this.steps !== null;
  }
  run(steps: Steps): void {
    this.cancel();
    this.steps = steps;
    this.resume();
  }
  cancel(): void {
    this.alarm.cancel();
    this.condition = null;
    this.steps = null;
  }
  poke(): void {
    if (this.condition === null || !this.condition()) return;
    this.condition = null;
    this.alarm.schedule(0);
  }

  private resume(): void {
    this.condition = null;
    while (this.steps !== null) {
      const { value, done } = this.steps.next();
      if (done === true) {
        this.steps = null;
      } else if (typeof value === 'number') {
        this.alarm.schedule(value);
        return;
      } else if (typeof value === 'object') {
        if (value.or()) continue;
        this.condition = value.or;
        this.alarm.schedule(value.nanos);
        return;
      } else if (!value()) {
        this.condition = value;
        return;
      }
    }
  }
}

/** Times of a controller's clock in ns: UM10204 revision 7, table 10. */
export interface Timing {
  low: number;
  high: number;
  dataHold: number; // from SCL's fall to a change of SDA
  setup: number; // from a change of SDA to SCL's rise
}

export const timingOf = (hertz: number): Timing => {
  const period = 1e9 / hertz;
  const part = 0.15 * period;
  return { low: 0.6 * period, high: 0.4 * period, dataHold: Math.min(300, part), setup: Math.min(250, part) };
};

/** The Pi's: its clock is low for half of a period. */
export const timingOfPi = (hertz: number): Timing => {
  const half = 5e8 / hertz;
  return { low: half, high: half, dataHold: half / 4, setup: half / 4 };
};

export class ArbitrationLost extends Error {}

/** The signals that a controller gives, for generators to `yield*`. SCL is low between them. */
export class Signals {
  private fellAt = 0;

  constructor(
    protected readonly clock: Timebase,
    protected readonly wires: WireAccess,
    readonly driver: Driver,
    public timing: () => Timing,
  ) {}

  *start(): Steps {
    this.driver.set('sda', false);
    yield { nanos: this.timing().high, or: () => !this.wires.scl }; // another one began a moment before
    this.fall();
  }

  *repeatedStart(): Steps {
    yield* this.setLow(true);
    yield* this.raise();
    yield this.timing().low; // the set-up time of a repeated START is that of a low period
    yield* this.start();
  }

  *stop(): Steps {
    yield* this.setLow(false);
    yield* this.raise();
    yield this.timing().high;
    this.driver.set('sda', true);
    yield this.timing().low; // the bus is free for so long
  }

  /** One bit out; what is on the wire then. */
  *bit(high: boolean): Steps<boolean> {
    yield* this.setLow(high);
    yield* this.highPeriod();
    const level = this.wires.sda;
    this.fall();
    return level;
  }

  /** One bit out that nobody else may change: who sends 1 and sees 0 has lost, and leaves SCL alone from then on. */
  *own(high: boolean): Steps {
    yield* this.setLow(high);
    yield* this.highPeriod();
    if (high && !this.wires.sda) throw new ArbitrationLost();
    this.fall();
  }

  /** Eight bits out and the ACK in. */
  *send(byte: number): Steps<boolean> {
    for (let i = 7; i >= 0; --i) yield* this.own(((byte >> i) & 1) !== 0);
    return !(yield* this.bit(true));
  }

  *receive(): Steps<number> {
    let byte = 0;
    for (let i = 0; i < 8; ++i) byte = (byte << 1) | ((yield* this.bit(true)) ? 1 : 0);
    return byte;
  }

  /** Waits, with SCL low, until no target holds it; by how many ns that exceeded the low time. */
  *settle(heldByTarget: () => boolean): Steps<number> {
    const { low, setup } = this.timing();
    yield* this.until(this.fellAt + low - setup);
    yield () => !heldByTarget();
    return Math.max(0, this.clock.nanos - (this.fellAt + low));
  }

  private fall(): void {
    this.driver.set('scl', false);
    this.fellAt = this.clock.nanos;
  }

  /** Changes SDA within the low period, and waits for that to end. */
  private *setLow(sda: boolean): Steps {
    const { low, dataHold, setup } = this.timing();
    yield* this.until(this.fellAt + dataHold);
    this.driver.set('sda', sda);
    yield* this.until(Math.max(this.fellAt + low, this.clock.nanos + setup));
  }

  protected *until(nanos: number): Steps {
    const left = nanos - this.clock.nanos;
    if (left > 0) yield left;
  }

  /** From the release of SCL to the moment at which a bit is sampled; another controller's may come earlier. */
  protected *highPeriod(): Steps {
    yield* this.raise();
    yield { nanos: this.timing().high, or: () => !this.wires.scl };
  }

  protected *raise(): Steps {
    this.driver.set('scl', true);
    yield () => this.wires.scl;
  }
}
