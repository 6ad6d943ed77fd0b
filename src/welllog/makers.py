"""By what each curve of a restoration was filled, as its record says: models, or by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from welllog.splicing import MEASURED

if TYPE_CHECKING:
    from welllog.restoration import Restoration

__all__ = [
    "HAND",
    "UNKNOWN",
    "list_of",
    "model_of",
    "models_within",
    "name_makers",
    "rank_models",
    "said_makers",
    "say_model",
    "say_models",
]

UNKNOWN = "a model that is not on record"
HAND = "hand"
"""By which a line was drawn; no model has this name."""


def name_makers(restoration: Restoration) -> dict[str, str]:
    """Return by what each curve was filled, own mnemonic -> models, ``HAND`` last.

    Of several models those whose answer stands somewhere.
    """
    record, index = restoration.record, restoration.well.index
    if "makers" in record:
        return dict(record["makers"])
    makers = {}
    for own, curve in restoration.curves.items():
        depths = index[curve.flag != MEASURED]
        names: dict[str, None] = {}
        for low, high, models in _stands(record, own):
            if "decisions" in record and ((depths >= low) & (depths <= high)).any():
                names |= dict.fromkeys(say_model(model) for model in models)
        makers[own] = _join(names) or restoration.model
    return makers


def say_models(models: Iterable[Mapping[str, Any]]) -> str:
    """Name models on record in their order, ``HAND`` last; nothing where there is none."""
    return _join(dict.fromkeys(say_model(model) for model in models))


def _join(names: Iterable[str]) -> str:
    named = [name for name in names if name != HAND]
    if HAND in names:
        named.append(f"by {HAND}" if named else HAND)
    return " and ".join(filter(None, [", ".join(named[:-1]), *named[-1:]]))


def said_makers(restoration: Restoration) -> str:
    """Say which curves were restored by what, and which were drawn by hand."""
    curves: dict[str, list[str]] = {}
    for own, made in name_makers(restoration).items():
        curves.setdefault(made, []).append(own)
    return "; ".join(
        f"{', '.join(own)} {'drawn' if made == HAND else 'restored'} by {made}"
        for made, own in curves.items()
    )


def models_within(
    record: Mapping[str, Any], curve: str, top: float, base: float
) -> list[dict[str, Any]]:
    """Return what is on record of the models whose answer stands in an interval of a curve.

    A line drawn by hand is among them, as one of name ``HAND``.

    Parameters
    ----------
    record : mapping
        Of a step: ``Restoration.record``. Where several models made candidates, the decisions say
        which of them stands where.
    curve : str
        Own mnemonic.
    top, base : float
        In index units, both ends included.
    """
    found: list[dict[str, Any]] = []
    for low, high, models in _stands(record, curve):
        if low <= base and high >= top:
            found += [model for model in models if model not in found]
    return found


def rank_models(restorations: Sequence[Restoration]) -> list[dict[str, Any]]:
    """Return what is on record of each model, the one first by which most samples were filled.

    What was drawn by hand is by none.
    """
    counts: list[tuple[dict[str, Any], int]] = []
    for one in restorations:
        for own, curve in one.curves.items():
            depth = one.well.index[curve.flag != MEASURED]
            for low, high, models in _stands(one.record, own):
                filled = int(((depth >= low) & (depth <= high)).sum())
                counts += [(model, filled) for model in models if model.get("name") != HAND]
    models = [model for place, (model, _) in enumerate(counts)
              if model not in [other for other, _ in counts[:place]]]  # fmt: skip
    return sorted(models, key=lambda model: -sum(n for each, n in counts if each == model))


def _stands(
    record: Mapping[str, Any], curve: str
) -> list[tuple[float, float, list[dict[str, Any]]]]:
    """Return (top, base, models) of what a step put into a curve."""
    if "decisions" not in record:
        model = model_of(record)
        return [(-np.inf, np.inf, [model])] if model else []
    found = []
    for decision in list_of(record["decisions"]):
        try:
            top, base = sorted(float(end) for end in decision["interval"])
            if decision.get("points"):
                models = [{"name": HAND}]
            else:
                named = decision["candidates"]
                runs = [record["runs"][record["candidates"][name]] for name in named]
                models = [model_of(run) for run in runs]
            if decision["curve"] == curve:
                found.append((top, base, models))
        except (LookupError, TypeError, ValueError, AttributeError):
            continue  # rejected; or not as it was written
    return found


def say_model(model: Mapping[str, Any]) -> str:
    """Name a model on record, after its file where it was read from one."""
    name = str(model.get("name", UNKNOWN))
    return f"{model['file']} ({name})" if "file" in model else name


def model_of(step: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a step says of its model; of several runs, their model if they share one."""
    runs = [run.get("model") for run in list_of(step.get("runs")) if isinstance(run, Mapping)]
    models = [model for model in (step.get("model"), *runs) if isinstance(model, Mapping)]
    if not models:
        return {}
    if any(model != models[0] for model in models):
        return {"name": ", ".join(dict.fromkeys(str(model.get("name")) for model in models))}
    kept = models[0].items()
    return {str(key): value if isinstance(value, int) else str(value) for key, value in kept}


def list_of(value: Any) -> list[Any]:
    """Return a part of a record that is to be a list, none where it is something else."""
    return list(value) if isinstance(value, list | tuple) else []
