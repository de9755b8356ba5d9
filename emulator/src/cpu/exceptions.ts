// Exceptions of the Cortex-M0+: what is pending, what may run now, and the registers by which
// programs rule that (ARMv6-M Architecture Reference Manual, chapters B1.5 and B3.4).
//
// An interrupt line is a level, sampled as the NVIC does it: a rising line makes its interrupt
// pending, and so does a line that is still high when its handler returns; a pending one stays
// pending when the line falls.

export const exception = { nmi: 2, hardFault: 3, svCall: 11, pendSv: 14, sysTick: 15 } as const;
export const firstInterrupt = 16;

const threadPriority = 256;

export class Exceptions {
  enabled = 0; // NVIC_ISER
  private lines = 0;
  private pendingLines = 0;
  private readonly pendingSystem = new Set<number>();
  private readonly priorities = new Uint8Array(32); // 0 to 3; 0 is the most urgent
  shpr2 = 0;
  shpr3 = 0;
  primask = false;
  /** Interrupts that a test holds back as if the processor were busy with something more urgent. */
  heldBack = 0;
  active = 0; // IPSR
  private stack: number[] = []; // what `active` interrupted

  /** `changed` is called when something may have become due. */
  constructor(private readonly changed: () => void) {}

  setLine(irq: number, high: boolean): void {
    const bit = 1 << irq;
    if (!high) {
      this.lines &= ~bit;
      return;
    }
    const rises = (this.lines & bit) === 0;
    this.lines |= bit;
    if (rises) {
      this.pendingLines |= bit;
      this.changed();
    }
  }

  pend(system: number): void {
    this.pendingSystem.add(system);
    this.changed();
  }
  holdBack(mask: number): void {
    this.heldBack = mask;
    this.changed();
  }
  unpend(system: number): void {
    this.pendingSystem.delete(system);
  }
  isPending(system: number): boolean {
    return this.pendingSystem.has(system);
  }

  get pendingInterrupts(): number {
    return this.pendingLines >>> 0;
  }
  setPending(mask: number): void {
    this.pendingLines |= mask;
    this.changed();
  }
  clearPending(mask: number): void {
    this.pendingLines &= ~(mask & ~this.lines);
  }
  enable(mask: number): void {
    this.enabled |= mask;
    this.changed();
  }
  disable(mask: number): void {
    this.enabled &= ~mask;
  }

  interruptPriority(irq: number): number {
    return this.priorities[irq];
  }
  setInterruptPriority(irq: number, priority: number): void {
    this.priorities[irq] = priority & 3;
    this.changed();
  }

  priorityOf(number: number): number {
    switch (number) {
      case 0: return threadPriority;
      case exception.nmi: return -2;
      case exception.hardFault: return -1;
      case exception.svCall: return this.shpr2 >>> 30;
      case exception.pendSv: return (this.shpr3 >>> 22) & 3;
      case exception.sysTick: return this.shpr3 >>> 30;
      default: return this.priorities[number - firstInterrupt];
    }
  }

  /** The priority that a new exception must beat. */
  get currentPriority(): number {
    const running = this.priorityOf(this.active);
    return this.primask ? Math.min(0, running) : running;
  }

  /** The most urgent exception that is pending, or 0. */
  get mostUrgent(): number {
    let best = 0;
    let bestPriority = threadPriority;
    for (const number of this.pendingSystem) {
      const priority = this.priorityOf(number);
      if (priority < bestPriority || (priority === bestPriority && number < best)) {
        best = number;
        bestPriority = priority;
      }
    }
    for (let left = this.pendingLines & this.enabled & ~this.heldBack; left !== 0; left &= left - 1) {
      const irq = 31 - Math.clz32(left & -left);
      if (this.priorities[irq] < bestPriority) {
        best = firstInterrupt + irq;
        bestPriority = this.priorities[irq];
      }
    }
    return best;
  }

  /** What is to be entered now, or 0. */
  due(): number {
    if (this.pendingSystem.size === 0 && (this.pendingLines & this.enabled) === 0) return 0;
    const number = this.mostUrgent;
    return number !== 0 && this.priorityOf(number) < this.currentPriority ? number : 0;
  }

  /** Whether WFI ends: PRIMASK does not count. */
  wakes(): boolean {
    const number = this.mostUrgent;
    return number !== 0 && this.priorityOf(number) < this.priorityOf(this.active);
  }

  enter(number: number): void {
    this.stack.push(this.active);
    this.active = number;
    if (number >= firstInterrupt) this.pendingLines &= ~(1 << (number - firstInterrupt));
    else this.pendingSystem.delete(number);
  }

  /** Leaves the running one for `next`, the IPSR that was stacked. */
  leave(next: number): void {
    const left = this.active;
    this.stack.pop();
    this.active = next;
    if (left >= firstInterrupt) this.pendingLines |= this.lines & (1 << (left - firstInterrupt));
    this.changed();
  }

  reset(): void {
    this.enabled = this.pendingLines = this.shpr2 = this.shpr3 = this.active = 0;
    this.pendingLines = this.lines;
    this.pendingSystem.clear();
    this.priorities.fill(0);
    this.primask = false;
    this.stack = [];
  }
}
