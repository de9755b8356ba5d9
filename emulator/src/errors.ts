// What picoctl says when something fails: its one table of errors, read when the emulator is built.
//   node errors.js ERROR.def OUT.json
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type ErrorId = 'image_unusable' | 'image_silent' | 'image_stopped' | 'usage' | 'part_missing' | 'socket_failed' | 'file_unwritable' | 'bad_address' | 'virtual_bus_absent' | 'socket_version';

interface Row {
  exit: number;
  text: string;
  cause: string;
  cure: string;
}

const exitClasses = ['success', 'failed', 'usage', 'unreachable', 'unknown', 'running', 'local'];
const place = fileURLToPath(new URL('../errors.json', import.meta.url));

/** PICOCTL_ERROR(code, id, exit class, text, cause, cure), with strings that may be in pieces. */
export function parseTable(source: string): Record<string, Row> {
  const rows: Record<string, Row> = {};
  const row = /PICOCTL_ERROR\(0x[0-9A-F]{2}, (\w+), (\w+),((?:\s*(?:"(?:[^"\\]|\\.)*"|,))+)\s*\)/g;
  for (const [, id, exit, strings] of source.matchAll(row)) {
    const joined = strings.replace(/"\s+"/g, '');
    const [text, cause, cure] = [...joined.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1]);
    rows[id] = { exit: exitClasses.indexOf(exit), text, cause, cure };
  }
  return rows;
}

/** Says what happened on standard error; the exit code. */
export function complain(id: ErrorId, detail: string): number {
  const rows = JSON.parse(readFileSync(place, 'utf8')) as Record<string, Row>;
  const { exit, text, cause, cure } = rows[id];
  const indented = detail.replaceAll('\n', '\n                 ');
  process.stderr.write(`picoctl: ${text}\n  what happened: ${indented}\n  likely cause:  ${cause}\n  what to do:    ${cure}\n`);
  return exit;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(process.argv[3], JSON.stringify(parseTable(readFileSync(process.argv[2], 'utf8'))));
}
