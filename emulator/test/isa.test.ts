// The processor against qemu's Cortex-M0, over random programs. PICOCTL_ISA_SEED repeats a run;
// PICOCTL_DEEP makes it longer.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Cpu } from '../src/cpu/cpu.js';
import { Memory, type Registers } from '../src/cpu/memory.js';
import { makeProgram, ramBase, resultBytes } from './isa.js';

const casesPerProgram = 900;

class Ended extends Error {}

/** What the program writes when the interpreter runs it, and when traces do, which the first run left. */
function ours(program: Uint8Array): Buffer[] {
  const none = {} as Registers;
  const ram = new Uint8Array(0x4000);
  const cpu = new Cpu(new Memory(program, new Uint8Array(16), ram, none, () => false), { warmth: 1, straight: true });
  const interpreted = runOn(cpu, ram);
  assert.ok(cpu.traces > casesPerProgram, `${cpu.traces} traces`);
  ram.fill(0);
  return [interpreted, runOn(cpu, ram)];
}

function runOn(cpu: Cpu, ram: Uint8Array): Buffer {
  const written: Buffer[] = [];
  cpu.onRomCall = () => {
    const at = (cpu.r[1] >>> 0) - ramBase;
    const view = new DataView(ram.buffer);
    if (cpu.r[0] === 1) cpu.r[0] = 1;
    else if (cpu.r[0] === 5) {
      const from = view.getUint32(at + 4, true) - ramBase;
      written.push(Buffer.from(ram.slice(from, from + view.getUint32(at + 8, true))));
      cpu.r[0] = 0;
    } else throw new Ended();
  };
  cpu.reset();
  try {
    for (let i = 0; i < 1_000_000; ++i) {
      cpu.execute(10_000);
      if (cpu.fault !== null) throw cpu.fault;
    }
  } catch (problem) {
    if (!(problem instanceof Ended)) throw problem;
    return Buffer.concat(written);
  }
  throw new Error('the program does not end');
}

function qemus(program: Uint8Array, folder: string): Buffer {
  const file = join(folder, 'program.bin');
  writeFileSync(file, program);
  const done = spawnSync('qemu-system-arm', [
    '-M', 'microbit', '-device', `loader,file=${file},addr=0`, '-nographic', '-monitor', 'none', '-serial', 'none',
    '-semihosting-config', 'enable=on,target=native',
  ], { timeout: 60_000, maxBuffer: 1 << 26 });
  assert.equal(done.error, undefined, 'qemu-system-arm is needed: apt-get install qemu-system-arm');
  assert.equal(done.status, 0, String(done.stderr));
  return done.stdout;
}

const names = ['apsr', 'r8', 'r9', 'r10', 'r11', 'r12', 'r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'lr'];

test('every instruction does what it does in another emulator', (context) => {
  const seed = Number(process.env.PICOCTL_ISA_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const rounds = process.env.PICOCTL_DEEP === undefined ? 4 : 40;
  console.log(`${rounds * casesPerProgram} programs of eight instructions, seed ${seed}`);
  const folder = mkdtempSync(join(tmpdir(), 'picoctl-isa-'));
  context.after(() => rmSync(folder, { recursive: true }));
  for (let round = 0; round < rounds; ++round) {
    const program = makeProgram(seed + round, casesPerProgram);
    const theirs = qemus(program, folder);
    assert.equal(theirs.length, casesPerProgram * resultBytes, 'all results are there');
    ours(program).forEach((mine, pass) => compare(mine, theirs, `seed ${seed + round}, ${['interpreted', 'traces'][pass]}`));
  }
});

function compare(mine: Buffer, theirs: Buffer, where: string): void {
  for (let at = 0; at < theirs.length; at += 4) {
    const [a, b] = [mine.readUInt32LE(at), theirs.readUInt32LE(at)];
    if (a === b) continue;
    const name = names[(at % resultBytes) / 4];
    assert.fail(`${where}: ${name} is 0x${a.toString(16)}, in qemu 0x${b.toString(16)} (result ${Math.floor(at / resultBytes)})`);
  }
}
