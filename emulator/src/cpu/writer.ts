// Writes JavaScript that does what instructions did when they were watched, or ends before the first that
// does something else. See translate.ts.
import { type Access, accessOf, callOffset, isCall, mostCycles, registersIn } from './access.js';
import { Op, kinds } from './decode.js';
import { type Region, flashBase, ramBase } from './memory.js';

/** What an instruction reached when it was watched. */
export type Reached = 'ram' | 'flash' | 'register';

/** One instruction as it was watched. */
export interface Step {
  pc: number;
  op: number;
  second: number; // halfword, if it is a wide one
  reached: Reached;
  next: number; // pc of the one after it
}

const instructionsPerLook = 8;
const conditions = [
  'z===0', 'z!==0', 'f!==0', 'f===0', 'n<0', 'n>=0', 'v!==0', 'v===0', 'f!==0&&z!==0', 'f===0||z===0',
  'n<0===(v!==0)', 'n<0!==(v!==0)', 'z!==0&&n<0===(v!==0)', 'z===0||n<0!==(v!==0)',
];
const signed = (value: number, bits: number): number => (value << (32 - bits)) >> (32 - bits);

/** Writes a trace's source. In it: L cycles left at its beginning, n z f v flags, r0… registers. */
export class Writer {
  readonly lines: string[] = [];
  readonly used = new Set<number>();
  private cycles = 0; // since L was set

  /** `written`: registers that an earlier round through the trace may have changed. */
  constructor(
    private readonly steps: Step[],
    private readonly region: Region,
    private readonly isHooked: (address: number) => boolean,
    readonly written: Set<number>,
  ) {}

  body(): string {
    this.steps.forEach((step, i) => {
      if (i > 0 && i % instructionsPerLook === 0) this.look(i);
      this.instruction(step);
    });
    return this.lines.join('\n');
  }

  /** The most cycles of a look's instructions, without the last one: begun is done. */
  most(from: number): number {
    const group = this.steps.slice(from, from + instructionsPerLook);
    return group.slice(0, -1).reduce((sum, step) => sum + mostCycles(step.op), 0);
  }
  get total(): number {
    return this.cycles;
  }

  private look(at: number): void {
    this.emit(`if(L-${this.cycles}<=${this.most(at)}){${this.leave(this.steps[at].pc)}return false}`);
  }
  private emit(...lines: string[]): void {
    this.lines.push(...lines);
  }

  // --- registers ---

  private get(register: number): string {
    this.used.add(register);
    return `r${register}`;
  }
  private set(register: number, value: string): void {
    this.emit(`${this.get(register)}=${value}`);
    this.written.add(register);
  }
  /** As an operand: the pc reads as its instruction's and 4. */
  private operand(register: number, pc: number): string {
    return register === 15 ? String(pc + 4) : this.get(register);
  }

  // --- ends ---

  /** Everything as the interpreter has it before the instruction at `pc`. */
  leave(pc: number | string, cycles = this.cycles): string {
    const registers = [...this.written].map((register) => `r[${register}]=r${register};`).join('');
    return `${registers}c.n=n;c.z=z;c.c=f;c.v=v;c.pc=${pc};c.left=L-${cycles};`;
  }
  private endUnless(condition: string, step: Step): void {
    this.emit(`if(!(${condition})){${this.leave(step.pc)}return true}`);
  }

  /** A jump to `target`, whose cycles are counted when it is done. */
  private jump(target: string, cycles: number, step: Step): void {
    const away = `${this.leave(step.pc)}c.interwork(${target});c.left-=${cycles};return true`;
    if (this.isHooked(step.next)) this.emit(`{${away}}`);
    else this.emit(`if(${target}!==${step.next | 1}){${away}}`);
    this.cycles += cycles;
  }

  // --- instructions ---

  private instruction(step: Step): void {
    const access = accessOf(step.op);
    if (access !== null) this.access(access, step);
    else if (!this.arithmetic(step) && !this.move(step)) this.flow(step);
  }

