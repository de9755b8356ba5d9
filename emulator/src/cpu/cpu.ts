// The processor: every instruction of the Cortex-M0+, its exceptions and its cycles.
//
// rp2040js has a core of its own. Its faults (flags of ADCS and SBCS and of shifts by 0 and by 32
// and more, free interrupts, sleep under PRIMASK, no faults on bad accesses) lie in the middle of it, so
// this one takes its place before the first instruction; test/isa compares it with another
// emulator's. Cycles are those of the Cortex-M0+ TRM with the RP2040's fast multiplier and single-cycle
// IO. XIP cache misses and bus contention are not modelled.
import { Core } from './core.js';
import { Op, kinds } from './decode.js';
import { exception } from './exceptions.js';
import { callOffset, isBarrier, isCall } from './access.js';
import { BusFault, type Memory } from './memory.js';
import { Tracer, type Tracing, usualTracing } from './tracer.js';

export class Cpu extends Core {
  private readonly tracer: Tracer;

  constructor(memory: Memory, tracing: Tracing = usualTracing) {
    super(memory);
    this.tracer = new Tracer(this, tracing);
    memory.codeWritten = () => this.tracer.forgetRam();
  }

  /** Runs for `budget` cycles, or until something must be looked at. */
  execute(budget: number): void {
    this.past += this.sliceLength - this.left;
    this.left = this.sliceLength = budget;
    try {
      this.run();
    } catch (problem) {
      if (!(problem instanceof BusFault)) throw problem;
      this.hardFault(this.pc, problem.message);
    }
  }

  /** The flash changes: it may have become unreadable, and what it held is gone. */
  forgetCode(): void {
    this.codeLength = 0;
    this.tracer.forgetAll();
    this.interruptSlice();
  }
  /** How many traces there are: for tests. */
  get traces(): number {
    return this.tracer.traces.length;
  }
  protected override forgetTraces(): void {
    this.tracer.forgetAll();
  }

  /** Cycles of one load or store beyond the first. */
  private accessCycles(address: number, write: boolean): number {
    const top = address >>> 28;
    if (top === 0xd) return 0;
    return top === 4 ? (write ? 4 : 3) : 1;
  }

