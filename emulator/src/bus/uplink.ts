// A machine as a controller on the virtual bus. What its I2C blocks do on the machine's own wires as
// controllers is told to the bus byte by byte, with SCL held until the answer is there; the targets out
// there acknowledge and send on these wires as if they hung on them. So whoever answers, here or there, is
// wired-AND. A block begins only once the bus is the machine's: until then it sees a busy one. A program
// that moves the pins by hand begins when it likes, and finds SCL held until then.
//
// The machine's clock stands while an answer is on its way, for its time is told by the bus: so a program
// meets no slower targets on a busy PC. It goes on when the answer does not come.
import type { Clock } from '../chip/clock.js';
import { Process, Signals, type Steps, timingOf } from '../i2c/process.js';
import type { Driver, Wire } from '../i2c/wires.js';
import type { Machine } from '../machine.js';
import { type Stepped, step, stepKind } from './socket.js';

type Kind = (typeof stepKind)[keyof typeof stepKind];

/** SDA moves so long after SCL fell, and SCL rises so long after SDA was set: both suit 1 MHz. */
const dataHold = 100;
const setup = 150;
/** Real time after which the machine's clock goes on without an answer. */
const standsFor = 20;
/** With both wires high for so long nobody is within a transaction, though there was no STOP. */
const restNanos = 2e6;
/** Real time after which a bus that says nothing is given up. */
const patience = 10_000;

/** In bits of the bus: what of a step is over when it is asked for, and what the bus counts for it. */
const bits: Record<Kind, { before: number; whole: number }> = {
  [stepKind.seize]: { before: 0, whole: 0 },
  [stepKind.start]: { before: 9, whole: 10 },
  [stepKind.write]: { before: 8, whole: 9 },
  [stepKind.read]: { before: 0, whole: 8 },
  [stepKind.readAck]: { before: 1, whole: 1 },
  [stepKind.stop]: { before: 1, whole: 1 },
};

export class Uplink {
  private readonly clock: Clock;
  private readonly driver: Driver;
  private readonly signals: Signals;
  private readonly process: Process;
  private readonly bitNanos: number;
  private state: 'free' | 'asked' | 'ours' | 'losing' = 'free';
  private tags = 0;
  private seized = 0; // the tag with which the bus was asked for
  private waitsFor = 0; // the tag of the answer for which SCL is held
  private askedAt = 0; // real time
  private reached = 0; // by the bus, in the machine's time

  private phase: 'idle' | 'address' | 'write' | 'read' = 'idle';
  private begun = false; // the bus was told of a START
  private open = false; // from START to STOP
  private movedAt = 0;
  private count = 0; // SCL pulses of this byte; the ninth is the acknowledge's
  private shift = 0;
  private acked = false;
  private reads = false; // of the address: its direction
  private byte = 0xff; // that the bus sends
  private toAsk: Kind | null = null; // once everybody else has let go of SCL
  private comingSda = true;
  private readonly moveSda;
  private readonly letGo;

  /** When a block first wanted to begin, in the machine's time. */
  firstAt = Infinity;

  constructor(
    private readonly machine: Machine,
    private readonly send: (bytes: Buffer) => void,
    hertz: number,
    /** Whether others do something on these wires, and what is to be done when the bus is ours: that is over then. */
    private readonly others: { active: () => boolean; end: () => void },
  ) {
    const { clock, wires } = machine;
    this.clock = clock;
    this.bitNanos = 1e9 / hertz;
    this.driver = wires.driver('the virtual bus');
    this.signals = new Signals(clock, wires, this.driver, () => timingOf(hertz));
    this.process = new Process(clock, wires);
    this.moveSda = clock.createAlarm(() => this.driver.set('sda', this.comingSda));
    this.letGo = clock.createAlarm(() => this.driver.set('scl', true));
    wires.listen((wire, high) => this.edge(wire, high));
    wires.watch(() => this.look());
  }

  /** Hooks on a new chip: whatever the one before it had begun has ended with it. */
  watch(): void {
    if (this.state === 'ours') this.giveBack();
    for (const block of this.machine.chip.i2c) block.mayBegin = () => this.mayBegin();
  }

