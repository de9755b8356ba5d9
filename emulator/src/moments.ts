// Whether a program answers a command in the transaction of its request, whenever in its loop that comes:
//   node moments.js IMAGE[+FILES] HERTZ COMMAND [BYTE]...
// Prints {moments, late}: how often the command was sent, and how many of its answers took a second look.
// Between two of them the pause grows a little, so that they wander through the loop. FILES: as for measure.js.
import { type Image, ImageError } from './chip/image.js';
import { Stop } from './cpu/stop.js';
import { LinkError } from './measure/link.js';
import { Meter } from './measure/meter.js';
import { subjectOf } from './measure.js';

const moments = 100;
const pause = 300_000; // ns of the program's time
const longer = 777; // ns, each time: a loop in Python takes ten times as long
const replySize = 8;

export function lateAnswers(image: Image, hertz: number, command: string, args: number[]): { moments: number; late: number } {
  const meter = new Meter(image, hertz);
  const { link, machine } = meter;
  const number = link.number(command);
  let late = 0;
  for (let i = 0; i < moments; ++i) {
    machine.runFor(pause + i * longer);
    const { polls } = meter.steps(link.run(link.request(number, args), replySize));
    if (polls > 0) ++late;
  }
  return { moments, late };
}

if (process.argv[1]?.endsWith('moments.js') === true) {
  const [image, hertz, command, ...args] = process.argv.slice(2);
  try {
    const found = lateAnswers(subjectOf(image).image, Number(hertz), command, args.map(Number));
    process.stdout.write(`${JSON.stringify(found)}\n`);
  } catch (problem) {
    if (!(problem instanceof ImageError) && !(problem instanceof Stop) && !(problem instanceof LinkError)) throw problem;
    process.stderr.write(`moments: ${problem.message}\n`);
    process.exit(1);
  }
}
