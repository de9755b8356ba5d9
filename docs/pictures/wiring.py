#!/usr/bin/python3
"""Draws wiring.svg: three wires from a Raspberry Pi to a Pico, by pin number and by name.

docs/generate.py writes the file; run alone, this prints it.
"""

PI_ODD_X, PI_EVEN_X, PICO_X = 262, 292, 570
TOP, STEP = 118, 34
INK, PALE, BOARD_PI, BOARD_PICO = "#1f2933", "#7b8794", "#e3f4e8", "#e6eefb"
SDA, SCL, GND = "#1769aa", "#b45309", "#111827"

# Number, name, colour of a wired pin. A Pi's header has two columns, counted across.
PI_PINS = [(1, "3.3 V", None), (2, "5 V", None), (3, "GPIO2 · SDA", SDA), (4, "5 V", None),
           (5, "GPIO3 · SCL", SCL), (6, "GND", GND), (7, "GPIO4", None), (8, "GPIO14", None),
           (9, "GND", None), (10, "GPIO15", None)]
PICO_PINS = [(1, "GP0 · SDA", SDA), (2, "GP1 · SCL", SCL), (3, "GND", GND), (4, "GP2", None),
             (5, "GP3", None)]
PICO_LOW_PINS = [(18, "GND", GND), (19, "GP14 · light 2", None), (20, "GP15 · light 1", "#a61b1b")]


def text(x, y, words, anchor="start", size=14, colour=INK, weight="normal"):
    return (f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" fill="{colour}" '
            f'font-weight="{weight}">{words}</text>')


def pin(x, y, number, colour):
    fill, ink = (colour, "#ffffff") if colour else ("#ffffff", PALE)
    return (f'<circle cx="{x}" cy="{y}" r="11" fill="{fill}" stroke="{colour or PALE}"/>'
            + text(x, y + 4, number, "middle", 11, ink, "bold"))


def wire(points, colour):
    """A rounded line with a pale edge, so that crossing wires do not look joined."""
    path = "M" + " L".join(f"{x},{y}" for x, y in points)
    style = 'fill="none" stroke-linejoin="round" stroke-linecap="round"'
    return (f'<path d="{path}" stroke="#ffffff" stroke-width="8" {style}/>'
            f'<path d="{path}" stroke="{colour}" stroke-width="4" {style}/>')


def pi_row(number):
    return TOP + STEP * ((number - 1) // 2)


def pico_row(number):
    return TOP + STEP * (number - 1)


def pi():
    parts = [f'<rect x="30" y="60" width="284" height="270" rx="14" fill="{BOARD_PI}" stroke="{PALE}"/>',
             text(48, 88, "Raspberry Pi", size=17, weight="bold"),
             text(48, 312, "corner of the 40-pin header", size=12, colour=PALE)]
    for number, name, colour in PI_PINS:
        odd = number % 2 == 1
        parts.append(pin(PI_ODD_X if odd else PI_EVEN_X, pi_row(number), number, colour))
        if odd:
            parts.append(text(PI_ODD_X - 20, pi_row(number) + 5, name, "end",
                              colour=colour or PALE, weight="bold" if colour else "normal"))
    return parts


def pico():
    low = {number: 322 + STEP * i for i, (number, _, _) in enumerate(PICO_LOW_PINS)}
    parts = [f'<rect x="552" y="60" width="196" height="370" rx="14" fill="{BOARD_PICO}" stroke="{PALE}"/>',
             f'<rect x="624" y="46" width="52" height="28" rx="4" fill="#cbd2d9" stroke="{PALE}"/>',
             text(650, 65, "USB", "middle", 12), text(734, 98, "Pico", "end", 17, weight="bold"),
             text(PICO_X, 298, "⋮", "middle", 18, PALE)]
    rows = [(pico_row(n), n, name, colour) for n, name, colour in PICO_PINS]
    rows += [(low[n], n, name, colour) for n, name, colour in PICO_LOW_PINS]
    for y, number, name, colour in rows:
        parts.append(pin(PICO_X, y, number, colour))
        parts.append(text(PICO_X + 20, y + 5, name, colour=colour or PALE,
                          weight="bold" if colour else "normal"))
    return parts, low


def light(low):
    """The light that may be added: resistor and LED from GP15 to GND."""
    top, bottom = low[18], low[20]
    dash = 'fill="none" stroke="#a61b1b" stroke-width="2.5"'
    return [f'<path d="M559,{bottom} H520 M466,{bottom} H420 V{top + 46} M420,{top + 22} V{top} H559" {dash}/>',
            f'<rect x="466" y="{bottom - 9}" width="54" height="18" fill="#ffffff" stroke="#a61b1b" stroke-width="2.5"/>',
            text(493, bottom + 28, "330 Ω", "middle", 13, "#a61b1b"),
            f'<path d="M406,{top + 46} h28 l-14,-22 z M406,{top + 23} h28" fill="#f7c6c5" stroke="#a61b1b" stroke-width="2.5"/>',
            text(394, top + 40, "LED", "end", 13, "#a61b1b"),
            text(394, top + 56, "(if you like)", "end", 12, PALE)]


def wires():
    sda, scl, gnd = pi_row(3), pi_row(5), pi_row(6)
    half = STEP // 2
    return [wire([(PI_EVEN_X, gnd), (PICO_X, pico_row(3))], GND),
            wire([(PI_ODD_X, scl), (PI_ODD_X + 14, scl + half), (400, scl + half),
                  (450, pico_row(2)), (PICO_X, pico_row(2))], SCL),
            wire([(PI_ODD_X, sda), (PI_ODD_X + 14, sda - half), (400, sda - half),
                  (416, pico_row(1)), (PICO_X, pico_row(1))], SDA)]


def svg():
    board, low = pico()
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 780 460" role="img" '
        'font-family="system-ui, Helvetica, Arial, sans-serif" aria-labelledby="t d">',
        '<title id="t">Three wires from a Raspberry Pi to a Pico</title>',
        '<desc id="d">Pi pin 3 (GPIO2, SDA) to Pico pin 1 (GP0). Pi pin 5 (GPIO3, SCL) to Pico pin 2 '
        '(GP1). Pi pin 6 (GND) to Pico pin 3 (GND). If you like: from Pico pin 20 (GP15) through '
        '330 ohms and an LED to Pico pin 18 (GND).</desc>',
        '<rect width="780" height="460" fill="#ffffff"/>',
        text(30, 34, "Three wires. Count the pins: the circles hold pin numbers.", size=16),
    ]
    parts += pi() + board + wires() + light(low)
    # The pins once more, above the wires' ends.
    parts += [pin(PI_EVEN_X if n % 2 == 0 else PI_ODD_X, pi_row(n), n, c) for n, _, c in PI_PINS if c]
    parts += [pin(PICO_X, pico_row(n), n, c) for n, _, c in PICO_PINS if c]
    labels = [(pico_row(1), "SDA", SDA), (pico_row(2), "SCL", SCL), (pico_row(3), "GND", GND)]
    parts += [text(530, y - 8, words, "end", 13, colour, "bold") for y, words, colour in labels]
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    print(svg(), end="")
