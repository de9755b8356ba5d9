// Random programs over all instructions of the Cortex-M0+ that compute, load, store and branch. A
// program is a flash image for any Cortex-M0: it runs many cases, each from random registers and
// flags, and writes what came of them to the debugger's standard output (ARM semihosting).

export const ramBase = 0x20000000;
const stackTop = ramBase + 0x3c00;
const parameters = ramBase + 0x3f00; // of semihosting calls
const buffer = ramBase; // what loads and stores play in: 256 bytes
const caseBytes = 15 * 4;
const casesPerWrite = 150;
const instructionsPerCase = 8;

/** A small generator of numbers (xorshift32), so that a seed gives the same program everywhere. */
export class Random {
  constructor(private state: number) {
    this.state = (state | 0) === 0 ? 1 : state | 0;
  }
  next(): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return this.state >>> 0;
  }
  below(limit: number): number {
    return this.next() % limit;
  }
  /** Numbers near the edges are more likely than chance would have it. */
  word(): number {
    const edges = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xff, 0x20, 0x21, 0x1f];
    return this.below(3) === 0 ? edges[this.below(edges.length)] : this.next();
  }
}

class Assembler {
  readonly halfwords: number[] = [];
  private literals: { at: number; register: number; value: number }[] = [];
  get at(): number {
    return this.halfwords.length * 2;
  }
  emit(...halfwords: number[]): void {
    this.halfwords.push(...halfwords.map((halfword) => halfword & 0xffff));
  }
  word(value: number): void {
    this.emit(value & 0xffff, value >>> 16);
  }
  /** LDR register, =value; its literal is placed by pool(). */
  load(register: number, value: number): void {
    this.literals.push({ at: this.halfwords.length, register, value });
    this.emit(0);
  }
  /** Jumps over the literals that are due, and places them. */
  pool(): void {
    const jump = this.halfwords.length;
    this.emit(0);
    if (this.halfwords.length % 2 !== 0) this.emit(0xbf00);
    for (const { at, register, value } of this.literals) {
      const base = (at * 2 + 4) & ~3;
      this.halfwords[at] = 0x4800 | (register << 8) | ((this.at - base) >> 2);
      this.word(value);
    }
    this.literals = [];
    this.halfwords[jump] = 0xe000 | ((this.at - (jump * 2 + 4)) >> 1);
  }
}

const breakpointCall = 0xbeab;

function lowList(random: Random, without: number): number {
  return (random.below(255) + 1) & ~(1 << without) & 0xff;
}

/** An address register, and an access through it. */
function memoryAccess(random: Random, code: Assembler): void {
  const base = random.below(8);
  const value = random.below(8);
  const kind = random.below(17);
  const offset = random.below(32);
  if (kind < 6) {
    code.load(base, buffer + 4 * random.below(8));
    code.emit([0x6000, 0x6800, 0x7000, 0x7800, 0x8000, 0x8800][kind] | (offset << 6) | (base << 3) | value);
  } else if (kind < 14) {
    const index = (base + 1 + random.below(7)) % 8;
    code.load(base, buffer + 4 * random.below(8));
    code.load(index, 4 * random.below(32));
    code.emit(0x5000 | ((kind - 6) << 9) | (index << 6) | (base << 3) | value);
  } else if (kind < 16) {
    const list = lowList(random, base);
    code.load(base, buffer + 4 * random.below(8));
    if (list !== 0) code.emit((kind === 14 ? 0xc000 : 0xc800) | (base << 8) | list);
  } else {
    const list = random.below(255) + 1;
    code.emit(0xb400 | list, 0x9000 | (value << 8), 0x9800 | (base << 8), 0xbc00 | list);
  }
}

function highOperation(random: Random, code: Assembler): void {
  const high = 8 + random.below(5);
  const low = random.below(8);
  const [rd, rm] = random.below(2) === 0 ? [high, low] : [low, high];
  const operation = [0x4400, 0x4500, 0x4600][random.below(3)];
  code.emit(operation | ((rd & 8) << 4) | (rm << 3) | (rd & 7));
}

function branch(random: Random, code: Assembler): void {
  switch (random.below(4)) {
    case 0: code.emit(0xe000); break; // B over the next
    case 1: code.emit(0xf000, 0xf801); break; // BL over the next
    default: code.emit(0xd000 | (random.below(14) << 8)); // B<condition> over the next
  }
  code.emit(0x3000 | (random.below(8) << 8) | random.below(256)); // ADDS, or not
}

/** MSR APSR, Rn. Only the four flags: qemu keeps bit 27 too, which this architecture does not have. */
function setFlags(random: Random, code: Assembler): void {
  const register = random.below(8);
  code.load(register, (random.next() & 0xf0000000) >>> 0);
  code.emit(0xf380 | register, 0x8800);
}

