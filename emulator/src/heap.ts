// What programs in MicroPython leave of the heap, asked at their REPL while all they have made is still there:
//   node heap.js [NAME=]IMAGE[+FILES]...
// Prints {NAME: {free, used}}, bytes after a collection of garbage. FILES: as for measure.js.
import { UsbSerial } from './chip/usb.js';
import { type Image, ImageError } from './chip/image.js';
import { Stop } from './cpu/stop.js';
import { Machine } from './machine.js';
import { subjectOf } from './measure.js';

const most = 20e9; // of the machine's time: it compiles a library
const look = 100_000;
const script = 'import gc\ngc.collect()\nprint("heap", gc.mem_free(), gc.mem_alloc())\x04';

class NoAnswer extends Error {}

export function heapOf(image: Image): { free: number; used: number } {
  const machine = new Machine(image, { seed: 1 });
  let serial: UsbSerial | null = null;
  let shown = '';
  machine.onBoot = (chip) => {
    serial = new UsbSerial(chip.mcu.usbCtrl);
    serial.onBytes = (bytes) => (shown += Buffer.from(bytes).toString('latin1'));
  };
  machine.start();
  const wait = (what: string, condition: () => boolean): void => {
    if (!machine.runWhile(() => !condition(), most, look)) throw new NoAnswer(`${what}: ${JSON.stringify(shown.slice(-300))}`);
  };
  const port = serial as unknown as UsbSerial;
  wait('no serial port', () => port.ready);
  wait('no I2C target', () => machine.chip.i2c.some((block) => block.on));
  machine.runFor(100e6); // what it prepares before its loop
  port.setOpen(true);
  port.send(Buffer.from('\r\x03\x03\r\x01'));
  wait('no raw REPL', () => shown.includes('raw REPL; CTRL-B to exit\r\n>'));
  port.send(Buffer.from(script));
  const words = /heap (\d+) (\d+)\r\n/;
  wait('no answer', () => words.test(shown));
  const [, free, used] = words.exec(shown) ?? [];
  return { free: Number(free), used: Number(used) };
}

if (process.argv[1]?.endsWith('heap.js') === true) {
  try {
    const all = process.argv.slice(2).map(subjectOf).map(({ name, image }) => [name, heapOf(image)]);
    process.stdout.write(`${JSON.stringify(Object.fromEntries(all))}\n`);
  } catch (problem) {
    if (!(problem instanceof ImageError) && !(problem instanceof Stop) && !(problem instanceof NoAnswer)) throw problem;
    process.stderr.write(`heap: ${problem.message}\n`);
    process.exit(1);
  }
}
