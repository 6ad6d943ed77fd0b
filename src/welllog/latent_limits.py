"""How far maps of a network's noise reach, and when it is as good as ignored; loads no torch."""

__all__ = ["IGNORED", "REACH"]

REACH = 2.0
"""How far a map goes from the origin; beyond 1 the noise is stronger than in training."""
IGNORED = 0.1
"""Variety below which the noise is as good as ignored."""