function oneInstruction(random: Random, code: Assembler): void {
  const r = (): number => random.below(8);
  switch (random.below(14)) {
    case 0: code.emit((random.below(3) << 11) | (random.below(32) << 6) | (r() << 3) | r()); break;
    case 1: code.emit(0x1800 | (random.below(4) << 9) | (r() << 6) | (r() << 3) | r()); break;
    case 2: code.emit(0x2000 | (random.below(4) << 11) | (r() << 8) | random.below(256)); break;
    case 3:
    case 4:
    case 5: code.emit(0x4000 | (random.below(16) << 6) | (r() << 3) | r()); break;
    case 6: highOperation(random, code); break;
    case 7: code.emit([0xb200, 0xb240, 0xb280, 0xb2c0, 0xba00, 0xba40, 0xbac0][random.below(7)] | (r() << 3) | r()); break;
    case 8: code.emit(0xa000 | (random.below(2) << 11) | (r() << 8) | random.below(256)); break;
    case 9: branch(random, code); break;
    case 10: code.emit(0xf3ef, 0x8000 | (r() << 8)); break; // MRS Rd, APSR
    case 11: setFlags(random, code); break;
    default: memoryAccess(random, code);
  }
}

function oneCase(random: Random, code: Assembler, states: { at: number; words: number[] }[]): void {
  const words = Array.from({ length: 14 }, () => random.word());
  words[5] &= 0xf0000000; // the flags
  states.push({ at: code.at, words });
  code.load(0, 0); // the state's address is put in when it is known
  code.emit(0xc83e); // LDMIA r0!, {r1-r5}
  for (let i = 0; i < 5; ++i) code.emit(0x4680 | ((i + 1) << 3) | i);
  code.emit(0xc802, 0xf381, 0x8800, 0xc8ff); // LDMIA r0!, {r1}; MSR APSR, r1; LDMIA r0, {r0-r7}
  for (let i = 0; i < instructionsPerCase; ++i) oneInstruction(random, code);
  code.emit(0xb5ff, 0xf3ef, 0x8000); // PUSH {r0-r7, lr}; MRS r0, APSR
  for (let i = 0; i < 5; ++i) code.emit(0x4640 | (i << 3) | (i + 1));
  code.emit(0xb43f); // PUSH {r0-r5}
  code.pool();
}

function call(code: Assembler, operation: number, block: number): void {
  code.load(1, block);
  code.emit(0x2000 | operation, breakpointCall);
}

function writeResults(code: Assembler, count: number): void {
  code.load(0, parameters);
  code.emit(0x6801); // the handle from SYS_OPEN lies there already
  code.load(2, stackTop - count * caseBytes);
  code.emit(0x6042);
  code.load(2, count * caseBytes);
  code.emit(0x6082);
  call(code, 5, parameters); // SYS_WRITE
  code.load(0, stackTop);
  code.emit(0x4685); // MOV sp, r0
  code.pool();
}

/** A flash image of `count` cases. */
export function makeProgram(seed: number, count: number): Uint8Array {
  const random = new Random(seed);
  const code = new Assembler();
  for (let i = 0; i < 16; ++i) code.word(i === 0 ? stackTop : 0x41);
  const states: { at: number; words: number[] }[] = [];
  code.load(0, parameters + 32);
  code.load(1, 0x0074743a); // ":tt"
  code.emit(0x6001);
  code.load(1, parameters + 16);
  code.emit(0x6008, 0x2004, 0x6048, 0x2003, 0x6088); // its address, mode "w", its length
  call(code, 1, parameters + 16); // SYS_OPEN
  code.load(1, parameters);
  code.emit(0x6008); // the handle
  code.pool();
  for (let done = 0; done < count; ) {
    const now = Math.min(casesPerWrite, count - done);
    for (let i = 0; i < now; ++i) oneCase(random, code, states);
    writeResults(code, now);
    done += now;
  }
  code.load(1, 0x20026); // ADP_Stopped_ApplicationExit
  code.emit(0x2018, breakpointCall); // SYS_EXIT
  code.pool();
  return placeStates(code, states);
}

function placeStates(code: Assembler, states: { at: number; words: number[] }[]): Uint8Array {
  for (const { at, words } of states) {
    const place = code.at;
    for (const word of words) code.word(word);
    // The literal of the LDR at `at`: where it was placed shows in the instruction.
    const literal = ((at + 4) & ~3) + ((code.halfwords[at / 2] & 0xff) << 2);
    code.halfwords[literal / 2] = place & 0xffff;
    code.halfwords[literal / 2 + 1] = place >>> 16;
  }
  return new Uint8Array(Uint16Array.from(code.halfwords).buffer);
}

export const resultBytes = caseBytes;
