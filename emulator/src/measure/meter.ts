// One program on an emulated Pico, an ideal Pi on its wires, and what both can be seen to do: the
// interrupts that belong to the link, the processor's time, START and STOP on the wires.
import { type Message, Pi, type Result, emptyResult } from '../bus/pi.js';
import { type Image, ImageError } from '../chip/image.js';
import type { Steps } from '../i2c/process.js';
import { intr, reg } from '../i2c/registers.js';
import { Machine } from '../machine.js';
import { Link, LinkError } from './link.js';

const firstI2c = 16 + 23;
/** DMA_IRQ_0, DMA_IRQ_1 and PendSV: where a driver may do a part of the link's work. */
const helpers = [16 + 11, 16 + 12, 14];
const handlerName = /^bench_handler$/;
/** What a program in Python raises first in a handler. */
export const handlerPin = 22;
const bootNanos = 20e9;
const silenceNanos = 0.5e9; // a bus without an edge for so long hangs

/** What a stretch of time cost. */
export interface Cost {
  nanos: number; // from the first START to the last STOP
  entries: number; // of the link's interrupts
  cycles: number; // in them
  awake: number; // cycles in which the processor did not sleep, until the last STOP
  afterwards: number; // the same, from there until it came to rest
}

export class Meter {
  readonly machine: Machine;
  readonly address: number;
  readonly link: Link;
  readonly isPicoctl: boolean;
  /** Cycles from RD_REQ to the first byte handed over, the longest seen. */
  longestRequest = 0;
  /** Cycles from the end of a write to the first instruction of the handler, the latest. */
  toHandler: number | null = null;
  /** Whether this program shows when it reaches a handler. */
  readonly showsHandler: boolean;
  private readonly pi: Pi;
  private readonly numbers: number[];
  private firstStart: number | null = null;
  private lastStop = 0;
  private lastEdge = 0;
  private endedAt: number | null = null;

  constructor(image: Image, readonly hertz: number) {
    this.machine = new Machine(image, { seed: 1 });
    this.machine.start();
    const { machine } = this;
    const target = (): number => machine.chip.i2c.findIndex((block, n) => block.on && machine.chip.pins.ofI2c(n) !== null);
    if (!machine.runWhile(() => target() < 0, bootNanos, 100_000)) throw new ImageError('the program becomes no I2C target');
    machine.runFor(20e6);
    this.address = machine.chip.i2c[target()].value(reg.sar);
    this.numbers = [firstI2c + target(), ...helpers];
    this.pi = new Pi(machine.clock, machine.wires, hertz);
    this.watchWires();
    this.watchBlock(target());
    this.showsHandler = this.watchHandler(image);
    this.link = new Link(this.pi, this.address, () => machine.clock.nanos);
    this.isPicoctl = this.steps(this.link.identify()) !== null;
    if (this.isPicoctl) this.steps(this.link.open(hertz));
    this.endedAt = null;
    this.toHandler = null;
    this.longestRequest = 0;
  }

  private watchWires(): void {
    const { wires, clock } = this.machine;
    wires.listen((wire, high) => {
      this.lastEdge = clock.nanos;
      if (wire !== 'sda' || !wires.scl) return;
      if (high) this.lastStop = clock.nanos;
      else this.firstStart ??= clock.nanos;
    });
  }

  private watchBlock(index: number): void {
    const { chip, clock } = this.machine;
    let requested: number | null = null;
    chip.i2c[index].onRaise = (bits) => {
      if ((bits & intr.rdReq) !== 0) requested = clock.nanos;
      if ((bits & (intr.restartDet | intr.stopDet)) !== 0) this.endedAt ??= clock.nanos;
    };
    chip.i2c[index].onTxWrite = () => {
      if (requested !== null) this.longestRequest = Math.max(this.longestRequest, this.cyclesSince(requested));
      requested = null;
    };
  }

  private watchHandler(image: Image): boolean {
    const reached = (): void => {
      if (this.endedAt !== null) this.toHandler ??= this.cyclesSince(this.endedAt);
    };
    const symbol = image.symbols.find(({ name }) => handlerName.test(name));
    if (symbol !== undefined) this.machine.chip.cpu.hooks.set(symbol.address, reached);
    const { pins } = this.machine.chip;
    pins.onOutput = (pin, high) => {
      if (pin === handlerPin && high) reached();
    };
    return symbol !== undefined || pins.isOutput(handlerPin);
  }
  private cyclesSince(nanos: number): number {
    return Math.round((this.machine.clock.nanos - nanos) / this.machine.clock.cycleNanos);
  }

  /** From now on the next end of a write counts. */
  expectHandler(): void {
    this.endedAt = null;
    this.toHandler = null;
  }

  /** Does steps on the bus to their end. */
  steps<T>(steps: Steps<T>): T {
    const outcome: { value?: T; problem?: unknown } = {};
    function* all(): Steps {
      try {
        outcome.value = yield* steps;
      } catch (problem) {
        outcome.problem = problem;
      }
    }
    this.pi.begin(all());
    while (!this.machine.runWhile(() => this.pi.busy, silenceNanos, 100)) {
      if (this.machine.clock.nanos - this.lastEdge > silenceNanos) throw new LinkError('the program holds SCL for ever');
    }
    if (outcome.problem !== undefined) throw outcome.problem;
    return outcome.value as T;
  }

  /** The same, and what it cost, with `after` ns for the program to come to rest. */
  cost<T>(steps: Steps<T>, after = 1e6): { value: T } & Cost {
    const { cpu } = this.machine.chip;
    const before = { ...this.sum(), awake: cpu.cycles() };
    this.firstStart = null;
    const value = this.steps(steps);
    const nanos = this.lastStop - (this.firstStart ?? this.lastStop);
    const awake = cpu.cycles();
    this.machine.runFor(after);
    const { entries, cycles } = this.sum();
    return {
      value, nanos, entries: entries - before.entries, cycles: cycles - before.cycles,
      awake: awake - before.awake, afterwards: cpu.cycles() - awake,
    };
  }

  private sum(): { entries: number; cycles: number } {
    const { counts } = this.machine.chip.cpu;
    return this.numbers.reduce(
      (all, number) => ({ entries: all.entries + counts[number].entries, cycles: all.cycles + counts[number].cycles }),
      { entries: 0, cycles: 0 },
    );
  }

  *transfer(...messages: Message[]): Steps<Result> {
    const result = emptyResult();
    yield* this.pi.transfer(messages, result);
    return result;
  }
  write(...bytes: number[]): Message {
    return { address: this.address, write: bytes };
  }
  read(count: number): Message {
    return { address: this.address, read: count };
  }
}
