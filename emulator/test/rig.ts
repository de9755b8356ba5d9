// A machine whose program the tests play, on a virtual bus that they play as well.
import { Joiner } from '../src/bus/joiner.js';
import { stepKind } from '../src/bus/socket.js';
import type { I2cBlock } from '../src/i2c/block.js';
import { con, reg } from '../src/i2c/registers.js';
import { Machine } from '../src/machine.js';
import { targetCon } from './bench.js';
import { programs } from './images.js';
import { assemble } from './programs.js';

export const far = 0x50; // a target on the virtual bus, if it is there
export const near = 0x17; // and one on the machine's own wires
export const arbitrationLost = 11;
const image = assemble(programs.spins);

interface Asked {
  tag: number;
  kind: number;
  value: number;
  wires: number;
  pause: number;
}

/** Answers as a bus with one target would; a test may answer otherwise. */
export class Rig {
  readonly machine = new Machine(image, { seed: 1 });
  readonly asked: Asked[] = [];
  readonly events: number[][] = [];
  private readonly waiting: Asked[] = [];
  private readonly joiner: Joiner;
  private sequence = 0;
  private nanos = 0;
  addresses = [far];
  toRead: number[] = [];
  stretch = 0;
  /** Errno of the answer to a step; null: it is not answered. */
  fate: (step: Asked) => number | null = () => 0;

  constructor() {
    this.joiner = new Joiner(this.machine, { send: (bytes) => this.heard(bytes) }, 400_000, () => undefined);
    this.machine.start();
    this.machine.runFor(1e6);
    for (const block of this.machine.chip.i2c) block.connected = () => true;
    this.controller(0);
  }

  block(n: number): I2cBlock {
    return this.machine.chip.i2c[n];
  }
  set(n: number, registers: [number, number][]): void {
    for (const [offset, value] of registers) this.block(n).writeUint32(offset, value);
  }
  controller(n: number): void {
    this.set(n, [
      [reg.enable, 0], [reg.con, con.controllerMode | (2 << 1) | con.restartEnabled | con.targetDisabled], [reg.tar, far],
      [reg.fsHcnt, 112], [reg.fsLcnt, 187], [reg.fsSpklen, 6], [reg.sdaHold, 38], [reg.enable, 1],
    ]);
  }
  target(n: number): void {
    this.set(n, [[reg.enable, 0], [reg.con, targetCon], [reg.sar, near], [reg.ackGeneralCall, 0], [reg.fsSpklen, 6], [reg.enable, 1]]);
  }
  address(n: number, tar: number): void {
    this.set(n, [[reg.enable, 0], [reg.tar, tar], [reg.enable, 1]]);
  }
  command(n: number, ...entries: number[]): this {
    for (const entry of entries) this.block(n).writeUint32(reg.dataCmd, entry);
    return this;
  }
  received(n: number): number[] {
    const bytes = [];
    while (this.block(n).readUint32(reg.rxflr) > 0) bytes.push(this.block(n).readUint32(reg.dataCmd) & 0xff);
    return bytes;
  }
  aborts(n: number): number {
    return this.block(n).readUint32(reg.txAbrtSource) & 0x1ffff;
  }
  get kinds(): number[] {
    return this.asked.map(({ kind }) => kind);
  }
  get atRest(): boolean {
    return this.machine.wires.scl && this.machine.wires.sda;
  }

  private heard(bytes: Buffer): void {
    if (bytes[4] === 0x04) this.events.push([bytes[9], bytes.readUInt32LE(10)]);
    if (bytes[4] !== 0x09) return;
    const step = { tag: bytes.readUInt32LE(5), kind: bytes[9], value: bytes[10], wires: bytes[11], pause: bytes.readUInt32LE(12) };
    this.asked.push(step);
    this.waiting.push(step);
  }
  private valueFor(step: Asked): number {
    if (step.kind === stepKind.read) return this.toRead.shift() ?? 0xff;
    return this.addresses.includes(step.value >> 1) || step.kind === stepKind.write ? 1 : 0;
  }
  /** What others do on the bus, to targets of ours. */
  event(kind: number, value = 0): number[] | undefined {
    this.joiner.event({ sequence: ++this.sequence, kind, value, nanos: (this.nanos += 25_000) });
    return this.events.at(-1);
  }
  /** An answer that run() did not give. */
  answer(tag: number, value = 0): void {
    this.joiner.stepped({ tag, errno: 0, value, stretch: 0, nanos: (this.nanos += 25_000) });
  }
  turn(): boolean {
    return this.joiner.follow(1000);
  }

  /** Runs for so long, and answers what is asked. */
  run(micros: number): this {
    const end = this.machine.clock.nanos + micros * 1e3;
    for (let turns = 0; this.machine.clock.nanos < end && turns < 20_000; ++turns) {
      for (let step = this.waiting.shift(); step !== undefined; step = this.waiting.shift()) {
        const fate = this.fate(step);
        if (fate === null) continue;
        this.nanos += 22_500;
        this.joiner.stepped({ tag: step.tag, errno: fate, value: this.valueFor(step), stretch: this.stretch, nanos: this.nanos });
      }
      if (this.machine.clock.standing && this.waiting.length === 0) break; // for an answer that does not come
      this.machine.runFor(Math.min(1000, end - this.machine.clock.nanos));
    }
    return this;
  }
}
