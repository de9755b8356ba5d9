// The processor without its instructions: registers, flags, stacks, exceptions, faults, cycles.
import type { CycleCounter } from '../chip/clock.js';
import { Op } from './decode.js';
import { Exceptions, exception } from './exceptions.js';
import { BusFault, Memory } from './memory.js';
import { Stop } from './stop.js';

const entryCycles = 15;
const exitCycles = 13;

export interface HandlerCount {
  entries: number;
  cycles: number;
}

/** Traces hold no jumps to where a hook is. */
class Hooks extends Map<number, () => void> {
  constructor(private readonly changed: () => void) {
    super();
  }
  override set(address: number, hook: () => void): this {
    super.set(address, hook);
    this.changed();
    return this;
  }
}

export abstract class Core implements CycleCounter {
  readonly r = new Int32Array(16); // r[15] is not used: see pc
  pc = 0; // of the instruction that runs, or is next
  n = 0; // N is n < 0
  z = 1; // Z is z === 0
  c = 0;
  v = 0;
  readonly exceptions = new Exceptions(() => this.interruptSlice());
  vtor = 0;
  sevOnPend = false;
  sleeping: 'no' | 'wfi' | 'wfe' = 'no';
  /** Of each exception: how often it was entered, and cycles from entry to exit. */
  readonly counts: HandlerCount[] = Array.from({ length: 48 }, () => ({ entries: 0, cycles: 0 }));
  /** Called when a branch by BL, BLX or BX arrives at one of these addresses. */
  readonly hooks = new Hooks(() => this.forgetTraces());
  /** A breakpoint in the boot ROM. */
  onRomCall: (number: number) => void = () => undefined;
  onException: (number: number, entered: boolean) => void = () => undefined;
  /** The latest HardFault's cause, for the report if the program ends by it. */
  fault: Stop | null = null;

  protected event = false;
  protected bankedSp = 0; // of the stack that is not in use
  protected usesPsp = false;
  protected unprivileged = false;
  protected entered: number[] = []; // cycles at which the active exceptions were entered
  protected code: Uint16Array = new Uint16Array(0);
  protected codeBase = 0;
  protected codeLength = 0; // 0: where the code lies has to be looked for
  protected arrived = false; // at this pc by a jump
  protected left = 0; // cycles of this slice
  protected sliceLength = 0;
  protected past = 0; // cycles before this slice

  constructor(readonly memory: Memory) {}

  cycles(): number {
    return this.past + this.sliceLength - this.left;
  }
  interruptSlice(): void {
    if (this.left <= 0) return;
    this.sliceLength -= this.left;
    this.left = 0;
  }

  reset(): void {
    this.exceptions.reset();
    this.vtor = 0;
    this.usesPsp = this.event = false;
    this.sleeping = 'no';
    this.entered = [];
    this.fault = null;
    this.codeLength = 0;
    this.r[13] = this.memory.load32(0) & ~3;
    this.r[14] = -1;
    this.pc = this.memory.load32(4) & ~1;
  }

  protected abstract forgetTraces(): void;

  // --- registers by name ---

  get apsr(): number {
    return (
      ((this.n < 0 ? 8 : 0) | (this.z === 0 ? 4 : 0) | (this.c !== 0 ? 2 : 0) | (this.v !== 0 ? 1 : 0)) << 28
    );
  }
  set apsr(value: number) {
    this.n = value & 0x80000000;
    this.z = (value & 0x40000000) !== 0 ? 0 : 1;
    this.c = (value >>> 29) & 1;
    this.v = (value >>> 28) & 1;
  }
  protected get msp(): number {
    return this.usesPsp ? this.bankedSp : this.r[13];
  }
  protected get psp(): number {
    return this.usesPsp ? this.r[13] : this.bankedSp;
  }
  protected useStack(psp: boolean): void {
    if (psp === this.usesPsp) return;
    [this.r[13], this.bankedSp] = [this.bankedSp, this.r[13]];
    this.usesPsp = psp;
  }
  protected setStack(psp: boolean, value: number): void {
    if (psp === this.usesPsp) this.r[13] = value & ~3;
    else this.bankedSp = value & ~3;
  }

  // --- exceptions ---

  setEvent(): void {
    this.event = true;
    if (this.sleeping === 'wfe') this.sleeping = 'no';
  }