  /** Whether a controller of the machine has the bus. */
  get busy(): boolean {
    return this.state === 'ours';
  }

  private mayBegin(): boolean {
    if (this.state === 'free') {
      this.firstAt = Math.min(this.firstAt, this.clock.nanos);
      this.state = 'asked';
      this.seized = this.tell(stepKind.seize, 0, 0);
      this.askedAt = performance.now();
    }
    return this.state === 'ours';
  }

  /** Whether the machine may run now. To be called again and again; throws if the bus is silent. */
  turn(): boolean {
    const waits = performance.now() - this.askedAt;
    const asks = this.waitsFor !== 0 || this.state === 'asked';
    if (asks && waits > patience) throw new BusSilent(`the bus has not answered for ${patience / 1000} s`);
    if (this.state === 'ours' && this.waitsFor === 0 && !this.wanted) this.giveBack();
    if (this.state === 'losing' && !this.process.running && this.isAtRest) this.state = 'free';
    if (this.waitsFor !== 0 && waits > standsFor) this.clock.standing = false;
    return !this.clock.standing;
  }

  private get wanted(): boolean {
    return (this.open && !this.isAtRest) || this.machine.chip.i2c.some((block) => block.controller.active);
  }
  private get isAtRest(): boolean {
    const { scl, sda } = this.machine.wires;
    return scl && sda && this.clock.nanos - this.movedAt > restNanos;
  }
  /** Whether a program moves the wires by hand, and waits for the bus. */
  get late(): boolean {
    return this.state === 'asked' && this.open;
  }

  // --- what the bus says ---

  stepped(answer: Stepped): void {
    if (answer.tag === this.seized && this.state === 'asked') this.begin(answer);
    else if (this.state !== 'ours' || answer.tag <= this.seized) return; // to what has ended meanwhile
    else if (answer.errno !== 0) this.lose(answer.stretch);
    else if (answer.tag === this.waitsFor) this.goOn(answer);
  }

  private begin(answer: Stepped): void {
    this.state = 'ours';
    this.begun = false;
    this.others.end();
    if (answer.errno !== 0) this.lose(0);
    else if (this.open) this.letIn();
    else if (!this.wanted) this.giveBack();
    else for (const block of this.machine.chip.i2c) block.controller.look();
  }

  private letIn(): void {
    this.waitsFor = 0;
    this.clock.standing = false;
    this.letGo.schedule(setup);
  }

  private goOn(answer: Stepped): void {
    this.waitsFor = 0;
    this.clock.standing = false;
    this.reached += answer.stretch;
    if (this.phase === 'read') {
      this.byte = answer.value;
      this.setSda(this.bit(0));
    } else if (answer.value !== 0) {
      this.setSda(false);
    }
    this.letGo.schedule(Math.max(setup, answer.stretch));
  }

  /** The bus is another's, or cannot be used: to the blocks that is lost arbitration. */
  private lose(stretch: number): void {
    this.forget();
    this.state = 'losing';
    const blocks = this.machine.chip.i2c.filter((block) => block.controller.transacts);
    if (blocks.length === 0) return this.driver.release(); // by hand: nobody acknowledges any more
    this.driver.set('scl', false);
    for (const block of blocks) block.controller.loseBus();
    this.process.run(this.ending(stretch));
  }

  /** What the winner does: its last bits, in which the targets here let go, and STOP. */
  private *ending(stretch: number): Steps {
    yield stretch;
    for (let pulses = 0; pulses < 9; ++pulses) {
      if (yield* this.signals.bit(true)) break;
    }
    yield* this.signals.stop();
    this.state = 'free';
    for (const block of this.machine.chip.i2c) block.controller.look();
  }

  /** Others have the bus: whatever we had begun is over, here too. */
  giveWay(): void {
    if (this.state === 'ours') this.lose(0);
    this.machine.runWhile(() => this.process.running, 100e6);
  }

  private giveBack(): void {
    this.forget();
    this.driver.release();
    this.state = 'free';
    this.tell(stepKind.stop, 0, 0);
  }

