// A Pi's I2C controller on the wires: whole transfers, or one event after the other as the virtual
// bus tells them. An ideal one, with the clock low for 60 % of a bit; it stretches as it should.
import type { Clock } from '../chip/clock.js';
import { ArbitrationLost, Process, Signals, type Steps, timingOf } from '../i2c/process.js';
import type { Driver, Wires } from '../i2c/wires.js';
import { type BscAccount, BscSignals } from './bsc.js';

export interface Message {
  address: number;
  write?: number[];
  read?: number; // how many bytes
}

export interface Result {
  /** 'ok', or which byte on the wire was not acknowledged: 0 is the first address. */
  nackedByte: number | null;
  lostArbitration: boolean;
  read: number[];
  /** After each byte on the wire: how long SCL was held beyond its low time, in ns. */
  stretches: number[];
}

export class Pi {
  readonly driver: Driver;
  readonly signals: Signals;
  private readonly process: Process;

  /** `account`: a Pi 0 to 4, whose block has a fault (see bsc.ts), instead of an ideal controller. */
  constructor(
    clock: Clock,
    private readonly wires: Wires,
    hertz: number,
    private readonly account: BscAccount | null = null,
  ) {
    this.driver = wires.driver('Pi');
    const timing = timingOf(hertz);
    this.signals =
      account === null
        ? new Signals(clock, wires, this.driver, () => timing)
        : new BscSignals(clock, wires, this.driver, hertz, account);
    this.process = new Process(clock, wires);
  }

  /** Whether what was begun is still under way. */
  get busy(): boolean {
    return this.process.running;
  }
  begin(steps: Steps): void {
    this.process.run(steps);
  }
  /** Lets go of a bus that hangs. */
  giveUp(): void {
    this.process.cancel();
    this.driver.release();
  }

  *settle(): Steps<number> {
    if (this.account !== null) return 0; // its clock does not wait
    return yield* this.signals.settle(() => this.wires.heldByOthers('scl', this.driver));
  }

  /** One transfer, its messages joined by repeated STARTs. */
  *transfer(messages: Message[], result: Result): Steps {
    try {
      yield* this.messages(messages, result);
      yield* this.signals.stop();
    } catch (problem) {
      if (!(problem instanceof ArbitrationLost)) throw problem;
      result.lostArbitration = true;
      this.driver.release();
    }
  }

  private *messages(messages: Message[], result: Result): Steps {
    let onTheWire = 0;
    for (const [index, message] of messages.entries()) {
      yield* index === 0 ? this.signals.start() : this.signals.repeatedStart();
      const out = message.read === undefined ? (message.write ?? []) : [];
      for (const byte of [(message.address << 1) | (message.read === undefined ? 0 : 1), ...out]) {
        if (!(yield* this.signals.send(byte))) {
          result.nackedByte = onTheWire;
          return;
        }
        ++onTheWire;
        result.stretches.push(yield* this.settle());
      }
      for (let left = message.read ?? 0; left > 0; --left) {
        result.read.push(yield* this.signals.receive());
        yield* this.signals.bit(left === 1);
        ++onTheWire;
        result.stretches.push(yield* this.settle());
      }
    }
  }
}

export const emptyResult = (): Result => ({ nackedByte: null, lostArbitration: false, read: [], stretches: [] });
