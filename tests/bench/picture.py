"""Draw how cost grows with the number of stored checks: one panel for each store, as plain SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping
from xml.sax.saxutils import escape

WIDTH, HEIGHT, GAP = 340, 210, 150
LEFT, TOP = 56, 44
# Told apart without colour too: each line has its own dash, and its name stands at its end.
STYLES = {"check": ("#1f6f8b", ""), "submit": ("#b3541e", "6 3"), "home": ("#5b4b8a", "2 3")}
NAMES = {"check": "form open", "submit": "check saved", "home": "home shown"}

Panel = Mapping[str, Mapping[int, float]]


def draw(growth: Mapping[str, Panel]) -> str:
    """Give the picture; `growth` is store -> act -> number of stored checks -> milliseconds."""
    top = _ceiling(max(value for panel in growth.values() for line in panel.values() for value in line.values()))
    panels = [_panel(store, panel, index, top) for index, (store, panel) in enumerate(growth.items())]
    width = LEFT + len(panels) * (WIDTH + GAP) + 20
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {TOP + HEIGHT + 56}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="#333">\n'
        "<title>Milliseconds (middle of the runs) against the number of stored checks</title>\n"
        f'<rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join(panels) + "\n</svg>\n"
    )


def _ceiling(value: float) -> float:
    """Give the next round number above."""
    step: float = 10 ** math.floor(math.log10(value))
    return float(math.ceil(value / step + 0.2) * step)


def _panel(store: str, panel: Panel, index: int, top: float) -> str:
    left = LEFT + index * (WIDTH + GAP)
    sizes = sorted({size for line in panel.values() for size in line})
    parts = [f'<text x="{left}" y="{TOP - 18}" font-size="14" font-weight="600">{escape(store)}</text>']
    for part in range(5):
        value = top * part / 4
        y = _y(value, top)
        parts.append(f'<line x1="{left}" x2="{left + WIDTH - 30}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    for size in sizes:
        x = _x(size, sizes, left)
        parts.append(f'<text x="{x:.1f}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{size:,}</text>')
    parts.append(f'<text x="{left + WIDTH / 2}" y="{TOP + HEIGHT + 38}" text-anchor="middle">stored checks</text>')
    parts.append(f'<text x="{left - 6}" y="{TOP - 18}" text-anchor="end">ms</text>')
    parts += _lines(panel, sizes, left, top)
    return "\n".join(parts)


def _lines(panel: Panel, sizes: list[int], left: int, top: float) -> list[str]:
    parts: list[str] = []
    taken: list[float] = []
    for act, line in sorted(panel.items(), key=lambda each: each[1][max(each[1])]):
        colour, dash = STYLES[act]
        points = [(_x(size, sizes, left), _y(value, top)) for size, value in sorted(line.items())]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
        )
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        # Names that would cover each other move apart.
        y = min([points[-1][1] + 4, *(each - 15 for each in taken)])
        taken.append(y)
        words = f"{NAMES[act]} {line[max(line)]:.1f}"
        parts.append(f'<text x="{left + WIDTH - 20}" y="{y:.1f}" fill="{colour}">{words}</text>')
    return parts


def _x(size: int, sizes: list[int], left: int) -> float:
    """Place a size on a scale where each tenfold is a step."""
    least, most = math.log10(sizes[0]), math.log10(sizes[-1])
    return left + 14 + (WIDTH - 44) * (math.log10(size) - least) / ((most - least) or 1)


def _y(value: float, top: float) -> float:
    return TOP + HEIGHT * (1 - value / top)
