"""Bars and lines as SVG, in the style of the other pictures of docs/pictures."""
import math
from xml.sax.saxutils import escape

COLOURS = ("#0066cc", "#e07b00", "#2a8c4a", "#8a5fbf", "#c03030", "#777777", "#b08a00")
STYLE = ("<style>text{fill:#333}.grid{stroke:#e4e4e4}.axis{stroke:#999}"
         ".small{font-size:11px;fill:#666}.title{font-size:15px;font-weight:600}</style>")


def number(value):
    if value >= 10_000:
        return f"{value / 1000:,.0f} k".replace(",", " ")
    return f"{value:,.0f}".replace(",", " ") if value >= 100 or value == int(value) else f"{value:.3g}"


def page(width, height, parts):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'font-family="sans-serif" font-size="12">\n{STYLE}\n'
            f'<rect width="{width}" height="{height}" fill="#fff"/>\n' + "\n".join(parts) + "\n</svg>\n")


def text(x, y, words, *, anchor="start", kind=""):
    style = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{style}>{escape(words)}</text>'


class Scale:
    """From a value to a place; logarithmic if the values span more than two powers of ten."""

    def __init__(self, values, start, end):
        least = min((v for v in values if v > 0), default=1)
        most = max([*values, 1e-9])
        self.log = most / least > 100
        self.start, self.end = start, end
        self.low = 10 ** math.floor(math.log10(least)) if self.log else 0
        self.high = most

    def __call__(self, value):
        if self.log:
            if value <= self.low:
                return self.start
            part = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            part = value / self.high
        return self.start + part * (self.end - self.start)

    def ticks(self):
        if self.log:
            found, at = [], self.low
            while at <= self.high:
                found.append(at)
                at *= 10
            return found
        step = 10 ** math.floor(math.log10(self.high))
        while self.high / step < 4:
            step /= 2
        return [step * i for i in range(int(self.high / step) + 1)]


def legend(labels, x, y):
    parts = []
    for i, label in enumerate(labels):
        parts += [f'<rect x="{x}" y="{y - 9}" width="11" height="11" fill="{COLOURS[i]}"/>',
                  text(x + 16, y, label)]
        x += 34 + 7 * len(label)
    return parts


def bars(title, note, groups, labels):
    """Horizontal bars: `groups` is [(name, [value or None per label])]."""
    left, right, top, thick, gap = 270, 70, 74, 14, 12
    width = 860
    tall = len(labels) * thick + gap
    bottom = top + len(groups) * tall
    scale = Scale([v for _, values in groups for v in values if v is not None], left, width - right)
    parts = [text(14, 26, title, kind="title"), text(14, 45, note, kind="small"),
             *(legend(labels, left, 62) if len(labels) > 1 else [])]
    for tick in scale.ticks():
        x = scale(tick)
        parts += [f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}" class="grid"/>',
                  text(x, bottom + 16, number(tick), anchor="middle", kind="small")]
    for row, (name, values) in enumerate(groups):
        y = top + row * tall + gap / 2
        parts.append(text(left - 10, y + (tall - gap) / 2 + 4, name, anchor="end"))
        for i, value in enumerate(values):
            at = y + i * thick
            if value is None:
                parts.append(text(left + 4, at + 11, "not measured", kind="small"))
                continue
            end = max(scale(value), left + 1)
            parts += [f'<rect x="{left}" y="{at + 1:.1f}" width="{end - left:.1f}" height="{thick - 2}" '
                      f'fill="{COLOURS[i]}"/>', text(end + 5, at + 11, number(value), kind="small")]
    parts.append(f'<line x1="{left}" x2="{left}" y1="{top}" y2="{bottom}" class="axis"/>')
    if scale.log:
        parts.append(text(width - right, bottom + 32, "logarithmic", anchor="end", kind="small"))
    return page(width, bottom + 40, parts)


def lines(title, note, across, series, unit):
    """`series` is [(name, [value per place])]; `across` names the places, at equal distances."""
    left, right, top, bottom, width = 70, 250, 70, 330, 860
    scale = Scale([v for _, values in series for v in values], bottom, top)
    x = [left + 20 + i * (width - left - right - 40) / (len(across) - 1) for i in range(len(across))]
    parts = [text(14, 26, title, kind="title"), text(14, 45, note, kind="small")]
    for tick in scale.ticks():
        y = scale(tick)
        parts += [f'<line x1="{left}" x2="{width - right}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>',
                  text(left - 8, y + 4, number(tick), anchor="end", kind="small")]
    for place, name in zip(x, across):
        parts.append(text(place, bottom + 18, name, anchor="middle", kind="small"))
    parts.append(text(left, top - 8, unit, anchor="end", kind="small"))
    ends = sorted((scale(values[-1]), i) for i, (_, values) in enumerate(series))
    free = 0
    for end, i in ends:
        name, values = series[i]
        points = " ".join(f"{px:.1f},{scale(v):.1f}" for px, v in zip(x, values))
        free = max(end, free + 15)
        parts += [f'<polyline points="{points}" fill="none" stroke="{COLOURS[i]}" stroke-width="2"/>',
                  *(f'<circle cx="{px:.1f}" cy="{scale(v):.1f}" r="3" fill="{COLOURS[i]}"/>'
                    for px, v in zip(x, values)),
                  f'<line x1="{x[-1] + 5:.1f}" y1="{end:.1f}" x2="{x[-1] + 24:.1f}" y2="{free:.1f}" '
                  f'stroke="{COLOURS[i]}"/>',
                  text(x[-1] + 28, free + 4, f"{name}: {number(values[-1])}")]
    return page(width, bottom + 34, parts)
