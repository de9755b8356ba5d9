// What a target's interrupt costs, counted in the emulator: node measure.js IMAGE
// Cycles are relative figures: they repeat exactly, and say nothing of a real chip's cache and buses.
import { type Message, Pi, type Result, emptyResult } from './bus/pi.js';
import { type Image, ImageError, nameOf, readImage } from './chip/image.js';
import { Stop } from './cpu/stop.js';
import { intr, reg } from './i2c/registers.js';
import { Machine } from './machine.js';

const speeds = [100_000, 400_000, 1_000_000];
const foreign = 0x20;
const interrupt = 16 + 23; // I2C0; I2C1 is one more

export interface Figures {
  hertz: number;
  requestToData: number; // cycles from RD_REQ to the first write to DATA_CMD, the longest seen
  perByteReceived: number; // cycles of interrupt handling
  perByteSent: number;
  interruptsPerForeign: number;
  cyclesPerForeign: number;
  longestHold: number; // ns of SCL held beyond its low time
  sixteenBytes: number; // ns of a transaction that reads 16 bytes
  frameToAnswer: number | null; // cycles from the end of a request to its answer's publication
}

class Meter {
  readonly machine: Machine;
  private readonly pi: Pi;
  private readonly address: number;
  private readonly number: number;
  longestRequest = 0;
  private published = 0;
  private ended = 0;

  constructor(image: Image, hertz: number) {
    this.machine = new Machine(image, { seed: 1 });
    this.machine.start();
    this.pi = new Pi(this.machine.clock, this.machine.wires, hertz);
    const target = (): number => this.machine.chip.i2c.findIndex((block, n) => block.on && this.machine.chip.pins.ofI2c(n) !== null);
    if (!this.machine.runWhile(() => target() < 0, 1e9, 100_000)) throw new ImageError('the program becomes no I2C target');
    this.machine.runFor(20e6);
    const block = this.machine.chip.i2c[target()];
    this.address = block.value(reg.sar);
    this.number = interrupt + target();
    const { cpu } = this.machine.chip;
    let requested: number | null = null;
    block.onRaise = (bits) => {
      if ((bits & intr.rdReq) !== 0) requested = cpu.cycles();
      if ((bits & (intr.restartDet | intr.stopDet)) !== 0) this.ended = cpu.cycles();
    };
    block.onTxWrite = () => {
      if (requested !== null) this.longestRequest = Math.max(this.longestRequest, cpu.cycles() - requested);
      requested = null;
    };
    const publish = image.symbols.find(({ name }) => /RegisterFace7publish/.test(name));
    if (publish !== undefined) cpu.hooks.set(publish.address, () => (this.published = cpu.cycles() - this.ended));
  }

  /** A transfer at our address, and the interrupts that it cost. */
  transfer(...messages: Message[]): { result: Result; nanos: number; entries: number; cycles: number } {
    const count = this.machine.chip.cpu.counts[this.number];
    const before = { ...count };
    const result = emptyResult();
    const started = this.machine.clock.nanos;
    this.pi.begin(this.pi.transfer(messages, result));
    if (!this.machine.runWhile(() => this.pi.busy, 100e6, 100)) throw new Error('the transfer hangs');
    const nanos = this.machine.clock.nanos - started;
    this.machine.runFor(1e6);
    return { result, nanos, entries: count.entries - before.entries, cycles: count.cycles - before.cycles };
  }
  write(...bytes: number[]): Message {
    return { address: this.address, write: bytes };
  }
  read(count: number): Message {
    return { address: this.address, read: count };
  }
  takePublished(): number | null {
    const cycles = this.published;
    this.published = 0;
    return cycles === 0 ? null : cycles;
  }
}

export function measure(image: Image, hertz: number): Figures {
  const meter = new Meter(image, hertz);
  const short = meter.transfer(meter.write(0x00, 0)); // a register and one byte
  const long = meter.transfer(meter.write(0x00, ...new Array<number>(32).fill(0)));
  const few = meter.transfer(meter.write(0x80), meter.read(1));
  const many = meter.transfer(meter.write(0x80), meter.read(16));
  const other = meter.transfer({ address: foreign, write: [1, 2, 3] });
  // A HELLO with a wrong CRC does not reach a handler; a wrong frame is answered all the same.
  meter.takePublished();
  meter.transfer(meter.write(0xa0, 0xe0, 6, 1, 1, 2, 3, 4, 0, 0, 0, 0), meter.read(6));
  return {
    hertz,
    requestToData: meter.longestRequest,
    perByteReceived: (long.cycles - short.cycles) / 31,
    perByteSent: (many.cycles - few.cycles) / 15,
    interruptsPerForeign: other.entries,
    cyclesPerForeign: other.cycles,
    longestHold: Math.max(...many.result.stretches),
    sixteenBytes: meter.transfer(meter.read(16)).nanos,
    frameToAnswer: meter.takePublished(),
  };
}

export function table(all: Figures[]): string {
  const rows: [string, (f: Figures) => string][] = [
    ['cycles from RD_REQ to the first DATA_CMD', (f) => String(f.requestToData)],
    ['interrupt cycles per byte received', (f) => f.perByteReceived.toFixed(1)],
    ['interrupt cycles per byte sent', (f) => f.perByteSent.toFixed(1)],
    ['interrupts per foreign transaction', (f) => String(f.interruptsPerForeign)],
    ['interrupt cycles per foreign transaction', (f) => String(f.cyclesPerForeign)],
    ['longest hold of SCL beyond tLOW, ns', (f) => f.longestHold.toFixed(0)],
    ['a read of 16 bytes, us', (f) => (f.sixteenBytes / 1000).toFixed(1)],
    ['cycles from a frame to its answer', (f) => (f.frameToAnswer === null ? '-' : String(f.frameToAnswer))],
  ];
  const line = (name: string, cells: string[]): string => name.padEnd(44) + cells.map((cell) => cell.padStart(9)).join('');
  return [line('emulated, 125 MHz', all.map(({ hertz }) => `${hertz / 1000} kHz`)),
    ...rows.map(([name, cell]) => line(name, all.map(cell)))].join('\n');
}

if (process.argv[1]?.endsWith('measure.js') === true) {
  try {
    const image = readImage(process.argv[2] ?? '');
    process.stdout.write(`${table(speeds.map((hertz) => measure(image, hertz)))}\n`);
  } catch (problem) {
    if (!(problem instanceof ImageError) && !(problem instanceof Stop)) throw problem;
    process.stderr.write(`measure: ${problem.message}${problem instanceof Stop ? ` at ${nameOf([], problem.pc)}` : ''}\n`);
    process.exit(1);
  }
}
