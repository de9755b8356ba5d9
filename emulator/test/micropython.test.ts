// MicroPython, unpatched, with picoctl's library on its flash: the first program of docs/MICROPYTHON.md.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { Pi, emptyResult, type Message } from '../src/bus/pi.js';
import { readImage } from '../src/chip/image.js';
import { Machine } from '../src/machine.js';
import { Repl, puttingAll } from '../src/repl.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const firmware = `${root}build/micropython-rp2/firmware.elf`;
const missing = existsSync(firmware) ? false : 'emulator/micropython/build.sh builds it';

function firstProgram(): string {
  const page = readFileSync(`${root}docs/MICROPYTHON.md`, 'utf8');
  const program = /^## The first program\n[^]*?```python\n([^]*?)```/m.exec(page)?.[1];
  assert.ok(program !== undefined && program.includes('target.run()'));
  return program;
}

test('the first program, typed in over the raw REPL, answers on the bus until Ctrl-C', { skip: missing }, () => {
  const machine = new Machine(readImage(firmware), { seed: 1 });
  const repl = new Repl(machine);
  repl.enterRaw();
  for (const script of puttingAll('picoctl', `${root}micropython/picoctl`)) assert.equal(repl.run(script).raised, '');
  repl.type(firstProgram());
  machine.runFor(2e9); // it compiles the library

  const pi = new Pi(machine.clock, machine.wires, 100_000);
  const transfer = (...messages: Message[]): number[] => {
    const result = emptyResult();
    pi.begin(pi.transfer(messages, result));
    assert.ok(machine.runWhile(() => pi.busy, 50e6));
    assert.equal(result.nackedByte, null);
    return result.read;
  };
  const at = (start: number, size: number): number[] =>
    transfer({ address: 0x41, write: [start] }, { address: 0x41, read: size });
  assert.deepEqual(at(0x80, 3), [0xf0, 0x50, 0x43], 'IDENTITY');
  transfer({ address: 0x41, write: [...Buffer.from('a0e00601785634126400dbbe', 'hex')] }); // HELLO
  machine.runFor(20e6);
  const answer = at(0xd0, 10);
  assert.deepEqual([answer[0], ...answer.slice(6)], [0x83, 0x78, 0x56, 0x34, 0x12], 'DONE, and the nonce');

  repl.send('\x03');
  assert.match(repl.end().raised, /KeyboardInterrupt/);
  assert.equal(repl.run('print(6 * 7)').printed, '42\r\n');
});
