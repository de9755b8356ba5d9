// A machine on the virtual bus. As a target: the bus tells of bytes; here they become bits on the
// machine's own wires, and what its I2C blocks make of them goes back as ACKs, bytes and stretch. As a
// controller it is uplink.ts that speaks.
import { ArbitrationLost, type Steps, timingOfPi } from '../i2c/process.js';
import { con, reg } from '../i2c/registers.js';
import type { Machine } from '../machine.js';
import { Pi } from './pi.js';
import { type BusEvent, type BusSocket, type Stepped, answer, attach, eventKind, note } from './socket.js';
import { Uplink } from './uplink.js';

/** Longer than any controller waits: the Pi gives up after 35 ms. */
const hangNanos = 40e6;
const hanging = 0xffffffff;
/** Of real time without a word from the bus within a transaction: a busy machine may not run its server for a while. */
const brokenOff = 20e9;
/** How far the machine's time may fall behind the bus's between transactions. */
const mostLag = 5e6;
/** The same where somebody waits for a program to let go of the wires: picoctl's does 27 ms after they went still. */
const mostLagOfHeldWires = 30e6;
/** Reserved by UM10204: stands for the address of somebody else after a repeated START. */
const somebodyElse = 0xfc;
const ledOfThePico = 25;

export class Joiner {
  private readonly pi: Pi;
  private readonly uplink: Uplink;
  private readonly attached = new Set<number>();
  private tags = 0;
  private base = 0; // machine's time minus the bus's
  private busNanos = 0; // of the latest event,
  private busSeen = performance.now(); // and when it came
  private open = false; // within a transaction that we have a part in
  private restarted = false;
  private partial: number | null = null; // a byte of which not all bits come
  private cutOff = false; // by a controller that is gone: SCL is high
  private carried = 0; // stretch that the next byte's answer tells of

  constructor(
    private readonly machine: Machine,
    private readonly socket: Pick<BusSocket, 'send'>,
    hertz: number,
    private readonly onAttach: () => void,
  ) {
    this.pi = new Pi(machine.clock, machine.wires, hertz);
    // What the target holds beyond this low half the bus's controller may take ill: see --controller.
    const timing = timingOfPi(hertz);
    this.pi.signals.timing = () => timing;
    this.uplink = new Uplink(machine, (bytes) => socket.send(bytes), hertz, {
      active: () => this.open || this.restarted || this.pi.busy,
      end: () => this.breakOff(),
    });
    machine.onBoot = () => this.watch();
  }

  /** How long ago, in ns of its own time, the program first began as a controller; negative if it did not. */
  get commandsFor(): number {
    return this.machine.clock.nanos - this.uplink.firstAt;
  }
  /** Whether a block that pins lead out is set up as a controller, and none as a target. */
  get isController(): boolean {
    const { chip } = this.machine;
    const led = chip.i2c.filter((block, n) => block.on && chip.pins.hasI2c(n));
    return led.some((block) => block.has(con.controllerMode)) && led.every((block) => block.has(con.targetDisabled));
  }

  /** Whether the program has become a target. */
  get isTarget(): boolean {
    return this.attached.size > 0;
  }
  /** The first address of its own: by that the board's lights are shown. */
  private get ownAddress(): number {
    return [...this.attached].find((address) => address !== 0) ?? 0;
  }

  /** As others know it: "0x41". */
  get name(): string {
    return `0x${this.ownAddress.toString(16).padStart(2, '0')}`;
  }

  private watch(): void {
    const { chip } = this.machine;
    this.uplink.watch();
    for (const block of chip.i2c) block.onEnable = () => this.attachAll();
    chip.pins.onOutput = (pin, high) => {
      const name = pin === ledOfThePico ? 'LED' : `GP${pin}`;
      this.socket.send(note(this.ownAddress, `${name}=${high ? 1 : 0}`));
    };
  }

