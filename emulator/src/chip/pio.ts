// Keeps rp2040js's PIO blocks in step with the processor. By itself the package runs them on a timer of
// Node's, beside the machine's time, so that no run repeats.
import type { RPPIO } from 'rp2040js';

type StateMachine = RPPIO['machines'][number];

/** Processor cycles between two looks at the state machines while one of them runs. */
export const pioSlice = 8;

interface Progress {
  since: number; // processor cycles at which it was level with us,
  ran: number; // and the state machine's own cycles then
}

export class PioClock {
  private readonly progress = new Map<StateMachine, Progress>();

  constructor(private readonly blocks: readonly RPPIO[]) {
    for (const block of blocks) block.run = () => undefined; // nobody but us drives them
  }

  get running(): boolean {
    return this.blocks.some((block) => !block.stopped);
  }

  /** Lets every state machine that runs do what is due by now. */
  catchUp(cycles: number): void {
    for (const block of this.blocks) {
      if (block.stopped) continue;
      for (const machine of block.machines) this.run(machine, cycles);
      block.checkChangedPins();
    }
  }

  private run(machine: StateMachine, cycles: number): void {
    if (!machine.enabled) {
      this.progress.delete(machine);
      return;
    }
    let { since, ran } = this.progress.get(machine) ?? { since: cycles, ran: machine.cycles };
    const divider = (machine.clockDivInt === 0 ? 65536 : machine.clockDivInt) + machine.clockDivFrac / 256;
    while (since + (machine.cycles - ran) * divider < cycles) {
      const before = machine.cycles;
      machine.step();
      if (machine.cycles !== before) continue;
      since = cycles; // it waits: that time is gone
      ran = machine.cycles;
    }
    this.progress.set(machine, { since, ran });
  }
}
