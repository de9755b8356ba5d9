// What a target costs its processor and its bus, counted in the emulator:
//   node measure.js [--json] [--short] [NAME=]IMAGE[+FILES]...
// FILES: bytes of a file system for the end of the flash, as bench/micropython/flash.py writes them.
// Cycles are relative figures: they repeat exactly, and say nothing of a real chip's cache and buses.
import { readFileSync } from 'node:fs';
import { flashBytes } from './chip/chip.js';
import { type Image, ImageError, nameOf, readImage } from './chip/image.js';
import { Stop } from './cpu/stop.js';
import { type Effort, type Figures, type Load, measure, short, whole } from './measure/figures.js';
import { LinkError } from './measure/link.js';

const speeds = [100_000, 400_000, 1_000_000];

export function table(name: string, all: Figures[]): string {
  const share = (part: number): string => `${(100 * part).toFixed(0)} %`;
  const load = (f: Figures, show: (checked: Load) => string): string => (f.checked === null ? '-' : show(f.checked));
  const rows: [string, (f: Figures) => string][] = [
    ['cycles from RD_REQ to the first DATA_CMD', (f) => String(f.requestToData)],
    ['interrupt cycles per byte received', (f) => f.cyclesPerByteReceived.toFixed(1)],
    ['interrupt cycles per byte sent', (f) => f.cyclesPerByteSent.toFixed(1)],
    ['interrupts per foreign transaction', (f) => String(f.interruptsPerForeign)],
    ['interrupt cycles per foreign transaction', (f) => String(f.cyclesPerForeign)],
    ['longest hold of SCL beyond tLOW, ns', (f) => Math.max(...f.reads.map(({ longestHold }) => longestHold)).toFixed(0)],
    ['a read of 16 bytes, to the ideal', (f) => f.reads[0].overIdeal.toFixed(3)],
    ['a write of 16 bytes, to the ideal', (f) => f.writes[0].overIdeal.toFixed(3)],
    ['cycles from a frame to its handler', (f) => (f.frameToHandler === null ? '-' : String(f.frameToHandler))],
    ['frames lost back to back', (f) => (f.backToBack === null ? '-' : `${f.backToBack.lost}/${f.backToBack.sent}`)],
    ['checked exchanges of 4 bytes a second', (f) => load(f, ({ perSecond }) => perSecond.toFixed(0))],
    ['  of them answered by a second read', (f) => load(f, ({ polled }) => String(polled))],
    ['  processor awake', (f) => load(f, ({ awake }) => share(awake))],
    ['  processor in the interrupt', (f) => load(f, ({ interrupt }) => share(interrupt))],
    ['no-op in a batch, cycles of the loop', (f) => (f.batch === null ? '-' : f.batch.loop.toFixed(0))],
    ['  both interrupts included', (f) => (f.batch === null ? '-' : (f.batch.received + f.batch.loop + f.batch.sent).toFixed(0))],
  ];
  const line = (label: string, cells: string[]): string => label.padEnd(44) + cells.map((cell) => cell.padStart(9)).join('');
  return [line(`${name}, emulated, 125 MHz`, all.map(({ hertz }) => `${hertz / 1000} kHz`)),
    ...rows.map(([label, cell]) => line(label, all.map(cell)))].join('\n');
}

/** "NAME=IMAGE+FILES" */
export function subjectOf(word: string): { name: string; image: Image } {
  const [, name, path, files] = /^(?:([^=]*)=)?([^+]*)(?:\+(.*))?$/.exec(word) ?? [];
  const image = readImage(path ?? '');
  if (files !== undefined) {
    const bytes = readFileSync(files);
    image.pieces.push({ offset: flashBytes - bytes.length, bytes });
  }
  return { name: name ?? path, image };
}

function main(words: string[]): void {
  const effort: Effort = words.includes('--short') ? short : whole;
  const all: Record<string, Figures[]> = {};
  for (const word of words.filter((each) => !each.startsWith('--'))) {
    const { name, image } = subjectOf(word);
    all[name] = speeds.map((hertz) => measure(image, hertz, effort));
    if (!words.includes('--json')) process.stdout.write(`${table(name, all[name])}\n`);
  }
  if (words.includes('--json')) process.stdout.write(`${JSON.stringify(all, null, 1)}\n`);
}

if (process.argv[1]?.endsWith('measure.js') === true) {
  try {
    main(process.argv.slice(2));
  } catch (problem) {
    if (!(problem instanceof ImageError) && !(problem instanceof Stop) && !(problem instanceof LinkError)) throw problem;
    process.stderr.write(`measure: ${problem.message}${problem instanceof Stop ? ` at ${nameOf([], problem.pc)}` : ''}\n`);
    process.exit(1);
  }
}