  private forget(): void {
    this.waitsFor = 0;
    this.toAsk = null;
    this.phase = 'idle';
    this.open = false;
    this.clock.standing = false;
    this.moveSda.cancel();
    this.letGo.cancel();
  }

  // --- what the bus is told ---

  private tell(kind: Kind, value: number, wires: number): number {
    const { before, whole } = bits[kind];
    const now = this.clock.nanos;
    if (!this.begun) this.reached = now - before * this.bitNanos;
    const pause = Math.max(0, now - this.reached - before * this.bitNanos);
    this.reached += pause + whole * this.bitNanos;
    this.send(step(++this.tags, kind, value, wires, pause));
    return this.tags;
  }

  /** SCL is held until the answer. */
  private ask(kind: Kind, value: number, wires: number): void {
    this.waitsFor = this.tell(kind, value, wires);
    this.askedAt = performance.now();
    this.clock.stand();
  }

  /** An acknowledge is asked for when only we hold SCL: then the targets here have given theirs. */
  private look(): void {
    const kind = this.toAsk;
    if (kind === null || this.machine.wires.heldByOthers('scl', this.driver)) return;
    this.toAsk = null;
    this.ask(kind, this.shift, this.machine.wires.sda ? 0 : 1);
    this.begun = true;
  }

  // --- what happens on the machine's wires ---

  private edge(wire: Wire, high: boolean): void {
    this.movedAt = this.clock.nanos;
    if (this.state === 'losing') {
      if (wire === 'sda' && high && this.machine.wires.scl && !this.process.running) this.state = 'free';
      return;
    }
    if (this.state !== 'ours' && this.others.active()) return;
    if (wire === 'scl') {
      if (high) this.sclRise();
      else this.sclFall();
    } else if (this.machine.wires.scl) {
      if (high) this.stop();
      else this.start();
    }
  }

  private start(): void {
    this.mayBegin(); // asks, if somebody began who does not ask first
    this.open = true;
    this.phase = 'address';
    this.count = this.shift = 0;
  }

  private stop(): void {
    if (this.state === 'ours') {
      this.tell(stepKind.stop, 0, 0);
      this.state = 'free';
    }
    this.forget();
  }

  private sclRise(): void {
    const high = this.machine.wires.sda;
    if (this.count < 8) this.shift = (this.shift << 1) | (high ? 1 : 0);
    else this.acked = !high;
    ++this.count;
  }

  private sclFall(): void {
    if (this.phase === 'idle') return;
    if (this.late) this.waitLate();
    else if (this.count === 8) this.eighthIsOver();
    else if (this.count === 9) this.nextByte();
    else if (this.phase === 'read' && this.count > 0) this.sendBit(this.bit(this.count));
  }

  /** Behind the START of a program that did not ask for the bus. */
  private waitLate(): void {
    if (this.waitsFor !== 0) return;
    this.driver.set('scl', false);
    this.waitsFor = this.seized;
    this.askedAt = performance.now();
    this.clock.stand();
  }

  private eighthIsOver(): void {
    if (this.phase === 'read') return this.sendBit(true);
    if (this.phase === 'address') this.reads = (this.shift & 1) !== 0;
    this.toAsk = this.phase === 'address' ? stepKind.start : stepKind.write;
    this.driver.set('scl', false);
  }

  private nextByte(): void {
    const seen = this.shift;
    const { acked, phase } = this;
    this.count = this.shift = 0;
    if (phase !== 'read') this.sendBit(true);
    if (phase === 'read') this.tell(stepKind.readAck, acked ? 1 : 0, seen);
    if (!acked) this.phase = 'idle';
    else if (phase === 'address') this.phase = this.reads ? 'read' : 'write';
    if (this.phase !== 'read') return;
    this.driver.set('scl', false);
    this.ask(stepKind.read, 0, 0);
  }

  // --- what the targets out there do ---

  private bit(number: number): boolean {
    return ((this.byte >> (7 - number)) & 1) !== 0;
  }
  private setSda(high: boolean): void {
    this.moveSda.cancel();
    this.driver.set('sda', high);
  }
  private sendBit(high: boolean): void {
    this.comingSda = high;
    this.moveSda.schedule(dataHold);
  }
}

export class BusSilent extends Error {}
