// Warm starts: the state in which a program first answered on the bus is kept in a folder, and the same program
// begins there the next time. A state is named after all that it comes of: the program, the chip, and this emulator.
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Machine } from './machine.js';
import { Places, StateError } from './state.js';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Of the emulator's own code: another one's state is of no use. */
function digestOfEmulator(): Buffer {
  const hash = createHash('sha256');
  const add = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.isDirectory()) add(join(folder, entry.name));
      else if (entry.name.endsWith('.js')) hash.update(readFileSync(join(folder, entry.name)));
    }
  };
  add(here);
  for (const file of ['../bootrom.bin', '../../package-lock.json']) hash.update(readFileSync(join(here, file)));
  return hash.digest();
}

export class WarmStart {
  private readonly places: Places;
  private readonly path: string;
  private readonly said: number[] = []; // on the program's UARTs so far
  private keeping = true;

  /**
   * To be made before the machine's first instruction. `what`: on which options the state depends by which the
   * machine was made.
   */
  constructor(folder: string, machine: Machine, what: string) {
    this.places = new Places(machine);
    const name = createHash('sha256').update(digestOfEmulator()).update(what).update(machine.chip.flash).digest('hex');
    this.path = join(folder, `${name.slice(0, 32)}.state`);
  }

  /** A byte that the program printed. */
  hears(byte: number): void {
    if (this.keeping) this.said.push(byte);
  }

  /** What the program had printed by then, if the machine goes on from a state that was kept; else null. */
  begin(): Uint8Array | null {
    try {
      const said = this.places.restore(readFileSync(this.path));
      this.keeping = false;
      return said;
    } catch (problem) {
      if (problem instanceof StateError || (problem as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw problem;
    }
  }

  /** The program answers on the bus: this is the state to begin with. Throws StateError if it cannot be one. */
  keep(): void {
    if (!this.keeping) return;
    this.keeping = false;
    const whole = `${this.path}.${randomUUID()}`; // others may keep the same one at the same time
    writeFileSync(whole, this.places.save(Uint8Array.from(this.said)));
    renameSync(whole, this.path);
  }
}
