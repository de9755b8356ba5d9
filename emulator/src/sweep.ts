// Which programs are safe with a Pi 0-4's I2C block, under both published accounts of its fault (bsc.ts): a
// sweep over how late the program answers a read request. node sweep.js [--steps N] [--svg FILE] NAME=IMAGE...
// Models, not measurements: what a real Pi does, only a real Pi can show.
import { writeFileSync } from 'node:fs';
import { type BscAccount, BscSignals, ClockTimeout } from './bus/bsc.js';
import { type Message, Pi, type Result, emptyResult } from './bus/pi.js';
import { ImageError, readImage, type Image } from './chip/image.js';
import { intr, reg } from './i2c/registers.js';
import { Machine } from './machine.js';
import { type Point, type Row, picture } from './sweep_picture.js';

export const accounts: BscAccount[] = ['every-check', 'first-check'];
export const speeds = [100_000, 400_000, 1_000_000];
const usualSteps = 100;
const reach = 2.5; // periods of SCL, the longest delay

/** Tells our own target the bus's speed: HELLO requests with 100, 400 and 1000 kHz (docs/PROTOCOL.md). */
const hello: Record<number, string> = {
  100_000: 'a0e00601785634126400dbbe', 400_000: 'a0e00601785634129001769d', 1_000_000: 'a0e0060178563412e8036499',
};
const ourAddress = 0x41;
const helloAnswer = { start: 0xd0, size: 22 };
/** What a program of another kind is taught, and then asked for. */
const pattern = [0x55, 0xaa, 0x33, 0xcc];

/** CRC-16 0xa2eb under the public key, as docs/PROTOCOL.md has it. */
function crc16(bytes: number[]): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; ++bit) crc = ((crc << 1) ^ ((crc & 0x8000) !== 0 ? 0xa2eb : 0)) & 0xffff;
  }
  return crc;
}

/** Whether a Pi would take this for an answer: both CRCs hold, that of the head and that of the payload. */
export function isAnswer(bytes: number[]): boolean {
  const head = [(ourAddress << 1) | 1, ...bytes.slice(0, 4)];
  const size = bytes[2];
  const payload = bytes.slice(6, 6 + size);
  const sum = (at: number): number => (bytes[at] << 8) | bytes[at + 1];
  return bytes.length >= 8 + size && crc16(head) === sum(4) && crc16([...head, ...payload]) === sum(6 + size);
}

class Subject {
  private machine!: Machine;
  private pi!: Pi;
  private address = 0;
  private interrupt = 0;
  private delay = 0;
  private start = 0;
  private expected: number[] = pattern;

  constructor(
    private readonly image: Image,
    private readonly hertz: number,
    private readonly account: BscAccount,
  ) {
    this.boot();
  }

  private boot(): void {
    const machine = new Machine(this.image, { seed: 1 });
    machine.start();
    this.machine = machine;
    const index = (): number => machine.chip.i2c.findIndex((block, n) => block.on && machine.chip.pins.ofI2c(n) !== null);
    if (!machine.runWhile(() => index() < 0, 1e9, 100_000)) throw new ImageError('the program becomes no I2C target');
    machine.runFor(5e6);
    const block = machine.chip.i2c[index()];
    this.address = block.value(reg.sar);
    this.interrupt = 1 << (23 + index());
    const { exceptions } = machine.chip.cpu;
    const release = machine.clock.createAlarm(() => exceptions.holdBack(0));
    block.onRaise = (bits) => {
      if ((bits & intr.rdReq) === 0 || this.delay === 0) return;
      exceptions.holdBack(this.interrupt);
      release.schedule(this.delay);
      this.delay = 0; // once in a transaction
    };
    const ideal = new Pi(machine.clock, machine.wires, this.hertz);
    const teach = this.address === ourAddress ? [...Buffer.from(hello[this.hertz], 'hex')] : [0, ...pattern];
    this.transfer(ideal, [{ address: this.address, write: teach }]);
    machine.runFor(20e6);
    if (this.address === ourAddress) {
      this.start = helloAnswer.start;
      this.expected = this.ask(ideal, helloAnswer.size)?.read ?? [];
      if (!isAnswer(this.expected)) throw new ImageError('the program does not answer a HELLO');
    }
    this.pi = new Pi(machine.clock, machine.wires, this.hertz, this.account);
  }

  private transfer(pi: Pi, messages: Message[]): Result | null {
    const result = emptyResult();
    pi.begin(pi.transfer(messages, result));
    try {
      if (this.machine.runWhile(() => pi.busy, 50e6, 200)) return result;
    } catch (problem) {
      if (!(problem instanceof ClockTimeout)) throw problem;
    }
    pi.giveUp();
    return null;
  }

  private ask(pi: Pi, size: number): Result | null {
    return this.transfer(pi, [{ address: this.address, write: [this.start] }, { address: this.address, read: size }]);
  }

  read(delay: number, phase: number): Point {
    this.machine.runFor(100e3 + phase);
    const signals = this.pi.signals as BscSignals;
    signals.reset();
    this.delay = delay;
    const result = this.ask(this.pi, this.expected.length);
    const right = result !== null && this.expected.every((byte, i) => result.read[i] === byte);
    const accepted = result !== null && isAnswer(result.read);
    const pulse = signals.shortest;
    this.machine.runFor(50e3);
    if (!right) this.boot(); // bits may have slipped, and the target hang
    return { delay, pulse, right, accepted };
  }
}

export function sweep(program: string, image: Image, hertz: number, account: BscAccount, steps = usualSteps): Row {
  const subject = new Subject(image, hertz, account);
  const points: Point[] = [];
  for (let i = 0; i <= steps; ++i) points.push(subject.read((i / steps) * reach * (1e9 / hertz), i % 8));
  return { program, hertz, account, points };
}

export function table(rows: Row[]): string {
  const head = `${'program'.padEnd(16)}${'kHz'.padStart(6)}  ${'account'.padEnd(14)}${'wrong reads'.padStart(12)}${'shortest pulse'.padStart(16)}${'in time'.padStart(16)}`;
  const lines = rows.map(({ program, hertz, account, points }) => {
    const wrong = points.filter(({ right }) => !right).length;
    const shortest = Math.min(...points.map(({ pulse }) => pulse));
    return `${program.padEnd(16)}${String(hertz / 1000).padStart(6)}  ${account.padEnd(14)}${`${wrong} of ${points.length}`.padStart(12)}` +
      `${`${shortest.toFixed(0)} ns`.padStart(16)}${`${points[0].pulse.toFixed(0)} ns`.padStart(16)}`;
  });
  return [head, ...lines].join('\n');
}

function main(): void {
  const words = process.argv.slice(2);
  const option = (name: string): string | undefined => (words.includes(name) ? words.splice(words.indexOf(name), 2)[1] : undefined);
  const [svg, steps] = [option('--svg'), Number(option('--steps') ?? usualSteps)];
  const rows: Row[] = [];
  for (const word of words) {
    const [name, path] = word.split('=');
    const image = readImage(path ?? '');
    for (const hertz of speeds) for (const account of accounts) rows.push(sweep(name, image, hertz, account, steps));
  }
  process.stdout.write(`${table(rows)}\n`);
  if (svg !== undefined) writeFileSync(svg, picture(rows));
}

if (process.argv[1]?.endsWith('sweep.js') === true) {
  try {
    main();
  } catch (problem) {
    if (!(problem instanceof ImageError)) throw problem;
    process.stderr.write(`sweep: ${problem.message}\n`);
    process.exit(1);
  }
}
