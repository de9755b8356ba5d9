// Offsets and bits of DW_apb_i2c that the model gives a meaning (RP2040 datasheet section 4.3.17).

export const reg = {
  con: 0x00, tar: 0x04, sar: 0x08, dataCmd: 0x10, ssHcnt: 0x14, ssLcnt: 0x18, fsHcnt: 0x1c,
  fsLcnt: 0x20, intrStat: 0x2c, intrMask: 0x30, rawIntrStat: 0x34, rxTl: 0x38, txTl: 0x3c,
  clrIntr: 0x40, clrRxUnder: 0x44, clrRxOver: 0x48, clrTxOver: 0x4c, clrRdReq: 0x50,
  clrTxAbrt: 0x54, clrRxDone: 0x58, clrActivity: 0x5c, clrStopDet: 0x60, clrStartDet: 0x64,
  clrGenCall: 0x68, enable: 0x6c, status: 0x70, txflr: 0x74, rxflr: 0x78, sdaHold: 0x7c,
  txAbrtSource: 0x80, slvDataNackOnly: 0x84, dmaCr: 0x88, dmaTdlr: 0x8c, dmaRdlr: 0x90,
  sdaSetup: 0x94, ackGeneralCall: 0x98, enableStatus: 0x9c, fsSpklen: 0xa0, clrRestartDet: 0xa8,
  compParam1: 0xf4, compVersion: 0xf8, compType: 0xfc,
} as const;

export const con = {
  controllerMode: 1 << 0, speed: 3 << 1, tenBitTarget: 1 << 3, tenBitController: 1 << 4,
  restartEnabled: 1 << 5, targetDisabled: 1 << 6, stopDetIfAddressed: 1 << 7, txEmptyControl: 1 << 8,
  rxFifoFullHold: 1 << 9, stopDetIfControllerActive: 1 << 10,
} as const;

export const intr = {
  rxUnder: 1 << 0, rxOver: 1 << 1, rxFull: 1 << 2, txOver: 1 << 3, txEmpty: 1 << 4, rdReq: 1 << 5,
  txAbrt: 1 << 6, rxDone: 1 << 7, activity: 1 << 8, stopDet: 1 << 9, startDet: 1 << 10,
  genCall: 1 << 11, restartDet: 1 << 12,
} as const;

export const abrt = {
  addressNack: 1 << 0, firstAddressNack: 1 << 1, secondAddressNack: 1 << 2, dataNack: 1 << 3, generalCallNack: 1 << 4, generalCallRead: 1 << 5,
  noRestart: 1 << 9, noRestartForRead: 1 << 10, controllerDisabled: 1 << 11, lost: 1 << 12, flushedTx: 1 << 13,
  targetLost: 1 << 14, targetReadCommand: 1 << 15, user: 1 << 16,
} as const;

export const dataCmd = { read: 1 << 8, stop: 1 << 9, restart: 1 << 10, firstByte: 1 << 11 } as const;

/** The first byte of a 10-bit address, without its bits and the direction (UM10204, section 3.1.11). */
export const tenBitPrefix = 0xf0;

export const dmaCr = { drain: 1 << 0, fill: 1 << 1 } as const;

export const enable = { on: 1 << 0, abort: 1 << 1, txBlock: 1 << 2 } as const;

export const fifoDepth = 16;
