// Finds what the processor does again and again, watches it once, and has it translated.
import { accessOf, canTranslate } from './access.js';
import { Op, kinds } from './decode.js';
import { type Memory, type Region, flashBase, ramBase } from './memory.js';
import { type Trace, translate } from './translate.js';
import type { Reached, Step } from './writer.js';

/** Marks of a halfword: below `never` how often it was jumped to; from `firstTrace` on its trace. */
const never = 0x7fff;
const firstTrace = 0x8000;

const longestTrace = 120; // instructions
const mostTraces = 4000; // then all are forgotten

/** What is translated; the run stays the same. */
export interface Tracing {
  /** After so many arrivals at an address what follows there is watched; Infinity: never. */
  warmth: number;
  /** Also what does not come back to where it began. That costs more than it saves: node compiles it, too. */
  straight: boolean;
}
export const usualTracing: Tracing = { warmth: 1000, straight: false };

/** The flash's other addresses are for programs that look at it, not for those that run there. */
const isAlias = ({ base }: Region): boolean => base > flashBase && base < ramBase;

interface Watched {
  r: Int32Array;
  memory: Memory;
  hooks: ReadonlyMap<number, unknown>;
}

export class Tracer {
  traces: Trace[] = [];
  /** Of the region that code runs in. */
  marks: Uint16Array = new Uint16Array(0);
  watching = false; // each instruction, until it is known what follows an address
  private steps: Step[] = [];
  private region: Region;
  private readonly allMarks = new Map<Region, Uint16Array>();

  constructor(
    private readonly cpu: Watched,
    private readonly tracing: Tracing,
  ) {
    this.region = cpu.memory.rom;
  }

  /** The program goes on at `pc`, in another region. */
  enter(region: Region, pc: number): void {
    if (this.watching && this.steps.length > 0) {
      this.steps[this.steps.length - 1].next = pc;
      this.finish();
    }
    this.region = region;
    let marks = this.allMarks.get(region);
    if (marks === undefined) {
      marks = new Uint16Array(region.halfwords.length);
      if (isAlias(region)) marks.fill(never);
      this.allMarks.set(region, marks);
    }
    this.marks = marks;
  }

  /** The program jumped to `pc`, or is watched: what is to run there instead of the next instruction. */
  look(pc: number, op: number): Trace | null {
    if (this.watching) {
      this.watch(pc, op);
      return null;
    }
    const at = (pc - this.region.base) >> 1;
    const mark = this.marks[at];
    if (mark >= firstTrace) return this.traces[mark - firstTrace];
    if (mark !== never) this.arrive(pc, op, at);
    return null;
  }

  private arrive(pc: number, op: number, at: number): void {
    if (++this.marks[at] < this.tracing.warmth) {
      if (this.marks[at] === never) --this.marks[at];
      return;
    }
    --this.marks[at];
    if (this.stepAt(pc, op) === null) {
      this.marks[at] = never;
      return;
    }
    this.watching = true;
    this.watch(pc, op);
  }

  /** The instruction at `pc` is about to run. */
  private watch(pc: number, op: number): void {
    const { steps } = this;
    if (steps.length > 0) {
      steps[steps.length - 1].next = pc;
      if (pc === steps[0].pc || steps.length >= longestTrace || this.loopsFrom(pc)) return this.finish();
    }
    const step = this.stepAt(pc, op);
    if (step === null) this.finish();
    else steps.push(step);
  }
  stopWatching(): void {
    if (!this.watching) return;
    this.watching = false;
    this.steps = [];
  }

  private loopsFrom(pc: number): boolean {
    const mark = this.marks[(pc - this.region.base) >> 1];
    return mark >= firstTrace && this.traces[mark - firstTrace].loops;
  }

  /** Null if no trace can hold it. */
  private stepAt(pc: number, op: number): Step | null {
    const second = kinds[op] === Op.wide ? this.region.halfwords[((pc - this.region.base) >> 1) + 1] : 0;
    if (!canTranslate(op, second)) return null;
    if (kinds[op] === Op.bCond && (op & 0xff) === 0xff) return null; // both ways lead to the next one
    if (kinds[op] === Op.ldrLit && ((pc + 4) & ~3) + ((op & 0xff) << 2) - this.region.base >= this.region.bytes.length) return null;
    const reached = this.reachedBy(op);
    return reached === null ? null : { pc, op, second, reached, next: 0 };
  }

  /** Null: several registers from or to where no memory is. */
  private reachedBy(op: number): Reached | null {
    const { r } = this.cpu;
    switch (kinds[op] as Op) {
      case Op.push:
      case Op.pop: return this.reached(r[13] - 4, 4) === 'ram' ? 'ram' : null;
      case Op.stm: return this.reached(r[(op >> 8) & 7], 4) === 'ram' ? 'ram' : null;
      case Op.ldm: {
        const reached = this.reached(r[(op >> 8) & 7], 4);
        return reached === 'register' ? null : reached;
      }
      default: {
        const access = accessOf(op);
        if (access === null) return 'ram';
        const address = (r[access.base] + (access.index === null ? access.offset : r[access.index])) | 0;
        const reached = this.reached(address, access.bytes);
        return reached === 'flash' && access.store ? 'register' : reached;
      }
    }
  }
  private reached(address: number, bytes: number): Reached {
    const { ram, flash, flashIdle } = this.cpu.memory;
    if ((address & (bytes - 1)) !== 0) return 'register';
    if ((address - ramBase) >>> 0 < ram.bytes.length) return 'ram';
    return flashIdle && (address - flashBase) >>> 0 < flash.bytes.length ? 'flash' : 'register';
  }

  private finish(): void {
    const { steps, region } = this;
    const at = (pc: number): number => (pc - region.base) >> 1;
    this.stopWatching();
    const start = steps[0].pc;
    if (!this.tracing.straight && steps[steps.length - 1].next !== start) {
      this.marks[at(start)] = never;
      return;
    }
    if (this.traces.length >= mostTraces) this.forgetAll();
    this.traces.push(translate(steps, region, this.cpu, (address) => this.cpu.hooks.has(address)));
    this.marks[at(start)] = firstTrace + this.traces.length - 1;
    if (region.base === ramBase) for (const step of steps) this.markCode(step);
  }
  private markCode({ pc }: Step): void {
    const { code } = this.cpu.memory;
    code[(pc - ramBase) >> 2] = code[(pc + 2 - ramBase) >> 2] = 1;
  }

  /** Code in RAM was overwritten. */
  forgetRam(): void {
    this.stopWatching();
    this.allMarks.get(this.cpu.memory.ram)?.fill(0);
    this.cpu.memory.code.fill(0);
  }
  forgetAll(): void {
    this.stopWatching();
    for (const [region, marks] of this.allMarks) if (!isAlias(region)) marks.fill(0);
    this.cpu.memory.code.fill(0);
    this.traces = [];
  }
}
