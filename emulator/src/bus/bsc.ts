// The I2C block of the Pi 0 to 4 (Broadcom's BSC) and its fault with stretched clocks, as a model. Its
// own clock runs on while a target holds SCL, and it looks at SCL each half period of that clock. What
// follows is told in two ways, and neither is settled by a vendor:
//
//   every-check    (raspberrypi/linux#254) whenever it finds SCL high, it takes the high period for over:
//                  a release just before a look gives a pulse as short as the rest until that look
//   first-check    only the first look is so; if SCL is still low then, it waits for SCL to rise and
//                  gives it a whole high period
import type { Timebase } from '../chip/clock.js';
import { Signals, type Steps, timingOfPi } from '../i2c/process.js';
import type { Driver, WireAccess } from '../i2c/wires.js';

export type BscAccount = 'every-check' | 'first-check';

/** Linux lets it wait so long for SCL: CLKT, 35 ms. */
const stretchTimeout = 35e6;

export class ClockTimeout extends Error {}

export class BscSignals extends Signals {
  private readonly half: number;
  /** Of all SCL pulses since reset(): the shortest, in ns, and how many were no full half period. */
  shortest = Infinity;
  short = 0;

  constructor(
    clock: Timebase,
    wires: WireAccess,
    driver: Driver,
    hertz: number,
    private readonly account: BscAccount,
  ) {
    const timing = timingOfPi(hertz);
    super(clock, wires, driver, () => timing);
    this.half = timing.high;
    wires.listen((wire, high) => this.edge(wire, high));
  }

  private risen = -Infinity;

  private edge(wire: 'scl' | 'sda', high: boolean): void {
    if (wire !== 'scl') return;
    if (high) {
      this.risen = this.clock.nanos;
      return;
    }
    const pulse = this.clock.nanos - this.risen;
    this.shortest = Math.min(this.shortest, pulse);
    if (pulse < this.half - 1) ++this.short;
  }

  reset(): void {
    this.shortest = Infinity;
    this.short = 0;
  }

  protected override *highPeriod(): Steps {
    const released = this.clock.nanos;
    this.driver.set('scl', true);
    for (let look = 1; look * this.half < stretchTimeout; ++look) {
      yield* this.until(released + look * this.half);
      if (this.wires.scl) return;
      if (this.account === 'every-check') continue;
      yield () => this.wires.scl;
      yield this.half;
      return;
    }
    throw new ClockTimeout();
  }
}
