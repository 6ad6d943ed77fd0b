"""Read, restore, judge and write well logs without a screen.

Importing this package loads none of its dependencies: each name below is imported when it is
first used.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "Gap": "gaps",
    "LatentSpace": "latent",
    "LogFileError": "formats",
    "Restoration": "restoration",
    "Top": "zones",
    "Well": "well",
    "Zone": "zones",
    "evaluate": "evaluation",
    "find_gaps": "gaps",
    "fit": "training",
    "judge_well": "judgement",
    "load_model": "checkpoint",
    "plot_well": "plot",
    "read": "formats",
    "replay": "repetition",
    "read_zones": "zones",
    "restore": "restoration",
    "save_model": "checkpoint",
    "synthesize": "restoration",
    "synthetic_well": "samples",
    "write": "formats",
    "write_print": "prints",
    "write_report": "report",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