  private result(register: number, value: string): void {
    this.set(register, value);
    this.emit(`n=z=r${register}`);
  }
  private add(register: number | null, a: string, b: string): void {
    this.emit(`t=(${a}+${b})|0`, `f=(t>>>0)<(${a}>>>0)?1:0`, `v=((${a}^t)&(${b}^t))<0?1:0`, 'n=z=t');
    if (register !== null) this.set(register, 't');
  }
  private subtract(register: number | null, a: string, b: string): void {
    this.emit(`t=(${a}-${b})|0`, `f=(${a}>>>0)>=(${b}>>>0)?1:0`, `v=((${a}^${b})&(${a}^t))<0?1:0`, 'n=z=t');
    if (register !== null) this.set(register, 't');
  }
  private addWithCarry(register: number, a: string, b: string): void {
    this.emit(`y=${b}`, `x=(${a}>>>0)+(y>>>0)+f`, 't=x|0', `v=((${a}^t)&(y^t))<0?1:0`, 'f=x>0xffffffff?1:0', 'n=z=t');
    this.set(register, 't');
  }
  private shift(kind: Op, register: number, by: string): void {
    const value = this.get(register);
    const [carry, result] = {
      [Op.lslReg]: [`y<=32?(${value}>>>(32-y))&1:0`, `y<32?${value}<<y:0`],
      [Op.lsrReg]: [`y<=32?(${value}>>>(y-1))&1:0`, `y<32?(${value}>>>y)|0:0`],
      [Op.asrReg]: [`(${value}>>Math.min(y-1,31))&1`, `${value}>>Math.min(y,31)`],
      [Op.ror]: [`(${value}>>>((y-1)&31))&1`, `(${value}>>>(y&31))|(${value}<<((32-y)&31))`],
    }[kind as Op.lslReg];
    this.emit(`y=${by}&255`, `if(y!==0){f=${carry};r${register}=${result}}`, `n=z=r${register}`);
    this.written.add(register);
  }

  private arithmetic({ op }: Step): boolean {
    const [rd, rn, rm] = [op & 7, (op >> 3) & 7, (op >> 6) & 7];
    const [big, byte] = [(op >> 8) & 7, String(op & 0xff)];
    switch (kinds[op] as Op) {
      case Op.lslImm: this.shiftByConstant(rd, this.get(rn), (op >> 6) & 31, '<<'); break;
      case Op.lsrImm: this.shiftByConstant(rd, this.get(rn), (op >> 6) & 31, '>>>'); break;
      case Op.asrImm: this.shiftByConstant(rd, this.get(rn), (op >> 6) & 31, '>>'); break;
      case Op.addReg: this.add(rd, this.get(rn), this.get(rm)); break;
      case Op.subReg: this.subtract(rd, this.get(rn), this.get(rm)); break;
      case Op.addImm3: this.add(rd, this.get(rn), String(rm)); break;
      case Op.subImm3: this.subtract(rd, this.get(rn), String(rm)); break;
      case Op.movImm: this.result(big, byte); break;
      case Op.cmpImm: this.subtract(null, this.get(big), byte); break;
      case Op.addImm8: this.add(big, this.get(big), byte); break;
      case Op.subImm8: this.subtract(big, this.get(big), byte); break;
      case Op.and: this.result(rd, `${this.get(rd)}&${this.get(rn)}`); break;
      case Op.eor: this.result(rd, `${this.get(rd)}^${this.get(rn)}`); break;
      case Op.orr: this.result(rd, `${this.get(rd)}|${this.get(rn)}`); break;
      case Op.bic: this.result(rd, `${this.get(rd)}&~${this.get(rn)}`); break;
      case Op.mvn: this.result(rd, `~${this.get(rn)}`); break;
      case Op.mul: this.result(rd, `Math.imul(${this.get(rd)},${this.get(rn)})`); break;
      case Op.lslReg:
      case Op.lsrReg:
      case Op.asrReg:
      case Op.ror: this.shift(kinds[op] as Op, rd, this.get(rn)); break;
      case Op.adc: this.addWithCarry(rd, this.get(rd), this.get(rn)); break;
      case Op.sbc: this.addWithCarry(rd, this.get(rd), `~${this.get(rn)}`); break;
      case Op.tst: this.emit(`n=z=${this.get(rd)}&${this.get(rn)}`); break;
      case Op.rsb: this.subtract(rd, '0', this.get(rn)); break;
      case Op.cmpReg: this.subtract(null, this.get(rd), this.get(rn)); break;
      case Op.cmn: this.add(null, this.get(rd), this.get(rn)); break;
      default: return false;
    }
    ++this.cycles;
    return true;
  }

  /** A right shift by 0 is one by 32; a left shift by 0 leaves the carry. */
  private shiftByConstant(rd: number, value: string, by: number, kind: '<<' | '>>>' | '>>'): void {
    if (kind === '<<') {
      if (by !== 0) this.emit(`f=(${value}>>>${32 - by})&1`);
      return this.result(rd, `${value}<<${by}`);
    }
    this.emit(`f=(${value}>>>${(by - 1) & 31})&1`);
    if (kind === '>>') return this.result(rd, `${value}>>${by === 0 ? 31 : by}`);
    this.result(rd, by === 0 ? '0' : `(${value}>>>${by})|0`);
  }

