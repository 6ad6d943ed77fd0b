"""A lossless model of a LAS file: its bytes, its sections and what its header lines say.

Nothing here interprets the data block; ``las_data`` does. Sections of the standard are quoted from
"LAS Version 2.0" (CWLS, 1992, updated 2017).
"""

from __future__ import annotations

import codecs
import math
import re
from dataclasses import dataclass, field, replace

from welllog.formats import LogFileError
from welllog.well import HeaderItem, Remark

__all__ = ["LasDocument", "Section", "parse_document", "parse_item"]

SECTIONS = ("Version", "Well", "Curve", "Parameter", "Other", "Data")

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What stands where the value belongs when a ~Well line is written the LAS 1.2 way round.
_WELL_DESCRIPTIONS = {
    "COMP": {"COMPANY", "COMPANY NAME"},
    "WELL": {"WELL", "WELL NAME"},
    "FLD": {"FIELD", "FIELD NAME"},
    "LOC": {"LOCATION", "WELL LOCATION"},
    "PROV": {"PROVINCE"},
    "CNTY": {"COUNTY"},
    "STAT": {"STATE"},
    "CTRY": {"COUNTRY"},
    "SRVC": {"SERVICE COMPANY", "LOGGING COMPANY"},
    "DATE": {"LOG DATE", "DATE"},
    "UWI": {"UNIQUE WELL ID", "UNIQUE WELL IDENTIFIER"},
    "API": {"API NUMBER", "API#"},
}
_TITLES = ("VERSION", "WELL", "CURVE", "PARAMETER", "OTHER", "ASCII")
_TITLE_TAIL = r"(S|_(INFO|BLOCK|SECTION|LOG|DATA).*)?"
_LAS3_TITLES = {"LOG_DEFINITION": "Curve", "LOG_PARAMETER": "Parameter", "LOG_DATA": "Data"}
_TIME_UNIT = re.compile(r"(dd|hh|mm|ss)(:(hh|mm|ss))+$", re.IGNORECASE)
_NOT_A_DELIMITER = re.compile(r"\{[^}]*\}|(?<![\d.])\d{1,2}:\d\d(:\d\d)?(?!\d)")
_NEVER_SWAPPED = {"STRT", "STOP", "STEP", "NULL"}


@dataclass(frozen=True)
class Section:
    """One section: its title line and the lines up to the next title."""

    kind: str
    """Version, Well, Curve, Parameter, Other or Data; else the title itself, without the tilde."""
    title: str
    start: int
    """Byte at which the title line starts in ``LasDocument.body``."""
    body: int
    """Byte after the title line."""
    stop: int
    """Byte at which the next section starts."""


@dataclass(frozen=True)
class LasDocument:
    """A LAS file, kept so that it can be written again byte for byte.

    ``body`` holds the file's bytes without the byte-order mark; for UTF-16 and UTF-32 files it is
    recoded as UTF-8, of which ``file_encoding`` is the way back.
    """

    body: bytes = field(repr=False)
    encoding: str
    """In which ``body`` is to be decoded."""
    file_encoding: str
    bom: bytes
    sections: tuple[Section, ...]
    items: tuple[HeaderItem, ...]
    curves: tuple[HeaderItem, ...]
    """The items of the curve section, the index first."""
    remarks: tuple[Remark, ...] = ()
    nulls: str = "likely"
    """How undeclared nulls were treated when the file was read."""

    @property
    def data(self) -> Section:
        """The data section."""
        return next(section for section in self.sections if section.kind == "Data")

    @property
    def newline(self) -> bytes:
        """The file's line ending."""
        head = self.body[: self.data.body]
        if b"\r\n" in head:
            return b"\r\n"
        return b"\r" if b"\r" in head and b"\n" not in head else b"\n"

    @property
    def header_lines(self) -> list[bytes]:
        """All lines outside the data block, with their line endings, title of ~A included."""
        data = self.data
        return (self.body[: data.body] + self.body[data.stop :]).splitlines(keepends=True)

    @property
    def data_lines(self) -> list[bytes]:
        """The lines of the data block, with their line endings."""
        return self.body[self.data.body : self.data.stop].splitlines(keepends=True)

    def value(self, mnemonic: str, section: str) -> str | None:
        """Return the value of an item of one section, or None where it is absent."""
        for item in self.items:
            if item.section == section and item.mnemonic.upper() == mnemonic:
                return item.value
        return None

    @property
    def null(self) -> float | None:
        """The header's NULL as a number, or None where it is missing or no number."""
        return self.number("NULL")

    def number(self, mnemonic: str) -> float | None:
        """Return the value of an item of ~Well as a finite number, or None where it is none."""
        try:
            value = float(self.value(mnemonic, "Well") or "")
        except ValueError:
            return None
        return value if math.isfinite(value) else None

    def to_bytes(self) -> bytes:
        """Return the file as it was read, byte for byte."""
        if self.file_encoding == self.encoding:
            return self.bom + self.body
        text = self.body.decode(self.encoding, "surrogatepass")
        return self.bom + text.encode(self.file_encoding, "surrogatepass")