  /** Attaches to the addresses at which the program answers now; looked at again while it runs. */
  attachAll(): void {
    const { chip } = this.machine;
    const wanted = chip.i2c.flatMap((block, n) => {
      if (!block.on || block.has(con.targetDisabled) || block.has(con.tenBitTarget) || chip.pins.ofI2c(n) === null) return [];
      const general = block.value(reg.ackGeneralCall) !== 0 ? [0] : [];
      return [block.value(reg.sar) & 0x7f, ...general];
    });
    const news = wanted.filter((address) => !this.attached.has(address));
    if (news.length === 0) return;
    for (const address of news) this.attached.add(address);
    this.socket.send(attach(++this.tags, news));
    this.onAttach();
  }

  /** Lets the machine's time follow the bus's while nothing happens there; whether it keeps up. */
  follow(sliceNanos: number): boolean {
    const passed = (performance.now() - this.busSeen) * 1e6;
    if (this.open) {
      if (passed < brokenOff) return true;
      this.breakOff();
    }
    if (!this.uplink.turn()) return true;
    const now = this.machine.clock.nanos;
    const goal = this.base + this.busNanos + passed;
    if (goal - now > mostLag) this.base -= goal - now - mostLag;
    if (goal <= now) return true;
    this.machine.runUntil(Math.min(goal, now + sliceNanos));
    if (!this.isTarget) this.attachAll();
    return this.machine.clock.nanos >= goal;
  }

  /** A transaction of others ended without a STOP. */
  private breakOff(): void {
    if (this.open) this.pi.giveUp();
    this.open = false;
  }

  /** An answer to our controllers. */
  stepped(answer: Stepped): void {
    this.busNanos = answer.nanos;
    this.busSeen = performance.now();
    this.base = Math.max(this.base, this.machine.clock.nanos - answer.nanos);
    this.uplink.stepped(answer);
  }

  event(event: BusEvent): void {
    this.busNanos = event.nanos;
    this.busSeen = performance.now();
    if (this.uplink.late && event.kind < eventKind.reset) return this.deaf(event);
    switch (event.kind) {
      case eventKind.start: return this.start(event);
      case eventKind.write: return this.write(event);
      case eventKind.read: return this.read(event);
      case eventKind.readAck: return this.acknowledge(event.value !== 0);
      case eventKind.restart: return this.restart();
      case eventKind.stop: return this.stop();
      case eventKind.arbLost:
        for (const block of this.machine.chip.i2c) block.target.loseArbitration();
        return;
      case eventKind.partial:
        this.partial = event.value;
        return;
      case eventKind.abandoned: return this.abandoned(event);
      case eventKind.clock: return this.clock(event);
      case eventKind.look: return this.look(event);
      case eventKind.reset: return this.reset(event.value !== 0);
      case eventKind.flashPower: return this.machine.chip.flashChip.losePower(event.value);
      default: return;
    }
  }

  // --- what happens on the bus ---

  /** Runs the machine while the Pi does its part; false if SCL was held for ever. */
  private perform(steps: Steps): boolean {
    this.pi.begin(this.givingIn(steps));
    if (this.machine.runWhile(() => this.pi.busy, hangNanos, 2000)) return true;
    this.pi.giveUp();
    return false;
  }

  /** Where the target pulls SDA low against a 1, the Pi lets go, and nothing of that byte was acknowledged. */
  private *givingIn(steps: Steps): Steps {
    try {
      yield* steps;
    } catch (problem) {
      if (!(problem instanceof ArbitrationLost)) throw problem;
      this.pi.driver.release();
      this.cutOff = true;
    }
  }

  private reply(event: BusEvent, value: number, stretch: number): void {
    if (stretch === hanging) this.open = false; // no STOP follows
    this.socket.send(answer(event.sequence, value, stretch));
  }

  /** A program moves our own wires by hand, and waits for the bus: no target of ours hears anything. */
  private deaf(event: BusEvent): void {
    const { restart, readAck, stop, arbLost, partial } = eventKind;
    const untold: number[] = [restart, readAck, stop, arbLost, partial];
    if (!untold.includes(event.kind)) this.reply(event, 0, 0);
  }

