// Prints the emulated cycles of one entry of the least batch that there can be: see batch_entry.cpp.
import { readImage } from '../../emulator/dist/src/chip/image.js';
import { Meter } from '../../emulator/dist/src/measure/meter.js';

const meter = new Meter(readImage(process.argv[2]), 400_000);
const { link } = meter;
const cycles = (count) => {
  const { payload } = meter.steps(link.run(link.request(link.number('cycles'), [count]), 4));
  return Buffer.from(payload).readUInt32LE(0);
};
const [few, many] = [20, 100];
const each = (cycles(many) - cycles(few)) / (many - few);
process.stdout.write(`an entry of a batch, at the least: ${each.toFixed(1)} emulated cycles (goal: 100)\n`);
