"""Signs of trouble in a training, in words, each with what can be done.

The thresholds are rules of thumb, not fitted to trainings that went well or ill: what each means
is said beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from welllog.experiment_report.kept import Kept
from welllog.learning.pieces import roughness

__all__ = ["GAME_LOST", "IGNORED", "NO_TELLING", "TOLD", "Sign", "find_signs"]

NO_TELLING = float(np.log(4.0))
"""Nats: the discriminator's loss where it cannot tell, -2 log 1/2."""
GAME_LOST = 0.2
"""Nats: it is then 90 % sure of measured curves and of generated ones (-2 log 0.9 = 0.21)."""
BEHIND = 1.2
"""Nats: it is 55 % sure (-2 log 0.55), hardly more than where it cannot tell."""
SWING = 0.35
"""Nats, a quarter of 1.39: standard deviation of the discriminator's loss about its trend. Between
lines, each the mean of many windows, chance alone moves it by some hundredths."""
TURNS = 4
"""Times that the loss crosses its trend; fewer is a drift."""
IGNORED = 0.1
"""Variety: answers differ by a tenth of what they would if they said how little is known."""
TOLD = 0.8
"""Share of pieces that the weak classifier tells rightly: four of five, by texture alone."""
SMOOTHER, ROUGHER = 0.8, 1.25
"""Size of differences from sample to sample, against measured ones, a fifth less or more."""
SKIPPED = 0.01
"""Share of iterations left out; single ones do no harm."""
LEAST_LINES, LEAST_LOOKS = 8, 3
"""Lines of losses, and validations, before anything is said."""


@dataclass(frozen=True)
class Sign:
    """One sign of trouble."""

    name: str
    """Short, for scripts."""
    said: str
    """What was measured."""
    advice: str


def find_signs(kept: Kept) -> list[Sign]:
    """Return the signs of trouble, those of the game first."""
    found = [
        _lost_or_behind(kept) if kept.has_discriminator else None,
        _swinging(kept) if kept.has_discriminator else None,
        _ignored(kept),
        _told(kept),
        _no_better(kept),
        _skipped(kept),
    ]
    return [sign for sign in found if sign]


def _latest(kept: Kept, key: str) -> float | None:
    """Return the mean of the last three values that a validation gave."""
    values = kept.series(key)[1]
    return float(values[-LEAST_LOOKS:].mean()) if len(values) >= LEAST_LOOKS else None


def _lost_or_behind(kept: Kept) -> Sign | None:
    at, values = kept.series("discriminator")
    if len(values) < LEAST_LINES:
        return None
    count = max(LEAST_LINES, len(values) // 4)
    level = float(np.median(values[-count:]))
    rate = kept.setting("discriminator_rate", 2e-4)
    where = f"since iteration {at[-count]:.0f}"
    if level < GAME_LOST:
        return Sign(
            "discriminator has won",
            f"The discriminator has won: its loss is {level:.2f} nats {where} ({NO_TELLING:.2f} "
            "where it cannot tell). It is sure of every window, and what the generator learns "
            "from it says little of what to mend.",
            f"Let it learn more slowly (--set discriminator_rate={rate / 4:.1g}), or give the "
            "generator more width.",
        )
    told = _latest(kept, "told apart")
    if level > BEHIND and told is not None and told > TOLD:
        return Sign(
            "discriminator is behind",
            f"The discriminator is behind: its loss is {level:.2f} nats {where} ({NO_TELLING:.2f} "
            f"where it cannot tell), while the weak classifier is right on {told:.0%} of pieces.",
            f"Let it learn faster (--set discriminator_rate={rate * 4:.1g}), or train longer.",
        )
    return None


def _swinging(kept: Kept) -> Sign | None:
    at, values = kept.series("discriminator")
    half = len(values) // 2
    if half < LEAST_LINES:
        return None
    at, values = at[half:], values[half:]
    apart = values - np.polyval(np.polyfit(at, values, 1), at)
    turns = int((np.diff(np.sign(apart)) != 0).sum())
    if apart.std() < SWING or turns < TURNS:
        return None
    return Sign(
        "losses oscillate",
        f"The losses oscillate: since iteration {at[0]:.0f} the discriminator's strays from its "
        f"trend by {apart.std():.2f} nats and crosses it {turns} times.",
        "Lower both learning rates (--set learning_rate=..., --set discriminator_rate=...), or "
        "take a larger --batch.",
    )


def _ignored(kept: Kept) -> Sign | None:
    level = _latest(kept, "variety")
    if level is None or level >= IGNORED:
        return None
    return Sign(
        "noise is ignored",
        f"The noise is ignored: in the last {LEAST_LOOKS} validations the variety of answers was "
        f"{level:.2f} (1 where they differ as much as they are off). What realisations from z "
        "show is one answer, many times.",
        "Conditional networks tend to it (Isola et al. 2017, section 3.1), as reconstruction is "
        "best served by one answer; --set loss=crps asks for answers that scatter as far as they "
        "err. Realisations that fill the band need no noise: --realisations of welllog restore.",
    )


def _told(kept: Kept) -> Sign | None:
    level = _latest(kept, "told apart")
    if level is None or level <= TOLD:
        return None
    how, advice = "", "Train longer; more or less adversarial_weight may help, or another network"
    film = kept.film
    if film is not None and film.pieces is not None:
        ratio = roughness(film.pieces.measured, film.pieces.generated)
        size = (
            f"at iteration {film.pieces_at} differences from sample to sample are {ratio:.2f} "
            "times those of measured curves"
        )
        if ratio < SMOOTHER:
            how = f" They are too smooth: {size}."
        elif ratio > ROUGHER:
            how = f" They are too rough: {size}."
            advice += "; the film shows whether it is noise or a comb left by the decoder"
        else:
            how = f" Not by roughness ({size}), but by other traits of texture."
    return Sign(
        "told apart",
        f"Generated curves are easily told: the weak classifier was right on {level:.0%} of pieces "
        f"in the last {LEAST_LOOKS} validations (50 % is chance).{how}",
        f"{advice}. For a single best fill this is no fault: that one is smooth by nature.",
    )


def _no_better(kept: Kept) -> Sign | None:
    at, values = kept.series("validation")
    patience = int(kept.setting("patience", 10))
    since = kept.since_best
    if since < max(LEAST_LOOKS, patience / 2):
        return None
    best = int(np.argmin(values))
    return Sign(
        "validation has stopped improving",
        f"Validation has stopped improving: the best, {values[best]:.3f} spreads, was at iteration "
        f"{at[best]:.0f}, {since} validations ago; training ends {patience} after the best.",
        "The best generator is kept and becomes the model. More wells, or distortions and "
        "--masks corpus, help where more iterations do not.",
    )


def _skipped(kept: Kept) -> Sign | None:
    count = int(kept.series("skipped")[1].sum())
    if count <= SKIPPED * max(kept.iteration, 1):
        return None
    return Sign(
        "gradients skipped",
        f"{count} of {kept.iteration} iterations were left out, as their gradient was not finite.",
        "Lower learning_rate, or train at --precision 32.",
    )
