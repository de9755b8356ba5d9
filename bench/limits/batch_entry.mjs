// {"bare": …, "promised": …}: emulated cycles of one entry of the least batches that there can be, see
// batch_entry.cpp.
import { readImage } from '../../emulator/dist/src/chip/image.js';
import { Meter } from '../../emulator/dist/src/measure/meter.js';

const meter = new Meter(readImage(process.argv[2]), 400_000);
const { link } = meter;
const cycles = (loop, count) => {
  const { payload } = meter.steps(link.run(link.request(link.number(loop), [count]), 4));
  const counted = Buffer.from(payload).readUInt32LE(0);
  if (counted === 0) throw new Error(`the batch of ${loop} went wrong`);
  return counted;
};
const [few, many] = [20, 100];
const each = (loop) => (cycles(loop, many) - cycles(loop, few)) / (many - few);
process.stdout.write(`${JSON.stringify({ bare: each('bare'), promised: each('promised') })}\n`);
