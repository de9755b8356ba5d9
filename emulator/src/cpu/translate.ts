// Traces of instructions as JavaScript: what the processor did once it will mostly do again. A trace does
// exactly what the interpreter in cpu.ts does, cycle by cycle. Wherever it cannot be sure of that it
// ends with everything as it is before the instruction, and the interpreter goes on.
//
// Cycles: the interpreter begins an instruction if any are left of the slice. A trace looks at that
// once for some instructions together, and leaves the last few cycles of a slice to the interpreter.
import type { Region } from './memory.js';
import { type Step, Writer } from './writer.js';

export interface Trace {
  /** Whether it came to an end of its own, and not to that of the slice. */
  run: () => boolean;
  most: number; // with so few cycles left the interpreter has to do it
  loops: boolean;
}

/** What a trace's JavaScript uses of the processor. */
export interface Machinery {
  r: Int32Array;
  memory: { ram: Region; flash: Region; code: Uint8Array };
}

/** `steps` follow each other in one region; if the trace loops, the first comes after the last. */
export function translate(steps: Step[], region: Region, cpu: Machinery, isHooked: (address: number) => boolean): Trace {
  const loops = steps[steps.length - 1].next === steps[0].pc;
  let writer = new Writer(steps, region, isHooked, new Set());
  let body = writer.body();
  if (loops) {
    writer = new Writer(steps, region, isHooked, writer.written);
    body = writer.body();
  }
  const most = writer.most(0);
  const { total } = writer;
  const tail = loops
    ? `L-=${total};if(L<=${most}){${writer.leave(steps[0].pc, 0)}return false}`
    : `${writer.leave(steps[steps.length - 1].next, total)}return true`;
  const registers = [...writer.used].map((register) => `,r${register}=r[${register}]`).join('');
  const source = `return ()=>{let L=c.left,n=c.n,z=c.z,f=c.c,v=c.v,t=0,x=0,y=0,a=0,o=0${registers};
for(;;){\n${body}\n${tail}}}`;
  const { ram, flash, code } = cpu.memory;
  const names = ['c', 'r', 'm', 'code', 'b', 'h', 'w', 'size', 'bF', 'hF', 'wF', 'flashSize'];
  const values = [
    cpu, cpu.r, cpu.memory, code, ram.bytes, ram.halfwords, ram.words, ram.bytes.length, flash.bytes, flash.halfwords,
    flash.words, flash.bytes.length,
  ];
  // The source is made here, of numbers only.
  const make = new Function(...names, source) as (...values: unknown[]) => Trace['run'];
  return { run: make(...values), most, loops };
}
