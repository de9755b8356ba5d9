// The machine's time. It is counted in cycles of the processor; alarms are kept in nanoseconds.
//
// rp2040js asks a clock for `nanos` and for alarms, and so do our own parts. Two alarms due at the
// same time fire in the order in which they were set, so that a run can be repeated exactly.

export interface Alarm {
  schedule(deltaNanos: number): void;
  cancel(): void;
}

/** What counts the cycles: the processor. */
export interface CycleCounter {
  cycles(): number;
  /** Come back to the run loop: something is due earlier than was thought. */
  interruptSlice(): void;
}

class ClockAlarm implements Alarm {
  due = Infinity;
  order = 0;
  constructor(
    private readonly clock: Clock,
    readonly callback: () => void,
  ) {}
  schedule(deltaNanos: number): void {
    this.clock.add(this, this.clock.nanos + Math.max(0, deltaNanos));
  }
  cancel(): void {
    this.clock.remove(this);
  }
}

export class Clock {
  private counter: CycleCounter = { cycles: () => 0, interruptSlice: () => undefined };
  private baseNanos = 0;
  private baseCycles = 0;
  private nanosPerCycle = 8;
  /** No time passes, and no instruction runs: somebody outside is waited for. */
  standing = false;
  private readonly queue: ClockAlarm[] = []; // sorted, the next one last
  private orders = 0;
  private firing: number | null = null; // when the alarm that is called now was due

  /** Another processor counts from now on; the time goes on. */
  attach(counter: CycleCounter): void {
    this.baseNanos = this.nanos;
    this.counter = counter;
    this.baseCycles = counter.cycles();
  }

  /** To an alarm's callback: when it was due, so that no delay of one adds to those that follow. */
  get nanos(): number {
    return this.firing ?? this.baseNanos + (this.counter.cycles() - this.baseCycles) * this.nanosPerCycle;
  }
  get micros(): number {
    return this.nanos / 1000;
  }
  get cycleNanos(): number {
    return this.nanosPerCycle;
  }

  /** From now on a cycle takes so long. */
  setFrequency(hertz: number): void {
    this.rebase(this.nanos);
    this.nanosPerCycle = 1e9 / hertz;
    this.counter.interruptSlice();
  }

  /** From now on no time passes, until `standing` is taken back. */
  stand(): void {
    this.standing = true;
    this.counter.interruptSlice();
  }

  /** Idle time passes: the processor sleeps until `nanos`. */
  skipTo(nanos: number): void {
    this.rebase(Math.max(nanos, this.nanos));
  }

  /** Cycles from now until `nanos`, at least 1. */
  cyclesUntil(nanos: number): number {
    return Math.max(1, Math.ceil((nanos - this.nanos) / this.nanosPerCycle));
  }

  get nextAlarm(): number {
    return this.queue.length === 0 ? Infinity : this.queue[this.queue.length - 1].due;
  }

  createAlarm(callback: () => void): Alarm {
    return new ClockAlarm(this, callback);
  }

  /** Calls what is due by now. */
  fireDue(): void {
    const now = this.nanos;
    for (let alarm = this.queue[this.queue.length - 1]; alarm !== undefined && alarm.due <= now; ) {
      this.queue.pop();
      this.firing = alarm.due;
      alarm.due = Infinity;
      try {
        alarm.callback();
      } finally {
        this.firing = null;
      }
      alarm = this.queue[this.queue.length - 1];
    }
  }

  add(alarm: ClockAlarm, due: number): void {
    if (alarm.due !== Infinity) this.remove(alarm);
    alarm.due = due;
    alarm.order = ++this.orders;
    let at = this.queue.length;
    while (at > 0 && this.queue[at - 1].due <= due) --at;
    this.queue.splice(at, 0, alarm);
    if (at === this.queue.length - 1) this.counter.interruptSlice();
  }

  remove(alarm: ClockAlarm): void {
    if (alarm.due === Infinity) return;
    const at = this.queue.indexOf(alarm);
    if (at >= 0) this.queue.splice(at, 1);
    alarm.due = Infinity;
  }

  private rebase(nanos: number): void {
    this.baseNanos = nanos;
    this.baseCycles = this.counter.cycles();
  }
}

/** A clock as one chip sees it: from its reset on, and with alarms that end with it. */
export class ChipClock {
  private readonly alarms: Alarm[] = [];
  private readonly born: number;
  constructor(private readonly clock: Clock) {
    this.born = clock.nanos;
  }
  get nanos(): number {
    return this.clock.nanos - this.born;
  }
  get cycleNanos(): number {
    return this.clock.cycleNanos;
  }
  createAlarm(callback: () => void): Alarm {
    const alarm = this.clock.createAlarm(callback);
    this.alarms.push(alarm);
    return alarm;
  }
  end(): void {
    for (const alarm of this.alarms) alarm.cancel();
  }
}

/** What parts of a chip need of either clock. */
export type Timebase = Pick<ChipClock, 'nanos' | 'cycleNanos' | 'createAlarm'>;
