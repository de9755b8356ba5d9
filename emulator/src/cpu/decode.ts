// What each of the 65536 first halfwords is, in the instruction set of the Cortex-M0+ (ARMv6-M
// Architecture Reference Manual, chapter A5). Looked up once per instruction.

export const enum Op {
  undefined_ = 0,
  lslImm, lsrImm, asrImm, addReg, subReg, addImm3, subImm3, movImm, cmpImm, addImm8, subImm8,
  and, eor, lslReg, lsrReg, asrReg, adc, sbc, ror, tst, rsb, cmpReg, cmn, orr, mul, bic, mvn,
  addHi, cmpHi, movHi, bx, blx, ldrLit,
  strReg, strhReg, strbReg, ldrsbReg, ldrReg, ldrhReg, ldrbReg, ldrshReg,
  strImm, ldrImm, strbImm, ldrbImm, strhImm, ldrhImm, strSp, ldrSp, adr, addSp,
  addSpImm, subSpImm, sxth, sxtb, uxth, uxtb, push, pop, cps, rev, rev16, revsh, bkpt,
  nop, wfe, wfi, sev, stm, ldm, bCond, udf, svc, b, wide,
}

const dataProcessing = [
  Op.and, Op.eor, Op.lslReg, Op.lsrReg, Op.asrReg, Op.adc, Op.sbc, Op.ror,
  Op.tst, Op.rsb, Op.cmpReg, Op.cmn, Op.orr, Op.mul, Op.bic, Op.mvn,
];
const byRegister = [
  Op.strReg, Op.strhReg, Op.strbReg, Op.ldrsbReg, Op.ldrReg, Op.ldrhReg, Op.ldrbReg, Op.ldrshReg,
];
const byTopFive: Record<number, Op> = {
  0: Op.lslImm, 1: Op.lsrImm, 2: Op.asrImm, 4: Op.movImm, 5: Op.cmpImm, 6: Op.addImm8,
  7: Op.subImm8, 9: Op.ldrLit, 12: Op.strImm, 13: Op.ldrImm, 14: Op.strbImm, 15: Op.ldrbImm,
  16: Op.strhImm, 17: Op.ldrhImm, 18: Op.strSp, 19: Op.ldrSp, 20: Op.adr, 21: Op.addSp,
  24: Op.stm, 25: Op.ldm, 28: Op.b, 29: Op.undefined_, 30: Op.wide, 31: Op.undefined_,
};

function decodeSpecial(opcode: number): Op {
  switch ((opcode >> 8) & 3) {
    case 0: return Op.addHi;
    case 1: return Op.cmpHi;
    case 2: return Op.movHi;
    default:
      if ((opcode & 7) !== 0) return Op.undefined_;
      return (opcode & 0x80) !== 0 ? Op.blx : Op.bx;
  }
}

function decodeHint(opcode: number): Op {
  if ((opcode & 0xf) !== 0) return Op.undefined_; // IT is not in this architecture
  const hints: Record<number, Op> = { 2: Op.wfe, 3: Op.wfi, 4: Op.sev };
  return hints[(opcode >> 4) & 0xf] ?? Op.nop;
}

function decodeMisc(opcode: number): Op {
  switch ((opcode >> 8) & 0xf) {
    case 0x0: return (opcode & 0x80) !== 0 ? Op.subSpImm : Op.addSpImm;
    case 0x2: return [Op.sxth, Op.sxtb, Op.uxth, Op.uxtb][(opcode >> 6) & 3];
    case 0x4:
    case 0x5: return (opcode & 0x1ff) !== 0 ? Op.push : Op.undefined_;
    case 0x6: return (opcode & 0xef) === 0x62 ? Op.cps : Op.undefined_;
    case 0xa: return [Op.rev, Op.rev16, Op.undefined_, Op.revsh][(opcode >> 6) & 3];
    case 0xc:
    case 0xd: return (opcode & 0x1ff) !== 0 ? Op.pop : Op.undefined_;
    case 0xe: return Op.bkpt;
    case 0xf: return decodeHint(opcode);
    default: return Op.undefined_;
  }
}

function decode(opcode: number): Op {
  const top = opcode >> 11;
  if (top in byTopFive) return byTopFive[top];
  switch (top) {
    case 3: return [Op.addReg, Op.subReg, Op.addImm3, Op.subImm3][(opcode >> 9) & 3];
    case 8: return (opcode & 0x400) === 0 ? dataProcessing[(opcode >> 6) & 0xf] : decodeSpecial(opcode);
    case 10:
    case 11: return byRegister[(opcode >> 9) & 7];
    case 22:
    case 23: return decodeMisc(opcode);
    default: {
      const condition = (opcode >> 8) & 0xf;
      if (condition === 0xe) return Op.udf;
      return condition === 0xf ? Op.svc : Op.bCond;
    }
  }
}

export const kinds = Uint8Array.from({ length: 0x10000 }, (_, opcode) => decode(opcode));