def parse_document(raw: bytes, source: str) -> LasDocument:
    """Split a LAS file into sections and header items.

    Parameters
    ----------
    raw : bytes
        The whole file.
    source : str
        Its name, for messages.

    Raises
    ------
    LogFileError
        Where the bytes are no LAS file, or one of a kind that is not supported.
    """
    bom, file_encoding, body = _strip_encoding(raw)
    sections = _find_sections(body)
    if not sections:
        raise LogFileError(
            f"{source}: not a LAS file: no section (~V, ~W, ~C, ~A) in it; "
            f"choose a .las or .csv file of a well"
        )
    encoding = file_encoding
    remarks: list[Remark] = []
    if file_encoding.startswith(("utf-16", "utf-32")):
        encoding = "utf-8"
    elif not bom:
        data = next((s for s in sections if s.kind == "Data"), None)
        head = body if data is None else body[: data.body] + body[data.stop :]
        encoding = file_encoding = _guess_encoding(head)
        if encoding != "utf-8":
            remarks.append(
                Remark(
                    "the header is not valid UTF-8",
                    "header",
                    "minor",
                    f"decoded as {encoding}",
                    "LAS 2.0 section 3.0 (ASCII)",
                )
            )
    version = ""
    items: list[HeaderItem] = []
    curves: list[HeaderItem] = []
    for section in sections:
        if section.kind == "Data":
            continue
        found = _parse_section(body, section, encoding, version, remarks)
        items += found
        if section.kind == "Version" and not version:
            version = next((i.value for i in found if i.mnemonic.upper() == "VERS"), "")
        if section.kind == "Curve":
            if curves:
                remarks.append(
                    Remark(
                        "a second curve section",
                        f"line {_line_number(body, section.start)}",
                        "major",
                        "ignored: curves are taken from the first",
                    )
                )
            curves = curves or found
    document = LasDocument(
        body, encoding, file_encoding, bom, tuple(sections), tuple(items), tuple(curves)
    )
    return replace(document, remarks=(*remarks, *_check(document, version, source)))


def _check(document: LasDocument, version: str, source: str) -> list[Remark]:
    """Refuse what cannot be read rightly and return what is odd about the sections."""
    remarks = []
    kinds = [section.kind for section in document.sections]
    data_sections = kinds.count("Data")
    others = [s.title for s in document.sections if "_DATA" in s.title.upper() and s.kind != "Data"]
    if version.strip().startswith("3"):
        if data_sections != 1 or kinds.count("Curve") != 1:
            raise LogFileError(
                f"{source}: LAS {version.strip()} with "
                f"{'no' if data_sections == 0 else 'several'} log data section(s) is not supported "
                "yet: export the log as LAS 2.0"
            )
        remarks.append(
            Remark(
                f"LAS {version.strip()}",
                "~Version",
                "major",
                "the log data section is read as LAS 2.0"
                + (f"; not read: {', '.join(others)}" if others else ""),
                "LAS 3.0",
            )
        )
    elif not version:
        remarks.append(
            Remark("no VERS line", "~Version", "minor", "read as LAS 2.0", "LAS 2.0 section 5.1")
        )
    if data_sections == 0:
        raise LogFileError(f"{source}: no data: there is no ~A section, the file may be cut off")
    if data_sections > 1:
        remarks.append(
            Remark(f"{data_sections} data sections", "", "major", "only the first is read")
        )
    return remarks