  private run(): void {
    const r = this.r;
    const m = this.memory;
    const { tracer } = this;
    tracer.stopWatching();
    let look = this.arrived; // at what the tracer knows of this pc
    while (this.left > 0) {
      const pc = this.pc;
      let offset = pc - this.codeBase;
      if (offset < 0 || offset >= this.codeLength) {
        this.findCode(pc);
        offset = pc - this.codeBase;
      }
      const op = this.code[offset >> 1];
      if (look) {
        const trace = tracer.look(pc, op);
        if (trace !== null && this.left > trace.most) {
          const before = this.left;
          look = trace.run();
          if (this.left !== before) continue;
        }
      }
      let cost = 1;
      let next = pc + 2;
      switch (kinds[op] as Op) {
        case Op.lslImm: {
          const by = (op >> 6) & 31;
          const value = r[(op >> 3) & 7];
          if (by !== 0) this.c = (value >>> (32 - by)) & 1;
          this.n = this.z = r[op & 7] = value << by;
          break;
        }
        case Op.lsrImm: {
          const by = (op >> 6) & 31;
          const value = r[(op >> 3) & 7];
          this.c = (value >>> ((by - 1) & 31)) & 1;
          this.n = this.z = r[op & 7] = by !== 0 ? value >>> by : 0;
          break;
        }
        case Op.asrImm: {
          const by = (op >> 6) & 31;
          const value = r[(op >> 3) & 7];
          this.c = (value >>> ((by - 1) & 31)) & 1;
          this.n = this.z = r[op & 7] = value >> (by !== 0 ? by : 31);
          break;
        }
        case Op.addReg: r[op & 7] = this.addWithFlags(r[(op >> 3) & 7], r[(op >> 6) & 7], 0); break;
        case Op.subReg: r[op & 7] = this.addWithFlags(r[(op >> 3) & 7], ~r[(op >> 6) & 7], 1); break;
        case Op.addImm3: r[op & 7] = this.addWithFlags(r[(op >> 3) & 7], (op >> 6) & 7, 0); break;
        case Op.subImm3: r[op & 7] = this.addWithFlags(r[(op >> 3) & 7], ~((op >> 6) & 7), 1); break;
        case Op.movImm: this.n = this.z = r[(op >> 8) & 7] = op & 0xff; break;
        case Op.cmpImm: this.addWithFlags(r[(op >> 8) & 7], ~(op & 0xff), 1); break;
        case Op.addImm8: r[(op >> 8) & 7] = this.addWithFlags(r[(op >> 8) & 7], op & 0xff, 0); break;
        case Op.subImm8: r[(op >> 8) & 7] = this.addWithFlags(r[(op >> 8) & 7], ~(op & 0xff), 1); break;
        case Op.and: this.n = this.z = r[op & 7] &= r[(op >> 3) & 7]; break;
        case Op.eor: this.n = this.z = r[op & 7] ^= r[(op >> 3) & 7]; break;
        case Op.lslReg: r[op & 7] = this.shift(Op.lslReg, r[op & 7], r[(op >> 3) & 7] & 0xff); break;
        case Op.lsrReg: r[op & 7] = this.shift(Op.lsrReg, r[op & 7], r[(op >> 3) & 7] & 0xff); break;
        case Op.asrReg: r[op & 7] = this.shift(Op.asrReg, r[op & 7], r[(op >> 3) & 7] & 0xff); break;
        case Op.ror: r[op & 7] = this.shift(Op.ror, r[op & 7], r[(op >> 3) & 7] & 0xff); break;
        case Op.adc: r[op & 7] = this.addWithFlags(r[op & 7], r[(op >> 3) & 7], this.c); break;
        case Op.sbc: r[op & 7] = this.addWithFlags(r[op & 7], ~r[(op >> 3) & 7], this.c); break;
        case Op.tst: this.n = this.z = r[op & 7] & r[(op >> 3) & 7]; break;
        case Op.rsb: r[op & 7] = this.addWithFlags(0, ~r[(op >> 3) & 7], 1); break;
        case Op.cmpReg: this.addWithFlags(r[op & 7], ~r[(op >> 3) & 7], 1); break;
        case Op.cmn: this.addWithFlags(r[op & 7], r[(op >> 3) & 7], 0); break;
        case Op.orr: this.n = this.z = r[op & 7] |= r[(op >> 3) & 7]; break;
        case Op.mul: this.n = this.z = r[op & 7] = Math.imul(r[op & 7], r[(op >> 3) & 7]); break;
        case Op.bic: this.n = this.z = r[op & 7] &= ~r[(op >> 3) & 7]; break;
        case Op.mvn: this.n = this.z = r[op & 7] = ~r[(op >> 3) & 7]; break;
        case Op.addHi: {
          const rd = (op & 7) | ((op >> 4) & 8);
          const rm = (op >> 3) & 15;
          const sum = ((rd === 15 ? pc + 4 : r[rd]) + (rm === 15 ? pc + 4 : r[rm])) | 0;
          if (rd === 15) {
            next = (sum & ~1) >>> 0;
            cost = 2;
          } else r[rd] = rd === 13 ? sum & ~3 : sum;
          break;
        }
        case Op.cmpHi: {
          const rn = (op & 7) | ((op >> 4) & 8);
          const rm = (op >> 3) & 15;
          this.addWithFlags(rn === 15 ? pc + 4 : r[rn], ~(rm === 15 ? pc + 4 : r[rm]), 1);
          break;
        }
        case Op.movHi: {
          const rd = (op & 7) | ((op >> 4) & 8);
          const rm = (op >> 3) & 15;
          const value = rm === 15 ? pc + 4 : r[rm];
          if (rd === 15) {
            next = (value & ~1) >>> 0;
            cost = 2;
          } else r[rd] = rd === 13 ? value & ~3 : value;
          break;
        }
        case Op.bx: {
          const rm = (op >> 3) & 15;
          this.interwork(rm === 15 ? pc + 4 : r[rm]);
          next = this.pc;
          cost = 2;
          break;
        }
        case Op.blx: {
          const target = r[(op >> 3) & 15];
          if ((target & 1) === 0) throw new BusFault(`call of 0x${(target >>> 0).toString(16)}, which is no Thumb code`);
          r[14] = (pc + 2) | 1;
          this.arrive(target);
          next = this.pc;
          cost = 2;
          break;
        }
        case Op.ldrLit: {
          const address = ((pc + 4) & ~3) + ((op & 0xff) << 2);
          r[(op >> 8) & 7] = m.load32(address);
          cost = 2;
          break;
        }
        case Op.strReg: {
          const address = (r[(op >> 3) & 7] + r[(op >> 6) & 7]) | 0;
          m.store32(address, r[op & 7]);
          cost += this.accessCycles(address, true);
          break;
        }
        case Op.strhReg: {
          const address = (r[(op >> 3) & 7] + r[(op >> 6) & 7]) | 0;
          m.store16(address, r[op & 7]);
          cost += this.accessCycles(address, true);
          break;
        }
        case Op.strbReg: {
          const address = (r[(op >> 3) & 7] + r[(op >> 6) & 7]) | 0;
          m.store8(address, r[op & 7]);
          cost += this.accessCycles(address, true);
          break;
        }
        case Op.ldrsbReg: {
          const address = (r[(op >> 3) & 7] + r[(op >> 6) & 7]) | 0;
          r[op & 7] = (m.load8(address) << 24) >> 24;
          cost += this.accessCycles(address, false);
          break;
        }
        case Op.ldrReg: {
          const address = (r[(op >> 3) & 7] + r[(op >> 6) & 7]) | 0;
          r[op & 7] = m.load32(address);
          cost += this.accessCycles(address, false);
          break;
        }
        case Op.ldrhReg: {
          const address = (r[(op >> 3) & 7] + r[(op >> 6) & 7]) | 0;
          r[op & 7] = m.load16(address);
          cost += this.accessCycles(address, false);
          break;
        }
        case Op.ldrbReg: {
          const address = (r[(op >> 3) & 7] + r[(op >> 6) & 7]) | 0;
          r[op & 7] = m.load8(address);
          cost += this.accessCycles(address, false);
          break;
        }
        case Op.ldrshReg: {
          const address = (r[(op >> 3) & 7] + r[(op >> 6) & 7]) | 0;
          r[op & 7] = (m.load16(address) << 16) >> 16;
          cost += this.accessCycles(address, false);
          break;
        }
        case Op.strImm: {
          const address = (r[(op >> 3) & 7] + ((op >> 4) & 0x7c)) | 0;
          m.store32(address, r[op & 7]);
          cost += this.accessCycles(address, true);
          break;
        }
        case Op.ldrImm: {
          const address = (r[(op >> 3) & 7] + ((op >> 4) & 0x7c)) | 0;
          r[op & 7] = m.load32(address);
          cost += this.accessCycles(address, false);
          break;
        }
        case Op.strbImm: {
          const address = (r[(op >> 3) & 7] + ((op >> 6) & 0x1f)) | 0;
          m.store8(address, r[op & 7]);
          cost += this.accessCycles(address, true);
          break;
        }
        case Op.ldrbImm: {
          const address = (r[(op >> 3) & 7] + ((op >> 6) & 0x1f)) | 0;
          r[op & 7] = m.load8(address);
          cost += this.accessCycles(address, false);
          break;
        }
        case Op.strhImm: {
          const address = (r[(op >> 3) & 7] + ((op >> 5) & 0x3e)) | 0;
          m.store16(address, r[op & 7]);
          cost += this.accessCycles(address, true);
          break;
        }
        case Op.ldrhImm: {
          const address = (r[(op >> 3) & 7] + ((op >> 5) & 0x3e)) | 0;
          r[op & 7] = m.load16(address);
          cost += this.accessCycles(address, false);
          break;
        }
        case Op.strSp: m.store32((r[13] + ((op & 0xff) << 2)) | 0, r[(op >> 8) & 7]); cost = 2; break;
        case Op.ldrSp: r[(op >> 8) & 7] = m.load32((r[13] + ((op & 0xff) << 2)) | 0); cost = 2; break;
        case Op.adr: r[(op >> 8) & 7] = ((pc + 4) & ~3) + ((op & 0xff) << 2); break;
        case Op.addSp: r[(op >> 8) & 7] = r[13] + ((op & 0xff) << 2); break;
        case Op.addSpImm: r[13] += (op & 0x7f) << 2; break;
        case Op.subSpImm: r[13] -= (op & 0x7f) << 2; break;
        case Op.sxth: r[op & 7] = (r[(op >> 3) & 7] << 16) >> 16; break;
        case Op.sxtb: r[op & 7] = (r[(op >> 3) & 7] << 24) >> 24; break;
        case Op.uxth: r[op & 7] = r[(op >> 3) & 7] & 0xffff; break;
        case Op.uxtb: r[op & 7] = r[(op >> 3) & 7] & 0xff; break;
        case Op.rev: {
          const value = r[(op >> 3) & 7];
          r[op & 7] = (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
          break;
        }
        case Op.rev16: {
          const value = r[(op >> 3) & 7];
          r[op & 7] = ((value & 0x00ff00ff) << 8) | ((value >>> 8) & 0x00ff00ff);
          break;
        }
        case Op.revsh: {
          const value = r[(op >> 3) & 7];
          r[op & 7] = ((value << 24) >> 16) | ((value >>> 8) & 0xff);
          break;
        }
        case Op.push: cost = this.push(op); break;
        case Op.pop:
          cost = this.pop(op);
          if ((op & 0x100) !== 0) next = this.pc;
          break;
        case Op.stm: cost = this.storeMany(op); break;
        case Op.ldm: cost = this.loadMany(op); break;
        case Op.bCond:
          if (this.condition((op >> 8) & 15)) {
            next = pc + 4 + ((op << 24) >> 23);
            cost = 2;
          }
          break;
        case Op.b:
          next = pc + 4 + ((op << 21) >> 20);
          cost = 2;
          break;
        case Op.nop: break;
        case Op.cps:
          this.exceptions.primask = (op & 0x10) !== 0;
          this.interruptSlice();
          break;
        case Op.wfi:
          this.sleeping = 'wfi';
          cost = 2;
          this.interruptSlice();
          break;
        case Op.wfe:
          cost = 2;
          if (this.event) this.event = false;
          else {
            this.sleeping = 'wfe';
            this.interruptSlice();
          }
          break;
        case Op.sev: this.setEvent(); break;
        case Op.svc:
          if (this.exceptions.priorityOf(exception.svCall) >= this.exceptions.currentPriority) {
            throw new BusFault('SVC where its exception may not run');
          }
          this.enter(exception.svCall, next);
          next = this.pc;
          break;
        case Op.bkpt:
          if (pc >= m.rom.bytes.length) throw new BusFault(`BKPT #${op & 0xff} without a debugger`);
          this.onRomCall(op & 0xff);
          break;
        case Op.wide:
          this.wide(op, pc);
          next = this.pc;
          cost = 3;
          break;
        default:
          throw new BusFault(`undefined instruction 0x${op.toString(16)}`);
      }
      this.pc = next;
      this.left -= cost;
      look = next !== pc + 2 || tracer.watching;
    }
    this.arrived = look;
  }

  private findCode(pc: number): void {
    const region = this.memory.region(pc);
    this.code = region.halfwords;
    this.codeBase = region.base;
    this.codeLength = region.bytes.length;
    this.tracer.enter(region, pc);
  }

  private wide(op: number, pc: number): void {
    const low = this.memory.load16(pc + 2);
    this.pc = pc + 4;
    if (isCall(low)) {
      this.r[14] = (pc + 4) | 1;
      this.arrive(pc + 4 + callOffset(op, low));
    } else if ((op & 0xfff0) === 0xf380 && (low & 0xff00) === 0x8800) {
      this.writeSpecial(low & 0xff, this.r[op & 15]);
    } else if (op === 0xf3ef && (low & 0xf000) === 0x8000) {
      this.r[(low >> 8) & 15] = this.readSpecial(low & 0xff);
    } else if (!isBarrier(op, low)) {
      this.pc = pc;
      throw new BusFault(`undefined instruction 0x${op.toString(16)} 0x${low.toString(16)}`);
    }
  }
}
