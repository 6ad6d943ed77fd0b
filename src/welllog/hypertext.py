"""HTML that is safe to make from what files say: text is escaped unless it was made here."""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["Markup", "document", "element", "picture", "picture_of", "table", "text"]

_LONGEST = 2000
"""Characters of one string of a file that are shown."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of what follows them."""
_VOID = ("br", "hr", "img", "meta")

_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'"
)

_STYLE = """\
:root { color-scheme: light dark; --ink: #1d2327; --soft: #55626b; --paper: #ffffff;
  --card: #f4f6f7; --line: #d5dbdf; --link: #0b5cad; --good: #1b7f4b; --bad: #b3261e;
  --shade: #fff3cf; --one: #0b5cad; --two: #b35c00; --three: #6b4fa0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaed; --soft: #a3b0b8; --paper: #14181b;
  --card: #1e2428; --line: #38424a; --link: #7ab8ff; --good: #6fd39b; --bad: #ff8a80;
  --shade: #4a3f1c; --one: #7ab8ff; --two: #ffb066; --three: #c3a9f5; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 74rem; padding: 1.2rem; color: var(--ink);
  background: var(--paper); font: 1rem/1.5 system-ui, "Segoe UI", Roboto, Helvetica, Arial,
  sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0.2rem 0 0.3rem; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 0.6rem; padding-bottom: 0.2rem;
  border-bottom: 2px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.4rem 0 0.4rem; }
p, ul { margin: 0.5rem 0; max-width: 48rem; }
ul { padding-left: 1.2rem; }
.soft, figcaption, footer { color: var(--soft); font-size: 0.9rem; }
.card { background: var(--card); border-left: 4px solid var(--one); border-radius: 4px;
  padding: 0.6rem 0.9rem; margin: 0.7rem 0; }
.card.look { border-left-color: var(--bad); }
.card p { margin: 0.2rem 0; }
.wide { overflow-x: auto; margin: 0.6rem 0; }
table { border-collapse: collapse; font-size: 0.92rem; min-width: 60%; }
caption { text-align: left; color: var(--soft); font-size: 0.9rem; padding-bottom: 0.3rem; }
th, td { padding: 0.25rem 0.7rem; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); overflow-wrap: normal; }
thead th { border-bottom: 2px solid var(--line); white-space: nowrap; }
th[scope=row] { font-weight: 600; white-space: nowrap; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums;
  white-space: nowrap; }
tr.mark td, tr.mark th { background: var(--shade); }
table.facts th { color: var(--soft); font-weight: 400; width: 12rem; white-space: normal; }
table.facts td { overflow-wrap: anywhere; }
code { font-family: ui-monospace, Consolas, monospace; font-size: 0.88em; }
figure { margin: 1.2rem 0; }
figure .wide { background: #ffffff; border: 1px solid var(--line); border-radius: 4px; margin: 0; }
figure img { display: block; width: 100%; min-width: 46rem; height: auto; }
svg { max-width: 100%; height: auto; }
svg text { fill: var(--ink); font-size: 12px; font-family: inherit; }
svg .gap { fill: var(--one); } svg .blackout { fill: var(--two); }
svg .blind { fill: var(--three); }
svg .gap, svg .blackout, svg .blind { fill-opacity: 0.75; }
svg .axis { stroke: var(--line); } svg .goal { stroke: var(--soft); stroke-dasharray: 4 3; }
footer { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 0.6rem; }
@media (max-width: 40rem) { body { padding: 0.8rem; } table.facts th { width: 7.5rem; }
  th, td { padding: 0.25rem 0.45rem; } h1 { font-size: 1.4rem; } }
@media print { :root { color-scheme: light; --ink: #000; --soft: #444; --paper: #fff;
  --card: #f4f4f4; --line: #bbb; --one: #0b5cad; --two: #b35c00; --three: #6b4fa0;
  --bad: #b3261e; --good: #1b7f4b; --shade: #fff3cf; }
  @page { size: A4; margin: 15mm; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  figure, tr, .card { break-inside: avoid; } h2, h3, h2 + p, h3 + p { break-after: avoid; }
  figure img { min-width: 0; max-height: 235mm; object-fit: contain; }
  .wide { overflow: visible; } }
"""


class Markup(str):
    """HTML made here, which is not escaped again."""


def text(value: object) -> Markup:
    """Return a value as text of a page: escaped, without control characters, not endless."""
    if isinstance(value, Markup):
        return value
    plain = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(value))
    if len(plain) > _LONGEST:
        plain = plain[: _LONGEST - 1] + "\N{HORIZONTAL ELLIPSIS}"
    return Markup(html.escape(plain, quote=True))


def element(tag: str, *content: object, **attributes: object) -> Markup:
    """Return an element; ``class_`` stands for ``class``, an attribute that is None is left out."""
    pairs = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{text(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in _VOID:
        return Markup(f"<{tag}{pairs}>")
    return Markup(f"<{tag}{pairs}>{''.join(map(text, content))}</{tag}>")


def table(
    heads: Sequence[object],
    rows: Iterable[Sequence[object]],
    *,
    numbers: Iterable[int] = (),
    marked: Iterable[int] = (),
    caption: object = "",
) -> Markup:
    """Return a table that scrolls by itself where it is wider than the page.

    Parameters
    ----------
    heads : sequence
        Of the columns.
    rows : iterable of sequence
        The first cell of each is its head.
    numbers : iterable of int
        Columns that are aligned to the right.
    marked : iterable of int
        Rows that stand out.
    caption : object
        Above the table.
    """
    right, stand_out = set(numbers), set(marked)

    def side(column: int) -> str | None:
        return "number" if column in right else None

    head = [element("th", cell, scope="col", class_=side(i)) for i, cell in enumerate(heads)]
    body = []
    for place, row in enumerate(rows):
        cells = [element("th", row[0], scope="row", class_=side(0))]
        cells += [element("td", cell, class_=side(i)) for i, cell in enumerate(row) if i]
        body.append(element("tr", *cells, class_="mark" if place in stand_out else None))
    inside = [element("thead", element("tr", *head)), element("tbody", *body)]
    if caption:
        inside.insert(0, element("caption", caption))
    return element("div", element("table", *inside), class_="wide")


def picture(png: bytes, wide: int, high: int, alt: str, said: object) -> Markup:
    """Return a figure that holds its picture; ``wide`` and ``high`` in pixels, ``said`` below."""
    image = element("img", src="", width=wide, height=high, alt=alt)
    data = base64.b64encode(png).decode("ascii")
    # Put in afterwards: as an attribute like any other it would be cut off.
    image = Markup(image.replace('src=""', f'src="data:image/png;base64,{data}"', 1))
    return element("figure", element("div", image, class_="wide"), element("figcaption", said))


def picture_of(figure: Any, alt: str, said: object) -> Markup:
    """Return a matplotlib figure as a picture, as large as it was laid out."""
    png = io.BytesIO()
    figure.savefig(png, format="png", pil_kwargs={"optimize": True})
    wide, high = (round(side * figure.dpi) for side in figure.get_size_inches())
    return picture(png.getvalue(), wide, high, alt, said)


def document(title: object, *body: object) -> str:
    """Return a whole page that needs nothing from elsewhere and runs no script."""
    head = [
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'),
        element("title", title),
        Markup(f"<style>\n{_STYLE}</style>"),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n'
        + "\n".join(head)
        + "\n</head>\n<body>\n"
        + "\n".join(map(text, body))
        + "\n</body>\n</html>\n"
    )
