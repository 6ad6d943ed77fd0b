"""SAITS and BRITS, from PyPOTS, on windows of 256 samples.

Du, Côté and Liu 2023, Expert Systems with Applications 219 (SAITS: self-attention); Cao et al.
2018, NeurIPS (BRITS: a recurrent net both ways). Their own code, sizes for a CPU. One thing is
changed in favour of SAITS: it is trained to fill runs of a curve and whole curves, with their
siblings, where the library hides single samples, from which gaps cannot be learnt. BRITS learns
by guessing every sample before it sees it, and is left as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from unittest.mock import patch

import numpy as np

from rivals.simple import Rival
from welllog.features import INPUTS, TARGETS, LogSet, hidden_with

WINDOW = 256
STEP_M = 0.1524
STRIDE = 128
"""Samples from one window to the next where a well is filled."""
LEAST_MEASURED = 0.3
"""Share of a training window that is measured."""


@dataclass
class Sequence256(Rival):
    """A sequence model of PyPOTS, fed standardised windows of the eleven curves."""

    centres: np.ndarray = field(default_factory=lambda: np.zeros(len(INPUTS)))
    spreads: np.ndarray = field(default_factory=lambda: np.ones(len(INPUTS)))
    model: Any = None

    def fit(
        self,
        wells: Sequence[LogSet],
        held_out: Sequence[LogSet],
        weights: dict[str, float],
        *,
        seed: int,
        epochs: int,
        most: int,
        device: str | None = None,
    ) -> Self:
        """Train on at most ``most`` windows of the wells, stopping early on those held out.

        Windows of a well that counts less are drawn less often.
        """
        import torch

        random = np.random.default_rng(seed)
        np.random.seed(seed)  # noqa: NPY002 - PyPOTS draws from numpy's global generator
        torch.manual_seed(seed)
        tables = [_table(well) for well in wells]
        kept = np.concatenate([table[::10] for table in tables])
        self.centres = np.nan_to_num(np.nanmean(kept, axis=0))
        self.spreads = np.nan_to_num(np.nanstd(kept, axis=0), nan=1.0) + 1e-6
        windows = []
        for well, table in zip(wells, tables, strict=True):
            cut = _windows((table - self.centres) / self.spreads, WINDOW)[1]
            cut = cut[np.isfinite(cut).mean(axis=(1, 2)) >= LEAST_MEASURED]
            windows.append(cut[random.random(len(cut)) < weights.get(well.well, 1.0)])
        checked = [
            _windows((_table(well) - self.centres) / self.spreads, WINDOW)[1] for well in held_out
        ]
        truth = np.concatenate(checked)
        truth = truth[np.isfinite(truth).mean(axis=(1, 2)) >= LEAST_MEASURED]
        truth = random.permutation(truth)[: max(1, most // 5)]
        seen = np.stack([hide_run(window, random) for window in truth])
        drawn = random.permutation(np.concatenate(windows))[:most]
        self.model = _build(self.name, epochs, device)
        with patch("pypots.imputation.saits.data.mcar", _hide_run_of_tensor):
            self.model.fit({"X": drawn}, {"X": seen, "X_ori": truth})
        return self

    def centre(self, logs: LogSet, target: str, rows: np.ndarray) -> np.ndarray:
        """Average the windows over every row, the middle of a window counting most."""
        table = (_table(logs) - self.centres) / self.spreads
        wanted = np.zeros(len(table), bool)
        places = (logs.depth[rows] - logs.depth[0]) / STEP_M
        for near in (np.floor(places), np.ceil(places)):
            wanted[np.clip(near.astype(int), 0, len(table) - 1)] = True
        tops, windows = _windows(table, STRIDE)
        needed = [place for place, top in enumerate(tops) if wanted[top : top + WINDOW].any()]
        filled = self.model.predict({"X": windows[needed]})["imputation"][..., INPUTS.index(target)]
        total, weight = np.zeros((2, tops[-1] + WINDOW))
        taper = np.minimum(np.arange(1, WINDOW + 1), np.arange(WINDOW, 0, -1)).astype(float)
        for top, values in zip(tops[needed], filled, strict=True):
            total[top : top + WINDOW] += taper * values
            weight[top : top + WINDOW] += taper
        at = np.flatnonzero(weight)
        values = np.interp(places, at, total[at] / weight[at])
        channel = INPUTS.index(target)
        return values * self.spreads[channel] + self.centres[channel]


def hide_run(window: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return a window, shape (256, 11), with a run of one curve and its siblings null.

    In a quarter of the windows the run is the whole window; in a fifth every curve is hidden.
    """
    size = WINDOW if random.random() < 0.25 else int(np.exp(random.uniform(1.6, np.log(WINDOW))))
    top = random.integers(WINDOW - size + 1)
    curves = [place for place, name in enumerate(INPUTS) if name in TARGETS]
    known = [place for place in curves if np.isfinite(window[:, place]).any()] or curves
    target = INPUTS[random.choice(known)]
    hidden = [place for place, name in enumerate(INPUTS) if name in hidden_with(target)]
    masked = window.copy()
    if random.random() < 0.2 and size < WINDOW:
        masked[top : top + size] = np.nan
    else:
        masked[top : top + size, hidden] = np.nan
    return masked


def _hide_run_of_tensor(window: Any, p: float) -> Any:
    """Hide a run where PyPOTS would hide single samples (``p`` of them)."""
    import torch

    random = np.random.default_rng(np.random.randint(2**31))  # noqa: NPY002
    return torch.from_numpy(hide_run(window.numpy(), random))


def _build(name: str, epochs: int, device: str | None) -> Any:
    from pypots.imputation import BRITS, SAITS

    shape = {"n_steps": WINDOW, "n_features": len(INPUTS)}
    running = {
        "epochs": epochs,
        "patience": min(epochs, max(3, epochs // 5)),
        "device": device,
        "model_saving_strategy": None,
    }
    if name == "brits":
        return BRITS(**shape, rnn_hidden_size=64, batch_size=128, **running)
    return SAITS(
        **shape,
        n_layers=2,
        d_model=64,
        n_heads=2,
        d_k=32,
        d_v=32,
        d_ffn=128,
        dropout=0.1,
        batch_size=64,
        **running,
    )


def _table(logs: LogSet) -> np.ndarray:
    """Return the curves on a grid of 0.1524 m by the nearest sample, shape (m, 11), float32."""
    count = int((logs.depth[-1] - logs.depth[0]) / STEP_M) + 1
    nearest = np.rint(np.arange(count) * STEP_M / logs.step).astype(int)
    nearest = np.minimum(nearest, len(logs.depth) - 1)
    null = np.full(count, np.nan)
    columns = [logs.curves[n][nearest] if n in logs.curves else null for n in INPUTS]
    return np.column_stack(columns).astype(np.float32)


def _windows(table: np.ndarray, stride: int) -> tuple[np.ndarray, np.ndarray]:
    """Cut windows, shape (m, 11) -> their tops (w,) and (w, 256, 11); the last is padded."""
    tops = np.arange(0, max(len(table) - WINDOW + stride, 1), stride)
    padded = np.full((tops[-1] + WINDOW, table.shape[1]), np.nan, np.float32)
    padded[: len(table)] = table[: len(padded)]
    return tops, np.stack([padded[top : top + WINDOW] for top in tops])
