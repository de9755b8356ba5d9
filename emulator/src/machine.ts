// A Pico on its own wires: a program in flash, a chip that runs it, and its life over resets.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Chip, flashBytes } from './chip/chip.js';
import { Clock } from './chip/clock.js';
import { type Image, type Symbol, nameOf } from './chip/image.js';
import { type Kept, poweredOn } from './chip/parts.js';
import type { Tracing } from './cpu/tracer.js';
import { Stop } from './cpu/stop.js';
import { Wires } from './i2c/wires.js';

const romPath = fileURLToPath(new URL('../bootrom.bin', import.meta.url));
const registerNames = ['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9', 'r10', 'r11', 'r12', 'sp', 'lr', 'pc'];
const randomStep = 0x9e3779b9; // so that no two boots see the same random bits

export interface MachineOptions {
  /** Of all that is random on a chip; the same seed gives the same run. */
  seed?: number;
  /** Of the flash chip; shows as the Pico's unique id. */
  uniqueId?: Uint8Array;
  /** Resets in a row, without 100 ms of life between them, after which a run ends. */
  maxQuickResets?: number;
  tracing?: Tracing;
}

export class Machine {
  readonly clock = new Clock();
  readonly wires = new Wires();
  chip: Chip;
  resets = 0;
  symbols: Symbol[];
  /** Called for each new chip before its first instruction: for hooks on it. */
  onBoot: (chip: Chip) => void = () => undefined;

  private readonly rom: Uint8Array;
  private readonly uniqueId: Uint8Array;
  private seed: number;
  private kept: Kept = poweredOn();
  private bootedAt = 0;
  private quickResets = 0;
  private readonly maxQuickResets: number;
  private readonly tracing: Tracing | undefined;

  constructor(image: Image, options: MachineOptions = {}) {
    this.rom = readFileSync(romPath);
    this.symbols = image.symbols;
    this.seed = options.seed ?? 1;
    this.uniqueId = options.uniqueId ?? Uint8Array.of(0xe6, 0x61, 0x38, 0x52, 0x83, 0x4b, 0x2f, 0x31);
    this.maxQuickResets = options.maxQuickResets ?? 20;
    this.tracing = options.tracing;
    const flash = new Uint8Array(flashBytes).fill(0xff);
    for (const { offset, bytes } of image.pieces) flash.set(bytes, offset);
    this.chip = this.makeChip(flash, new Uint8Array(0));
  }

  /** The first boot; later ones come by themselves. */
  start(): void {
    this.onBoot(this.chip);
  }

  /** What is random from now on is that of this seed. */
  reseed(seed: number): void {
    this.seed = seed >>> 0;
    this.chip.rosc.reseed(this.seed);
  }

  private makeChip(flash: Uint8Array, ram: Uint8Array): Chip {
    this.bootedAt = this.clock.nanos;
    this.seed = (this.seed + randomStep) >>> 0;
    return new Chip({
      rom: this.rom, flash, ram, wires: this.wires, clock: this.clock, kept: this.kept,
      uniqueId: this.uniqueId, seed: this.seed, tracing: this.tracing,
    });
  }

  powerCycle(): void {
    this.kept = poweredOn();
    this.replaceChip(new Uint8Array(0));
  }

  /** Its RUN pin is pulled: the memory stays as it was. */
  runPin(): void {
    this.kept = poweredOn();
    this.replaceChip(this.chip.ram);
  }

  private replaceChip(ram: Uint8Array): void {
    const old = this.chip;
    old.end();
    this.chip = this.makeChip(old.flash, ram);
    this.onBoot(this.chip);
  }

  private reset(stop: Stop): void {
    ++this.resets;
    this.quickResets = this.clock.nanos - this.bootedAt < 100e6 ? this.quickResets + 1 : 0;
    if (this.quickResets > this.maxQuickResets) {
      throw new Stop('limit', `${this.quickResets} resets in a row (the last: ${stop.message})`, stop.pc, stop.registers);
    }
    this.replaceChip(this.chip.ram);
  }

  /**
   * Runs until the machine's time is `nanos`, or its clock stands. Throws a Stop if the program comes to an end that is no
   * reset.
   */
  runUntil(nanos: number): void {
    while (this.clock.nanos < nanos && !this.clock.standing) {
      try {
        this.chip.runUntil(nanos);
      } catch (problem) {
        if (!(problem instanceof Stop)) throw problem;
        if (problem.kind === 'power') {
          this.powerCycle();
          continue;
        }
        const { cpu } = this.chip;
        const at = problem.registers.length > 0 ? problem : new Stop(problem.kind, problem.message, cpu.pc, cpu.snapshot());
        if (problem.kind !== 'reset') throw at;
        this.reset(at);
      }
    }
  }
  runFor(nanos: number): void {
    this.runUntil(this.clock.nanos + nanos);
  }

  /** Runs until the condition holds, looking each `step` ns; false if it did not within `most` ns. */
  runWhile(condition: () => boolean, most: number, step = 500): boolean {
    const end = this.clock.nanos + most;
    while (condition()) {
      if (this.clock.nanos >= end || this.clock.standing) return false;
      this.runUntil(Math.min(this.clock.nanos + step, end));
    }
    return true;
  }

  /** A stop in words: what, where, and the registers. */
  describe(stop: Stop): string {
    const lines = [stop.message];
    if (stop.registers.length > 0) {
      lines.push(`at ${nameOf(this.symbols, stop.pc)}, called from ${nameOf(this.symbols, (stop.registers[14] & ~1) >>> 0)}`);
      const words = stop.registers.map((value, i) => `${registerNames[i]}=${value.toString(16).padStart(8, '0')}`);
      for (let i = 0; i < words.length; i += 4) lines.push(words.slice(i, i + 4).join(' '));
    }
    lines.push(`after ${(this.clock.nanos / 1e6).toFixed(3)} ms of the machine's time`);
    return lines.join('\n');
  }
}
