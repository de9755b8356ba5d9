// DMA that the I2C block and the UART ask for: what many programs let it do for them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pi, emptyResult } from '../src/bus/pi.js';
import { Run, assemble } from './programs.js';

const buffer = 0x20001000;

test('a target drains its receive FIFO by DMA, with the mark of each first byte', () => {
  const ran = new Run(assemble(`
start:
    ldr r0, =0x4000c000       // RESETS: all on
    movs r1, #0
    str r1, [r0]
    ldr r0, =0x40014004       // GP0, GP1: I2C0
    movs r1, #3
    str r1, [r0]
    str r1, [r0, #8]
    ldr r6, =0x40044000
    movs r1, #0x41
    str r1, [r6, #0x08]
    ldr r1, =0x204            // a target, which holds the clock when it is full
    str r1, [r6]
    movs r1, #1
    ldr r0, =0x40044088       // DMA_CR: receive; DMA_RDLR is 0
    str r1, [r0]
    ldr r0, =0x50000000
    ldr r1, =0x40044010
    str r1, [r0]
    ldr r1, =${buffer}
    str r1, [r0, #4]
    movs r1, #6
    str r1, [r0, #8]
    ldr r1, =(33 << 15) | (1 << 5) | (1 << 2) | 1   // I2C0_RX, halfwords, on and on
    str r1, [r0, #0xc]
    movs r1, #1
    str r1, [r6, #0x6c]
  1: wfi
    b 1b`)).for(1);
  const { machine } = ran;
  const pi = new Pi(machine.clock, machine.wires, 400_000);
  for (const write of [[1, 2, 3, 4], [5, 6]]) {
    pi.begin(pi.transfer([{ address: 0x41, write }], emptyResult()));
    assert.ok(machine.runWhile(() => pi.busy, 5e6));
  }
  const first = 1 << 11;
  const at = (buffer - 0x20000000) / 4;
  const words = [ran.word(at), ran.word(at + 1), ran.word(at + 2)];
  assert.deepEqual(words.flatMap((word) => [word & 0xffff, word >>> 16]), [1 | first, 2, 3, 4, 5 | first, 6]);
});

test('a UART is fed by DMA, byte by byte as it sends', () => {
  const ran = new Run(assemble(`
start:
    ldr r0, =0x4000c000
    movs r1, #0
    str r1, [r0]
    ldr r6, =0x40034000
    movs r1, #8
    str r1, [r6, #0x24]
    movs r1, #0x70
    str r1, [r6, #0x2c]
    ldr r1, =0x301
    str r1, [r6, #0x30]
    movs r1, #2
    str r1, [r6, #0x48]       // DMACR: transmit
    ldr r0, =0x50000000
    ldr r1, =text
    str r1, [r0]
    str r6, [r0, #4]
    movs r1, #50
    str r1, [r0, #8]
    ldr r1, =(20 << 15) | (1 << 4) | 1
    str r1, [r0, #0xc]
  1: wfi
    b 1b
    .align 2
text: .ascii "fifty bytes, which are more than the FIFO can hold"
    .align 2`));
  let sent = '';
  ran.machine.chip.uart[0].onByte = (byte) => (sent += String.fromCharCode(byte));
  ran.for(5);
  assert.equal(sent, 'fifty bytes, which are more than the FIFO can hold');
});