def _strip_encoding(raw: bytes) -> tuple[bytes, str, bytes]:
    """Return the byte-order mark, the file's encoding and its body in an ASCII-like encoding."""
    for bom, encoding in _BOMS:
        if raw.startswith(bom):
            rest = raw[len(bom) :]
            return bom, encoding, rest if encoding == "utf-8" else _recode(rest, encoding)
    head = raw[:4096]
    if head.count(0) > len(head) // 4:
        # ASCII text in UTF-16 has its NULs in every second byte.
        encoding = "utf-16-le" if head[1::2].count(0) > head[0::2].count(0) else "utf-16-be"
        return b"", encoding, _recode(raw, encoding)
    return b"", "utf-8", raw


def _recode(body: bytes, encoding: str) -> bytes:
    try:
        return body.decode(encoding, "surrogatepass").encode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return body


def _guess_encoding(head: bytes) -> str:
    for encoding in ("utf-8", "cp1252"):
        try:
            head.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "latin-1"


def _find_sections(body: bytes) -> list[Section]:
    """Find the lines that start with a tilde; a whole 5 MB data block costs one ``bytes.find``."""
    starts = []
    at = body.find(b"~")
    while at >= 0:
        line = max(body.rfind(b"\n", 0, at), body.rfind(b"\r", 0, at)) + 1
        if not body[line:at].strip():
            starts.append((line, at))
        at = body.find(b"~", at + 1)
    sections = []
    seen: set[str] = set()
    for number, (start, tilde) in enumerate(starts):
        stop = starts[number + 1][0] if number + 1 < len(starts) else len(body)
        line_stop = min(
            _after_line(body, b"\n", start, stop), _after_line(body, b"\r", start, stop)
        )
        if body[line_stop - 1 : line_stop + 1] == b"\r\n":
            line_stop += 1
        title = body[tilde + 1 : line_stop].decode("latin-1").rstrip()
        kind = _section_kind(title, seen)
        seen.add(kind)
        sections.append(Section(kind, title.strip(), start, line_stop, stop))
    return sections


def _after_line(body: bytes, ending: bytes, start: int, stop: int) -> int:
    at = body.find(ending, start, stop)
    return stop if at < 0 else at + 1


def _section_kind(title: str, seen: set[str]) -> str:
    """Tell which section a title opens; ``~CUSTOM`` is not ``~Curve``."""
    name = re.match(r"[A-Za-z_]*", title).group().upper()  # type: ignore[union-attr]
    if name in _LAS3_TITLES:
        return _LAS3_TITLES[name]
    for kind, full in zip(SECTIONS, _TITLES, strict=True):
        if name and (full.startswith(name) or re.fullmatch(full + _TITLE_TAIL, name)):
            return kind
    if title[:1].isspace() and "Curve" in seen and "Data" not in seen:
        return "Data"  # "~   DEPTH   GR"
    return title.strip()


def _parse_section(
    body: bytes, section: Section, encoding: str, version: str, remarks: list[Remark]
) -> list[HeaderItem]:
    lines = body[section.body : section.stop].splitlines()
    texts = [line.decode(encoding, "replace") for line in lines]
    if section.kind == "Other":
        words = "\n".join(text.rstrip() for text in texts).strip("\n")
        return [HeaderItem("OTHER", "", words, "", "Other")] if words.strip() else []
    first_line = _line_number(body, section.body)
    items = []
    for number, text in enumerate(texts, first_line):
        bare = text.strip().strip("\x00\x1a")
        if not bare or bare.startswith("#"):
            continue
        item = parse_item(text, section.kind)
        if item is None:
            remarks.append(
                Remark(
                    f"not a header line: {bare[:40]!r}",
                    f"line {number}",
                    "minor",
                    "kept in the file, not interpreted",
                    "LAS 2.0 section 4",
                )
            )
            continue
        if section.kind == "Well":
            item = _unswap(item, version, number, remarks)
        items.append(item)
    return items


