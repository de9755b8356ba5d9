// The sweep as a picture: for each program, speed and account, the shortest pulse over the delay.
import type { BscAccount } from './bus/bsc.js';

export interface Point {
  delay: number; // ns by which the interrupt was held back
  pulse: number; // ns, the shortest high period of SCL
  right: boolean; // the bytes that the controller read
  accepted: boolean; // of our own target: their checks hold
}

export interface Row {
  program: string;
  hertz: number;
  account: BscAccount;
  points: Point[];
}

const wide = 300;
const high = 90;
const left = 130;
const top = 56;

function panel(row: Row, x: number, y: number): string {
  const half = 5e8 / row.hertz;
  const longest = row.points[row.points.length - 1].delay;
  const at = (delay: number, pulse: number): string =>
    `${(x + (delay / longest) * (wide - 20)).toFixed(1)},${(y + high - 20 - Math.min(1, pulse / half) * (high - 34)).toFixed(1)}`;
  const line = row.points.map(({ delay, pulse }) => at(delay, pulse)).join(' ');
  const wrong = row.points.filter(({ right }) => !right).map(({ delay, pulse }) => {
    const [cx, cy] = at(delay, pulse).split(',');
    return `<circle cx="${cx}" cy="${cy}" r="3" class="wrong"/>`;
  });
  return `<rect x="${x}" y="${y + 10}" width="${wide - 20}" height="${high - 30}" class="frame"/>` +
    `<polyline points="${line}" class="line"/>${wrong.join('')}`;
}

/** Rows are programs and speeds, columns the accounts. */
export function picture(rows: Row[]): string {
  const kinds = [...new Set(rows.map(({ program, hertz }) => `${program}, ${hertz / 1000} kHz`))];
  const accounts = [...new Set(rows.map(({ account }) => account))];
  const size = { width: left + accounts.length * wide + 10, height: top + kinds.length * high + 40 };
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="12">`,
    '<style>.frame{fill:none;stroke:#bbb}.line{fill:none;stroke:#06c;stroke-width:1.5}.wrong{fill:#c00}text{fill:#333}</style>',
    `<rect width="${size.width}" height="${size.height}" fill="#fff"/>`,
    `<text x="10" y="20" font-size="14">Shortest SCL pulse of a Pi 0-4 when a target answers late: two models</text>`,
    ...accounts.map((account, i) => `<text x="${left + i * wide}" y="48">${account}</text>`),
  ];
  kinds.forEach((kind, i) => parts.push(`<text x="10" y="${top + i * high + 45}">${kind}</text>`));
  for (const row of rows) {
    const y = top + kinds.indexOf(`${row.program}, ${row.hertz / 1000} kHz`) * high;
    parts.push(panel(row, left + accounts.indexOf(row.account) * wide, y));
  }
  parts.push(`<text x="10" y="${size.height - 14}">Across: delay of the answer, 0 to 2.5 periods. Up: 0 to half a period. Red: the Pi read wrong bytes.</text>`, '</svg>');
  return `${parts.join('\n')}\n`;
}
