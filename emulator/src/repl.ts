// Runs scripts on an emulated MicroPython over its raw REPL on UART0, as a user's tool would, and prints
// what they print:
//   node repl.js [--jumper GP=scl|sda]... [--module NAME=FILE]... [--put PATH=FILE]... [--save FILE.bin]
//                IMAGE SCRIPT...
// Before the scripts, files and folders are put on the Pico's file system, and modules in place. --save: the flash as
// it is then, an image like any other.
// Exit code 1: a script raised; 6: the image is no use.
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ImageError, readImage } from './chip/image.js';
import { Stop } from './cpu/stop.js';
import { Machine } from './machine.js';

const byteNanos = 600e3; // apart: MicroPython 1.26 takes one byte for each interrupt
const bootMillis = 5000;
const scriptMillis = 120_000;
const pieceBytes = 512;

export class Repl {
  private output = '';

  constructor(readonly machine: Machine) {
    const boot = machine.onBoot;
    machine.onBoot = (chip) => {
      boot(chip);
      chip.uart[0].onByte = (byte) => (this.output += String.fromCharCode(byte));
    };
    machine.start();
  }

  /** What came up to and with `text`. */
  until(text: string, milliseconds: number): string {
    if (!this.machine.runWhile(() => !this.output.includes(text), milliseconds * 1e6, 1e6)) {
      throw new Error(`no ${JSON.stringify(text)} within ${milliseconds} ms, but ${JSON.stringify(this.output.slice(-400))}`);
    }
    const end = this.output.indexOf(text) + text.length;
    const taken = this.output.slice(0, end);
    this.output = this.output.slice(end);
    return taken;
  }

  send(text: string): void {
    for (const byte of Buffer.from(text, 'utf8')) {
      this.machine.chip.uart[0].feed(byte);
      this.machine.runFor(byteNanos);
    }
  }

  enterRaw(): void {
    this.until('>>> ', bootMillis);
    this.send('\x01');
    this.until('raw REPL; CTRL-B to exit\r\n>', 1000);
  }

  /** Starts a script that runs until Ctrl-C. */
  type(script: string): void {
    this.send(`${script}\x04`);
    this.until('OK', 2000);
  }

  /** What a script printed, and the exception that ended it, if one did. */
  run(script: string): { printed: string; raised: string } {
    this.type(script);
    return this.end();
  }

  /** Waits for the end of what was typed. */
  end(): { printed: string; raised: string } {
    const printed = this.until('\x04', scriptMillis).slice(0, -1);
    const raised = this.until('\x04>', 2000).slice(0, -2);
    return { printed, raised };
  }
}

/** A byte within a Python literal. */
function escaped(byte: number): string {
  if (byte === 0x0a) return '\\n';
  const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c;
  return plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
}

/** Python that writes a file, in pieces, with the folders that lead to it. */
function* putting(path: string, bytes: Buffer): Generator<string> {
  const folders = path.split('/').slice(0, -1).map((_, i, parts) => parts.slice(0, i + 1).join('/'));
  yield `import os
for _d in ${JSON.stringify(folders)}:
    try:
        os.mkdir(_d)
    except OSError:
        pass
_f = open(${JSON.stringify(path)}, 'wb')`;
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    yield `_f.write(b'${Array.from(bytes.subarray(at, at + pieceBytes), escaped).join('')}')`;
  }
  yield '_f.close()';
}

/** The same for a file, or for all files of a folder. */
export function* puttingAll(path: string, from: string): Generator<string> {
  if (!statSync(from).isDirectory()) return yield* putting(path, readFileSync(from));
  for (const name of readdirSync(from).sort()) yield* puttingAll(`${path}/${name}`, `${from}/${name}`);
}

/** Makes a module of a script; its main() sees the globals of whoever runs it. */
const moduleOf = (name: string, source: string): string => `
import sys
class ${name}: pass
_g = {'__name__': '${name}', 'vars_of_main': lambda _d=globals(): _d}
exec(${JSON.stringify(source)}, _g)
for _k in _g:
    setattr(${name}, _k, _g[_k] if isinstance(_g[_k], type) else staticmethod(_g[_k]) if callable(_g[_k]) else _g[_k])
sys.modules['${name}'] = ${name}
`;

function main(): number {
  const many = { type: 'string', multiple: true } as const;
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { jumper: many, module: many, put: many, save: { type: 'string' } } });
  const machine = new Machine(readImage(positionals[0] ?? ''), { seed: 1 });
  machine.onBoot = (chip) => {
    for (const jumper of values.jumper ?? []) {
      const [pin, wire] = jumper.split('=');
      chip.jumper(Number(pin), wire === 'scl' ? 'scl' : 'sda');
    }
  };
  const repl = new Repl(machine);
  repl.enterRaw();
  const named = (words: string[] | undefined): string[][] => (words ?? []).map((word) => word.split('='));
  const scripts = [
    ...named(values.put).flatMap(([path, from]) => [...puttingAll(path, from)]),
    ...named(values.module).map(([name, file]) => moduleOf(name, readFileSync(file, 'utf8'))),
    ...positionals.slice(1).map((file) => readFileSync(file, 'utf8')),
  ];
  for (const script of scripts) {
    const { printed, raised } = repl.run(script);
    process.stdout.write(printed.replaceAll('\r\n', '\n'));
    process.stderr.write(raised.replaceAll('\r\n', '\n'));
    if (raised !== '') return 1;
  }
  if (values.save !== undefined) writeFileSync(values.save, machine.chip.flash);
  return 0;
}

if (process.argv[1]?.endsWith('repl.js') === true) {
  try {
    process.exitCode = main();
  } catch (problem) {
    process.stderr.write(`repl: ${(problem as Error).message}\n`);
    process.exitCode = problem instanceof ImageError || problem instanceof Stop ? 6 : 1;
  }
}
