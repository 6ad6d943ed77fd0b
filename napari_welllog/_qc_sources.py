"""What the QC dock can judge: each restoration over the tracks, and those that files hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from napari_welllog._well_names import name_well
from welllog.quality import Evidence, evidence_of, saved_evidence

if TYPE_CHECKING:
    from napari_welllog._log_view import LogView
    from welllog.well import Well

KINDS = ("restored", "candidate")
"""Kinds of layers that show the line of a restoration."""


@dataclass(frozen=True, eq=False)
class Source:
    """One entry of the dock's list."""

    label: str
    key: tuple[Any, ...]
    """Tells it from the others, also after the list was made anew."""
    well: Well
    evidence: Evidence | None
    """None of a well's measured curves alone."""
    others: tuple[Evidence, ...] = ()
    """Other curves of the same restoration: they are filled on the cross-plots too."""

    @property
    def all_evidence(self) -> tuple[Evidence, ...]:
        """The curve that is judged, and the others of its restoration."""
        return self.others if self.evidence is None else (self.evidence, *self.others)


def restoration_layers(view: LogView) -> list[tuple[Any, dict[str, Any]]]:
    """Return (layer, record) of every line of a restoration that no file holds yet."""
    return [
        (layer, record)
        for layer, record in view.records()
        if record["kind"] in KINDS and record.get("restoration") is not None
    ]


def list_sources(view: LogView) -> list[Source]:
    """Return what can be judged: the newest restoration first, measured curves alone last."""
    wells = view.wells()
    sources = []
    for layer, record in reversed(restoration_layers(view)):
        well, restoration, own = record["well"], record["restoration"], record["curve"]
        evidence = evidence_of(well, restoration, own, layer.name)
        others = tuple(evidence_of(well, restoration, name) for name in restoration if name != own)
        sources.append(Source(layer.name, ("layer", id(layer)), well, evidence, others))
    for well in wells:
        ending = f" \N{MIDDLE DOT} {name_well(well, wells)}" if len(wells) > 1 else ""
        sources += [
            Source(
                f"{evidence.name}, in the file{ending}",
                ("file", id(well), evidence.name),
                well,
                evidence,
            )
            for evidence in saved_evidence(well)
        ]
    for well in wells:
        ending = f" \N{MIDDLE DOT} {name_well(well, wells)}" if len(wells) > 1 else ""
        sources.append(Source(f"measured curves alone{ending}", ("well", id(well)), well, None))
    return sources
