// Watches the wires for times that UM10204 (revision 7, table 10) does not allow.
import type { Clock } from '../chip/clock.js';
import type { Wires } from './wires.js';

/** Least times in ns. */
interface Limits {
  holdStart: number;
  low: number;
  high: number;
  setupStart: number;
  setupData: number;
  setupStop: number;
  free: number;
}

const modes: [number, Limits][] = [
  [100_000, { holdStart: 4000, low: 4700, high: 4000, setupStart: 4700, setupData: 250, setupStop: 4000, free: 4700 }],
  [400_000, { holdStart: 600, low: 1300, high: 600, setupStart: 600, setupData: 100, setupStop: 600, free: 1300 }],
  [1_000_000, { holdStart: 260, low: 500, high: 260, setupStart: 260, setupData: 50, setupStop: 260, free: 500 }],
];

export class TimingChecker {
  readonly violations: string[] = [];
  transactions = 0;
  private readonly limits: Limits;
  private sclMoved = -Infinity;
  private sdaMoved = -Infinity;
  private stopped = -Infinity;
  private started = -Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly wires: Wires,
    hertz: number,
  ) {
    const mode = modes.find(([fastest]) => hertz <= fastest);
    if (mode === undefined) throw new RangeError(`no limits for ${hertz} Hz`);
    this.limits = mode[1];
    wires.listen((wire, high) => {
      const now = clock.nanos;
      if (wire === 'scl') this.sclEdge(high, now);
      else this.sdaEdge(high, now);
    });
  }

  private atLeast(what: string, time: number, least: number): void {
    if (time + 1e-3 < least) this.violations.push(`${what} ${time.toFixed(0)} ns, at least ${least}, at ${this.clock.nanos.toFixed(0)} ns`);
  }

  private sclEdge(high: boolean, now: number): void {
    if (high) {
      this.atLeast('tLOW', now - this.sclMoved, this.limits.low);
      this.atLeast('tSU;DAT', now - this.sdaMoved, this.limits.setupData);
    } else if (this.started > this.sclMoved) {
      this.atLeast('tHD;STA', now - this.started, this.limits.holdStart);
    } else {
      this.atLeast('tHIGH', now - this.sclMoved, this.limits.high);
    }
    this.sclMoved = now;
  }

  private sdaEdge(high: boolean, now: number): void {
    if (this.wires.scl) {
      if (high) {
        this.atLeast('tSU;STO', now - this.sclMoved, this.limits.setupStop);
        this.stopped = now;
        ++this.transactions;
      } else {
        if (this.stopped >= this.started) this.atLeast('tBUF', now - this.stopped, this.limits.free);
        else this.atLeast('tSU;STA', now - this.sclMoved, this.limits.setupStart);
        this.started = now;
      }
    } else {
      this.atLeast('tHD;DAT', now - this.sclMoved, 0);
    }
    this.sdaMoved = now;
  }
}