  /** Enters what is due; whether something was entered. */
  takeException(): boolean {
    if (this.sleeping !== 'no') {
      const pended = this.sleeping === 'wfe' && this.sevOnPend && this.exceptions.pendingInterrupts !== 0;
      if (!this.exceptions.wakes() && !pended) return false;
      this.sleeping = 'no';
    }
    const number = this.exceptions.due();
    if (number === 0) return false;
    const pc = this.pc;
    try {
      this.enter(number, pc);
    } catch (problem) {
      if (!(problem instanceof BusFault)) throw problem;
      this.hardFault(pc, problem.message);
    }
    return true;
  }

  protected enter(number: number, returnTo: number): void {
    const started = this.cycles();
    const inHandler = this.exceptions.active !== 0;
    const sp = this.r[13];
    const frame = (sp - 32) & ~7;
    const m = this.memory;
    const padded = (sp & 4) !== 0 ? 1 << 9 : 0;
    const xpsr = this.apsr | padded | (1 << 24) | this.exceptions.active;
    const words = [this.r[0], this.r[1], this.r[2], this.r[3], this.r[12], this.r[14], returnTo, xpsr];
    words.forEach((word, i) => m.store32(frame + 4 * i, word));
    this.r[13] = frame;
    this.r[14] = inHandler ? 0xfffffff1 : this.usesPsp ? 0xfffffffd : 0xfffffff9;
    this.useStack(false);
    this.exceptions.enter(number);
    this.entered.push(started);
    if (this.counts[number] !== undefined) this.counts[number].entries++;
    const vector = m.load32(this.vtor + 4 * number);
    if ((vector & 1) === 0) throw new BusFault(`vector ${number} is 0x${(vector >>> 0).toString(16)}, no Thumb code`);
    this.pc = (vector & ~1) >>> 0;
    this.spend(entryCycles);
    this.arrived = true;
    this.onException(number, true);
  }

  protected leave(code: number): void {
    const left = this.exceptions.active;
    this.useStack((code & 0xf) === 0xd);
    const frame = this.r[13];
    const m = this.memory;
    for (let i = 0; i < 4; ++i) this.r[i] = m.load32(frame + 4 * i);
    this.r[12] = m.load32(frame + 16);
    this.r[14] = m.load32(frame + 20);
    this.pc = (m.load32(frame + 24) & ~1) >>> 0;
    const xpsr = m.load32(frame + 28);
    this.r[13] = (frame + 32) | ((xpsr & (1 << 9)) !== 0 ? 4 : 0);
    this.apsr = xpsr;
    this.spend(exitCycles);
    this.exceptions.leave(xpsr & 0x3f);
    this.event = true;
    const since = this.entered.pop();
    if (since !== undefined && this.counts[left] !== undefined) {
      this.counts[left].cycles += this.cycles() - since;
    }
    this.onException(left, false);
  }

  protected spend(cycles: number): void {
    this.past += cycles;
  }

  /** A fault of the program at `pc`: its HardFault handler runs, or the machine stops. */
  protected hardFault(pc: number, reason: string): void {
    const stop = new Stop('fault', reason, pc, this.snapshot(pc));
    const active = this.exceptions.active;
    if (active === exception.hardFault || active === exception.nmi) throw this.fault ?? stop;
    this.fault = stop;
    try {
      this.enter(exception.hardFault, pc);
    } catch (problem) {
      if (problem instanceof BusFault) throw stop; // no stack, no vector: lockup
      throw problem;
    }
  }

  snapshot(pc = this.pc): number[] {
    const list = Array.from(this.r, (value) => value >>> 0);
    list[15] = pc >>> 0;
    return list;
  }

  // --- flags ---

  protected addWithFlags(a: number, b: number, carry: number): number {
    const sum = (a + b + carry) | 0;
    this.c = (a >>> 0) + (b >>> 0) + carry > 0xffffffff ? 1 : 0;
    this.v = ((a ^ sum) & (b ^ sum)) < 0 ? 1 : 0;
    this.n = this.z = sum;
    return sum;
  }

  protected condition(code: number): boolean {
    switch (code) {
      case 0: return this.z === 0;
      case 1: return this.z !== 0;
      case 2: return this.c !== 0;
      case 3: return this.c === 0;
      case 4: return this.n < 0;
      case 5: return this.n >= 0;
      case 6: return this.v !== 0;
      case 7: return this.v === 0;
      case 8: return this.c !== 0 && this.z !== 0;
      case 9: return this.c === 0 || this.z === 0;
      case 10: return this.n < 0 === (this.v !== 0);
      case 11: return this.n < 0 !== (this.v !== 0);
      case 12: return this.z !== 0 && this.n < 0 === (this.v !== 0);
      default: return this.z === 0 || this.n < 0 !== (this.v !== 0);
    }
  }