  /** What sets no flags and goes to the next instruction. */
  private move(step: Step): boolean {
    const { op, pc } = step;
    const [rd, rm] = [op & 7, this.isHigh(op) ? 0 : (op >> 3) & 7];
    const [big, words] = [(op >> 8) & 7, (op & 0xff) << 2];
    switch (kinds[op] as Op) {
      case Op.adr: this.set(big, String(((pc + 4) & ~3) + words)); break;
      case Op.addSp: this.set(big, `(${this.get(13)}+${words})|0`); break;
      case Op.addSpImm: this.set(13, `(${this.get(13)}+${(op & 0x7f) << 2})|0`); break;
      case Op.subSpImm: this.set(13, `(${this.get(13)}-${(op & 0x7f) << 2})|0`); break;
      case Op.sxth: this.set(rd, `(${this.get(rm)}<<16)>>16`); break;
      case Op.sxtb: this.set(rd, `(${this.get(rm)}<<24)>>24`); break;
      case Op.uxth: this.set(rd, `${this.get(rm)}&0xffff`); break;
      case Op.uxtb: this.set(rd, `${this.get(rm)}&0xff`); break;
      case Op.rev: this.set(rd, `(${this.get(rm)}<<24)|((r${rm}&0xff00)<<8)|((r${rm}>>>8)&0xff00)|(r${rm}>>>24)`); break;
      case Op.rev16: this.set(rd, `((${this.get(rm)}&0xff00ff)<<8)|((r${rm}>>>8)&0xff00ff)`); break;
      case Op.revsh: this.set(rd, `((${this.get(rm)}<<24)>>16)|((r${rm}>>>8)&0xff)`); break;
      case Op.nop: break;
      case Op.ldrLit: this.literal(big, ((pc + 4) & ~3) + words); break;
      default: return false;
    }
    ++this.cycles;
    return true;
  }
  private isHigh(op: number): boolean {
    return op >> 10 === 0x11;
  }

  /** Code in ROM and flash does not change under a trace; what lies in RAM may. */
  private literal(register: number, address: number): void {
    const at = (address - this.region.base) >> 2;
    this.set(register, this.region.base === ramBase ? `w[${at}]` : String(this.region.words[at]));
    ++this.cycles;
  }

  private access(access: Access, step: Step): void {
    const { value, bytes, store } = access;
    const index = access.index === null ? String(access.offset) : this.get(access.index);
    this.emit(`a=(${this.get(access.base)}+${index})|0`);
    if (step.reached === 'register') return this.registerAccess(access, step);
    const aligned = bytes === 1 ? '' : `&&(a&${bytes - 1})===0`;
    const [from, size, idle] = this.place(step);
    const memory = step.reached === 'flash' ? 'F' : '';
    this.emit(`o=(a-${from})>>>0`);
    this.endUnless(`o<${size}${aligned}${idle}`, step);
    const cell = { 1: `b${memory}[o]`, 2: `h${memory}[o>>1]`, 4: `w${memory}[o>>2]` }[bytes];
    if (!store) this.set(value, this.widened(access, cell));
    else this.emit(`${cell}=${this.get(value)}`);
    this.cycles += 2;
    if (store) this.endIfCode('code[o>>2]', step);
  }
  private widened({ signed: isSigned, bytes }: Access, cell: string): string {
    return isSigned ? `(${cell}<<${32 - 8 * bytes})>>${32 - 8 * bytes}` : cell;
  }
  private endIfCode(mark: string, step: Step): void {
    this.emit(`if(${mark}!==0){m.codeWritten();${this.leave(step.next)}return true}`);
  }

  /** A register may want to know the time, and may end the slice. */
  private registerAccess(access: Access, step: Step): void {
    const { value, bytes, store } = access;
    this.get(value);
    this.emit(this.leave(step.pc));
    this.emit(store ? `m.store${8 * bytes}(a,r${value})` : `r${value}=${this.widened(access, `m.load${8 * bytes}(a)`)}`);
    if (!store) this.written.add(value);
    const stack = access.base === 13;
    this.emit(`x=1+${stack ? '1' : `c.accessCycles(a,${String(store)})`}`);
    const loaded = store ? '' : `r[${value}]=r${value};`;
    this.emit(`if(c.left!==L-${this.cycles}){${loaded}c.pc=${step.next};c.left-=x;return true}`, 'L-=x');
  }

