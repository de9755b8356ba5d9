// What instructions tell of themselves, for traces: the memory they reach, and whether they may be in one.
import { Op, kinds } from './decode.js';

/** A load or store of one register. */
export interface Access {
  bytes: 1 | 2 | 4;
  store: boolean;
  signed: boolean;
  value: number; // the register that is loaded or stored,
  base: number; // and those whose sum with the offset is the address
  index: number | null;
  offset: number;
}

const isSigned = (op: number): boolean => kinds[op] === Op.ldrsbReg || kinds[op] === Op.ldrshReg;

function byIndex(op: number, bytes: 1 | 2 | 4, store: boolean): Access {
  return { bytes, store, signed: isSigned(op), value: op & 7, base: (op >> 3) & 7, index: (op >> 6) & 7, offset: 0 };
}
function byOffset(op: number, bytes: 1 | 2 | 4, store: boolean): Access {
  const offset = ((op >> 6) & 31) * bytes;
  return { bytes, store, signed: false, value: op & 7, base: (op >> 3) & 7, index: null, offset };
}
function onStack(op: number, store: boolean): Access {
  return { bytes: 4, store, signed: false, value: (op >> 8) & 7, base: 13, index: null, offset: (op & 0xff) << 2 };
}

export function accessOf(op: number): Access | null {
  switch (kinds[op] as Op) {
    case Op.strReg: return byIndex(op, 4, true);
    case Op.strhReg: return byIndex(op, 2, true);
    case Op.strbReg: return byIndex(op, 1, true);
    case Op.ldrReg: return byIndex(op, 4, false);
    case Op.ldrhReg:
    case Op.ldrshReg: return byIndex(op, 2, false);
    case Op.ldrbReg:
    case Op.ldrsbReg: return byIndex(op, 1, false);
    case Op.strImm: return byOffset(op, 4, true);
    case Op.ldrImm: return byOffset(op, 4, false);
    case Op.strhImm: return byOffset(op, 2, true);
    case Op.ldrhImm: return byOffset(op, 2, false);
    case Op.strbImm: return byOffset(op, 1, true);
    case Op.ldrbImm: return byOffset(op, 1, false);
    case Op.strSp: return onStack(op, true);
    case Op.ldrSp: return onStack(op, false);
    default: return null;
  }
}

export const isCall = (second: number): boolean => (second & 0xd000) === 0xd000;
export const isBarrier = (op: number, second: number): boolean =>
  op === 0xf3bf && (second & 0xff00) === 0x8f00 && [4, 5, 6].includes((second >> 4) & 15);

/** How far from its address a BL jumps, less 4. */
export function callOffset(op: number, second: number): number {
  const s = (op >> 10) & 1;
  const i1 = ~((second >> 13) ^ s) & 1;
  const i2 = ~((second >> 11) ^ s) & 1;
  return (s !== 0 ? -0x1000000 : 0) | (i1 << 23) | (i2 << 22) | ((op & 0x3ff) << 12) | ((second & 0x7ff) << 1);
}

export function registersIn(list: number): number[] {
  return [0, 1, 2, 3, 4, 5, 6, 7].filter((register) => (list & (1 << register)) !== 0);
}

/** Whether a trace may hold this instruction: what touches the processor's own state is left out. */
export function canTranslate(op: number, second: number): boolean {
  switch (kinds[op] as Op) {
    case Op.undefined_:
    case Op.udf:
    case Op.svc:
    case Op.bkpt:
    case Op.cps:
    case Op.wfi:
    case Op.wfe:
    case Op.sev: return false;
    case Op.wide: return isCall(second) || isBarrier(op, second);
    case Op.stm:
    case Op.ldm: return (op & 0xff) !== 0;
    default: return true;
  }
}

/** At most so many cycles. */
export function mostCycles(op: number): number {
  switch (kinds[op] as Op) {
    case Op.push:
    case Op.pop:
    case Op.stm:
    case Op.ldm: return 13;
    default: return 5;
  }
}