  protected shift(kind: Op, value: number, by: number): number {
    let result = value;
    if (by !== 0) {
      const last = Math.min(by, 33) - 1; // the bit that falls out last
      switch (kind) {
        case Op.lslReg:
          this.c = last < 32 ? (value >>> (31 - last)) & 1 : 0;
          result = by < 32 ? value << by : 0;
          break;
        case Op.lsrReg:
          this.c = last < 32 ? (value >>> last) & 1 : 0;
          result = by < 32 ? value >>> by : 0;
          break;
        case Op.asrReg:
          this.c = (value >> Math.min(last, 31)) & 1;
          result = value >> Math.min(by, 31);
          break;
        default:
          result = (value >>> (by & 31)) | (value << ((32 - by) & 31));
          this.c = result < 0 ? 1 : 0;
      }
    }
    this.n = this.z = result |= 0;
    return result;
  }

  protected readSpecial(which: number): number {
    if (which < 8) {
      return ((which & 4) === 0 ? this.apsr : 0) | ((which & 1) !== 0 ? this.exceptions.active : 0);
    }
    switch (which) {
      case 8: return this.msp;
      case 9: return this.psp;
      case 16: return this.exceptions.primask ? 1 : 0;
      case 20: return (this.usesPsp ? 2 : 0) | (this.unprivileged ? 1 : 0);
      default: return 0;
    }
  }

  protected writeSpecial(which: number, value: number): void {
    if (which < 4) this.apsr = value;
    else if (which === 8) this.setStack(false, value);
    else if (which === 9) this.setStack(true, value);
    else if (which === 16) this.exceptions.primask = (value & 1) !== 0;
    else if (which === 20) {
      this.unprivileged = (value & 1) !== 0;
      if (this.exceptions.active === 0) this.useStack((value & 2) !== 0);
    }
    this.interruptSlice();
  }

  // --- jumps, and registers by the list ---

  protected arrive(target: number): void {
    this.pc = (target & ~1) >>> 0;
    if (this.hooks.size !== 0) this.hooks.get(this.pc)?.();
  }

  /** BX and POP {pc}: a jump, or the end of a handler. */
  protected interwork(target: number): void {
    if (this.exceptions.active !== 0 && target >>> 28 === 0xf) {
      this.leave(target);
      return;
    }
    if ((target & 1) === 0) throw new BusFault(`jump to 0x${(target >>> 0).toString(16)}, which is no Thumb code`);
    this.arrive(target);
  }

  protected push(op: number): number {
    const r = this.r;
    let address = r[13];
    let count = 0;
    if ((op & 0x100) !== 0) {
      this.memory.store32((address -= 4), r[14]);
      ++count;
    }
    for (let i = 7; i >= 0; --i) {
      if ((op & (1 << i)) === 0) continue;
      this.memory.store32((address -= 4), r[i]);
      ++count;
    }
    r[13] = address;
    return 1 + count;
  }

  protected pop(op: number): number {
    const r = this.r;
    let address = r[13];
    let count = 0;
    for (let i = 0; i < 8; ++i) {
      if ((op & (1 << i)) === 0) continue;
      r[i] = this.memory.load32(address);
      address += 4;
      ++count;
    }
    if ((op & 0x100) === 0) {
      r[13] = address;
      return 1 + count;
    }
    const target = this.memory.load32(address);
    r[13] = address + 4;
    this.interwork(target);
    return 3 + count + 1;
  }

  protected storeMany(op: number): number {
    const r = this.r;
    const rn = (op >> 8) & 7;
    let address = r[rn];
    let count = 0;
    for (let i = 0; i < 8; ++i) {
      if ((op & (1 << i)) === 0) continue;
      this.memory.store32(address, r[i]);
      address += 4;
      ++count;
    }
    r[rn] = address;
    return 1 + count;
  }

  protected loadMany(op: number): number {
    const r = this.r;
    const rn = (op >> 8) & 7;
    let address = r[rn];
    let count = 0;
    for (let i = 0; i < 8; ++i) {
      if ((op & (1 << i)) === 0) continue;
      r[i] = this.memory.load32(address);
      address += 4;
      ++count;
    }
    if ((op & (1 << rn)) === 0) r[rn] = address;
    return 1 + count;
  }
}