  /** Several registers, in words that follow each other from `base` on. */
  private words(base: string, count: number, step: Step): void {
    const [from, size, idle] = this.place(step);
    this.emit(`a=${base}`, `o=(a-${from})>>>0`);
    this.endUnless(`o<${size}&&o+${4 * count}<=${size}&&(o&3)===0${idle}`, step);
    this.emit('o>>=2');
  }
  /** Where the memory that it reaches begins, its size, and what must hold besides. */
  private place(step: Step): [number, string, string] {
    return step.reached === 'flash' ? [flashBase, 'flashSize', '&&m.flashIdle'] : [ramBase, 'size', ''];
  }
  private storeWords(registers: number[], step: Step): void {
    registers.forEach((register, i) => this.emit(`w[o+${i}]=${this.get(register)}`));
    this.cycles += 1 + registers.length;
    this.endIfCode(`(${registers.map((_, i) => `code[o+${i}]`).join('|')})`, step);
  }
  private loadWords(registers: number[], step: Step): void {
    const memory = step.reached === 'flash' ? 'wF' : 'w';
    registers.forEach((register, i) => this.set(register, `${memory}[o+${i}]`));
  }

  private flow(step: Step): void {
    const { op, pc } = step;
    const high = (op & 7) | ((op >> 4) & 8);
    const rm = (op >> 3) & 15;
    const list = registersIn(op & 0xff);
    switch (kinds[op] as Op) {
      case Op.push: return this.push(list, step);
      case Op.pop: return this.pop(list, step);
      case Op.stm: return this.storeMany((op >> 8) & 7, list, step);
      case Op.ldm: return this.loadMany((op >> 8) & 7, list, step);
      case Op.cmpHi:
        this.subtract(null, this.operand(high, pc), this.operand(rm, pc));
        ++this.cycles;
        return;
      case Op.addHi: return this.moveHigh(high, `(${this.operand(high, pc)}+${this.operand(rm, pc)})|0`, step);
      case Op.movHi: return this.moveHigh(high, this.operand(rm, pc), step);
      case Op.bx:
        this.emit(`t=${this.operand(rm, pc)}`);
        return this.jump('t', 2, step);
      case Op.blx:
        this.emit(`t=${this.get(rm)}`);
        this.endUnless(this.isHooked(step.next) ? 'false' : `t===${step.next | 1}`, step);
        this.set(14, String((pc + 2) | 1));
        this.cycles += 2;
        return;
      case Op.bCond: return this.branch(conditions[(op >> 8) & 15], pc + 4 + 2 * signed(op & 0xff, 8), step);
      case Op.b: this.cycles += 2; return;
      default: return this.wide(step);
    }
  }

  private push(list: number[], step: Step): void {
    const all = (step.op & 0x100) !== 0 ? [...list, 14] : list;
    this.words(`(${this.get(13)}-${4 * all.length})|0`, all.length, step);
    this.set(13, 'a');
    this.storeWords(all, step);
  }
  private pop(list: number[], step: Step): void {
    const returns = (step.op & 0x100) !== 0;
    const count = list.length + (returns ? 1 : 0);
    this.words(this.get(13), count, step);
    this.loadWords(list, step);
    if (returns) this.emit(`t=w[o+${list.length}]`);
    this.set(13, `a+${4 * count}`);
    if (returns) this.jump('t', 4 + list.length, step);
    else this.cycles += 1 + count;
  }
  private storeMany(base: number, list: number[], step: Step): void {
    this.words(this.get(base), list.length, step);
    list.forEach((register, i) => this.emit(`w[o+${i}]=${this.get(register)}`));
    this.set(base, `a+${4 * list.length}`);
    this.cycles += 1 + list.length;
    this.endIfCode(`(${list.map((_, i) => `code[o+${i}]`).join('|')})`, step);
  }
  private loadMany(base: number, list: number[], step: Step): void {
    this.words(this.get(base), list.length, step);
    this.loadWords(list, step);
    if (!list.includes(base)) this.set(base, `a+${4 * list.length}`);
    this.cycles += 1 + list.length;
  }

  private moveHigh(register: number, value: string, step: Step): void {
    if (register !== 15) {
      this.set(register, register === 13 ? `(${value})&~3` : value);
      ++this.cycles;
      return;
    }
    this.emit(`t=((${value})&~1)>>>0`);
    this.emit(`if(t!==${step.next}){${this.leave('t', this.cycles + 2)}return true}`);
    this.cycles += 2;
  }

  private branch(condition: string, target: number, step: Step): void {
    const taken = step.next === target;
    const [other, cycles] = taken ? [step.pc + 2, 1] : [target, 2];
    this.emit(`if(${taken ? `!(${condition})` : condition}){${this.leave(other, this.cycles + cycles)}return true}`);
    this.cycles += taken ? 2 : 1;
  }

  private wide(step: Step): void {
    if (isCall(step.second)) {
      const target = step.pc + 4 + callOffset(step.op, step.second);
      if (this.isHooked(target)) return this.endUnless('false', step);
      this.set(14, String((step.pc + 4) | 1));
    }
    this.cycles += 3;
  }
}