  private start(event: BusEvent): void {
    this.cutOff = false;
    this.uplink.giveWay();
    if (!this.restarted) this.catchUp(event.nanos);
    this.open = true;
    let acked = false;
    let stretch = 0;
    const { signals } = this.pi;
    const again = this.restarted;
    this.restarted = false;
    const pi = this.pi;
    const done = this.perform(
      (function* () {
        if (!again) yield* signals.start();
        acked = yield* signals.send(event.value);
        stretch = yield* pi.settle();
      })(),
    );
    this.carried = 0;
    this.reply(event, done && !acked ? 0 : 1, done ? stretch : hanging);
  }

  private catchUp(nanos: number, most = mostLag): void {
    const now = this.machine.clock.nanos;
    const wanted = this.base + nanos;
    if (wanted < now) this.base += now - wanted;
    else if (wanted - now > most) this.base -= wanted - now - most;
    this.machine.runUntil(this.base + nanos);
  }

  private write(event: BusEvent): void {
    let acked = false;
    let stretch = 0;
    const pi = this.pi;
    const done = this.perform(
      (function* () {
        acked = yield* pi.signals.send(event.value);
        stretch = yield* pi.settle();
      })(),
    );
    this.reply(event, done && !acked ? 0 : 1, done ? stretch : hanging);
  }

  private read(event: BusEvent): void {
    if (this.carried === hanging) return this.reply(event, 0xff, hanging);
    let byte = 0xff;
    const pi = this.pi;
    const done = this.perform(
      (function* () {
        byte = yield* pi.signals.receive();
      })(),
    );
    const stretch = this.carried;
    this.carried = 0;
    this.reply(event, byte, done ? stretch : hanging);
  }

  private acknowledge(acked: boolean): void {
    let stretch = 0;
    const pi = this.pi;
    const done = this.perform(
      (function* () {
        yield* pi.signals.bit(!acked);
        stretch = yield* pi.settle();
      })(),
    );
    this.carried = done ? stretch : hanging;
  }

  // --- what only faults do ---

  /** The controller is gone: after some bits of the byte at hand nobody but the target is at the wires. */
  private abandoned(event: BusEvent): void {
    const { signals, driver } = this.pi;
    const byte = this.partial;
    const begins = !this.open && !this.restarted;
    if (begins) this.catchUp(event.nanos);
    this.partial = null;
    this.open = this.restarted = false;
    this.perform(
      (function* () {
        if (begins) yield* signals.start();
        for (let i = 7; i > 7 - event.value; --i) yield* signals.bit(byte === null || ((byte >> i) & 1) !== 0);
        const { dataHold, low, high } = signals.timing();
        yield dataHold;
        driver.set('sda', true);
        yield low;
        driver.set('scl', true);
        yield high;
      })(),
    );
    this.cutOff = true;
    this.answerLevel(event);
  }

  private answerLevel(event: BusEvent): void {
    this.reply(event, this.machine.wires.sda ? 0 : 1, 0);
  }

  /** A pulse of SCL by whoever wants the bus free. */
  private clock(event: BusEvent): void {
    this.perform(this.pulse());
    this.answerLevel(event);
  }
  private *pulse(): Steps {
    const { signals, driver } = this.pi;
    driver.set('scl', false);
    yield signals.timing().low;
    driver.set('scl', true);
    yield () => this.machine.wires.scl;
    yield signals.timing().high;
  }

  private look(event: BusEvent): void {
    if (this.uplink.busy) return this.reply(event, 0, 0); // what moves SDA then is no target that hangs
    this.catchUp(event.nanos, mostLagOfHeldWires);
    this.answerLevel(event);
  }

  private reset(power: boolean): void {
    this.pi.giveUp();
    this.open = this.restarted = this.cutOff = false;
    if (power) this.machine.powerCycle();
    else this.machine.runPin();
  }

  private restart(): void {
    this.restarted = true;
    this.perform(this.pi.signals.repeatedStart());
  }

  private stop(): void {
    const { signals } = this.pi;
    const elsewhere = this.restarted;
    const { cutOff, pi } = this;
    this.restarted = false;
    this.open = this.cutOff = false;
    this.perform(
      (function* () {
        if (cutOff) {
          pi.driver.set('scl', false);
          yield signals.timing().low;
        }
        if (elsewhere) yield* signals.send(somebodyElse);
        yield* signals.stop();
      })(),
    );
  }
}