def parse_item(line: str, section: str) -> HeaderItem | None:
    """Read a header line, ``MNEM.UNIT  value : description``.

    The mnemonic ends at the first dot, the unit at the first blank after it. The colon between
    value and description is the standard's last one only where that makes sense: colons of times
    (``20:01:44``) and of formats (``{yyyy-MM-dd HH:mm:ss}``) are passed over, and one with
    blanks before it is preferred.

    Parameters
    ----------
    line : str
        One line without its line ending.
    section : str
        Kind of the section it stands in.

    Returns
    -------
    HeaderItem or None
        None where the line has neither dot nor colon.
    """
    text = line.strip()
    dot, colon = text.find("."), text.find(":")
    if dot < 0 and colon < 0:
        return None
    if dot < 0 or (0 <= colon < dot and not re.match(r"[^\s:]+:[^\s.:]+\s*\.", text)):
        value, description = _split_at_colon(text, section)
        return HeaderItem(value, "", "", description, section)
    if dot == 0 and section == "Curve":
        # ".ILM .OHMM : ..." has a stray dot; ".OHMM : ..." has no mnemonic.
        stray = re.match(r"\.(\w[^.:]*)\.", text)
        if stray:
            text = text[1:]
            dot = text.find(".")
    inch = re.match(r"([^.:]*)\.(\.1\s?in)\b", text, re.IGNORECASE)
    if inch:
        name, unit, rest = inch.group(1), inch.group(2), text[inch.end() :]
    else:
        # "Cond..MS/M": the mnemonic ends in a dot.
        double = text.find("..", 0, len(text) if colon < 0 else colon)
        if double == dot or (double > dot and section == "Curve"):
            dot = double + 1
        name, rest = text[:dot], text[dot + 1 :]
        unit = re.match(r"\S*", rest).group()  # type: ignore[union-attr]
        if ":" in unit and not _TIME_UNIT.match(unit):
            unit = unit[: unit.find(":")]
        rest = rest[len(unit) :]
    unit = unit.strip()
    if len(unit) > 2 and unit[0] + unit[-1] in {"[]", "()"}:
        unit = unit[1:-1]
    value, description = _split_at_colon(rest, section)
    if section == "Curve" and not description and re.search(r"[A-Za-z]{2}", value):
        description = value
    return HeaderItem(name.strip(), unit.rstrip("."), value, description, section)


def _split_at_colon(text: str, section: str) -> tuple[str, str]:
    masked = _NOT_A_DELIMITER.sub(lambda match: "_" * len(match.group()), text)
    colons = [match.start() for match in re.finditer(":", masked)]
    if not colons:
        return text.strip(), ""
    spaced = [at for at in colons if at == 0 or masked[at - 1].isspace()]
    if spaced:
        at = spaced[0] if section == "Curve" else spaced[-1]
    else:
        at = colons[0]
    return text[:at].strip(), text[at + 1 :].strip()


def _unswap(item: HeaderItem, version: str, line: int, remarks: list[Remark]) -> HeaderItem:
    """Put value and description of a ~Well line where they belong.

    LAS 1.2 writes ``COMP.  COMPANY : ANY OIL LTD.`` save for STRT, STOP, STEP and NULL; files
    exist that say 1.2 and are written as 2.0, and the other way round.
    """
    mnemonic = item.mnemonic.upper()
    if mnemonic in _NEVER_SWAPPED:
        return item
    usual = _WELL_DESCRIPTIONS.get(mnemonic, set())
    value_is_usual = item.value.upper() in usual
    description_is_usual = item.description.upper() in usual
    old = version.strip().startswith("1")
    swap = old and not (description_is_usual and not value_is_usual)
    if not old and value_is_usual and item.description and not description_is_usual:
        swap = True
        remarks.append(
            Remark(
                f"{item.mnemonic} has its description where the value belongs",
                f"line {line}",
                "minor",
                "swapped, as in LAS 1.2",
                "LAS 2.0 section 5.2",
            )
        )
    if not swap:
        return item
    return replace(item, value=item.description, description=item.value)


def _line_number(body: bytes, at: int) -> int:
    """Return the number, from 1, of the line that starts at a byte."""
    return len(body[:at].splitlines()) + 1
