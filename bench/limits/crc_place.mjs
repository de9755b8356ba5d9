// {"loop": figures, "interrupt": figures} of crc_place.cpp, built twice; at 400 kHz.
import { readImage } from '../../emulator/dist/src/chip/image.js';
import { measure, short } from '../../emulator/dist/src/measure/figures.js';

const figures = (image) => {
  const { cyclesPerByteReceived, frameToHandler, checked } = measure(readImage(image), 400_000, short);
  return { cyclesPerByteReceived, frameToHandler, perSecond: checked.perSecond, interrupt: checked.interrupt };
};
const [inLoop, inInterrupt] = process.argv.slice(2).map(figures);
process.stdout.write(`${JSON.stringify({ loop: inLoop, interrupt: inInterrupt })}\n`);
