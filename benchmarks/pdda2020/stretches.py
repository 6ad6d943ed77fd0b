"""The contest's wells, cut into geological zones and described row by row.

The files have no depth: a row is a sample, the three training wells stand end to end. Where one
ends and the next begins was read off the data (the nulls and the jump in caliper and neutron at
13,125 and at 19,912). The tops were picked by hand on the input logs, the test well's too: they
are in the order of the rows in every well.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from welllog.features import rolling_mean

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

DATA = Path(os.environ.get("WELLLOG_DATA", Path(__file__).parents[3] / "shared" / "data"))
FOLDER = DATA / "pdda2020"

SONIC = ("DTC", "DTS")
LOGS = ("GR", "CNC", "ZDEN", "HRD", "HRM")
"""Inputs used. Caliper follows the bit; PE is 0.05 all through well C and full of barite in A."""

ZONES = ("Palaeogene", "chalk", "marl", "Draupne", "Heather", "Hugin")
CELLS = ("sand", "shale", *ZONES[1:])
"""The zones, with the Palaeogene parted by lithology."""
TOPS = {
    "A": (6800, 7810, 9610, 10150, 10395, 11005, 13045),
    "B": (13125, 14270, 16230, 16905, 17080, 18360, 19912),
    "C": (19912, 21430, 24750, 27310, 27880, 28030, 30143),
    "test": (0, 2000, 7540, 9330, 9435, 9760, 11088),
}
"""First row of each zone, and the row after the last."""
OVERBURDEN = (600, 6800)
"""Rows of well A above the zones: slow shales, the only DTS beyond 290 us/ft."""
SHALE_GR = 40.0
"""API. Palaeogene sands read 28 to 33 in all four wells, the shales 45 to 90."""

WINDOWS = (5, 15, 51)
LEAN = (*LOGS, *(f"{name}_{w}" for name in LOGS for w in (15, 51)), "phi", "separation")
ZONE_FLAGS = tuple(f"is_{zone}" for zone in ZONES)


@dataclass(frozen=True)
class Stretch:
    """One well, or a part of it.

    Parameters
    ----------
    name : str
        The well.
    features : DataFrame, n rows
        What the learners may look at.
    zone, cell : array of int, shape (n,)
        Index into ZONES and CELLS.
    sonic : array, shape (n, 2), us/ft
        DTC and DTS as measured, NaN where null (everywhere in the test well).
    """

    name: str
    features: pd.DataFrame
    zone: IntArray
    cell: IntArray
    sonic: FloatArray

    @cached_property
    def despiked(self) -> FloatArray:
        """The sonic logs to learn from: NaN where they leave the running median by 12, 15 %."""
        kept = self.sonic.copy()
        for k, share in enumerate((0.12, 0.15)):
            median = pd.Series(kept[:, k]).rolling(21, center=True, min_periods=3).median()
            with np.errstate(invalid="ignore"):
                kept[np.abs(kept[:, k] / median.to_numpy() - 1) > share, k] = np.nan
        return kept

    def columns(self, names: tuple[str, ...]) -> FloatArray:
        """Return some features, shape (n, len(names))."""
        return self.features[list(names)].to_numpy(dtype=np.float64)


def read_stretches() -> dict[str, Stretch]:
    """Return the wells A, B, C and test, and the overburden of A.

    Raises
    ------
    FileNotFoundError
        Where WELLLOG_DATA does not hold the contest's files.
    """
    if not (FOLDER / "train.csv").exists():
        raise FileNotFoundError(f"no train.csv in {FOLDER}; set WELLLOG_DATA to the data folder")
    train, test = (pd.read_csv(FOLDER / f"{part}.csv") for part in ("train", "test"))
    stretches = {}
    for name, tops in TOPS.items():
        table = test if name == "test" else train
        zone = np.repeat(np.arange(len(ZONES)), np.diff(tops))
        stretches[name] = describe(name, table.iloc[tops[0] : tops[-1]], zone)
    top, base = OVERBURDEN
    stretches["overburden"] = describe("A", train.iloc[top:base], np.zeros(base - top, np.int64))
    return stretches


def describe(name: str, table: pd.DataFrame, zone: IntArray) -> Stretch:
    """Clean the logs and derive the features of one stretch."""
    logs = clean_logs(table)
    measured = [table[s].to_numpy(dtype=np.float64) for s in SONIC if s in table]
    sonic = np.column_stack(measured) if measured else np.full((len(table), 2), np.nan)
    shale = running_median(logs["GR"], 5) > np.log10(SHALE_GR)
    cell = np.where(zone == 0, shale.astype(np.int64), zone + 1)
    return Stretch(name, derive(logs, zone), zone, cell, np.where(sonic == -999, np.nan, sonic))


def clean_logs(table: pd.DataFrame) -> dict[str, FloatArray]:
    """Return the logs without impossible values, interpolated; gamma ray and resistivity in log10.

    Well A's neutron and density spike to null-like values every few metres.
    """
    logs = {name: table[name].replace(-999, np.nan) for name in LOGS}
    logs["CNC"] = logs["CNC"].where(logs["CNC"].between(0.0, 0.75))
    logs["ZDEN"] = logs["ZDEN"].where(logs["ZDEN"].between(1.95, 3.0))
    logs["GR"] = np.log10(logs["GR"].where(logs["GR"] >= 1.5).clip(1.5, 400))
    for name in ("HRD", "HRM"):
        logs[name] = np.log10(logs[name].clip(0.15, 100))
    return {
        name: values.interpolate(limit_direction="both").to_numpy() for name, values in logs.items()
    }


def derive(logs: dict[str, FloatArray], zone: IntArray) -> pd.DataFrame:
    """Describe every row: a smoothed value, means, slope and roughness per log, and the zone."""
    columns = {}
    for name, raw in logs.items():
        values = running_median(raw, 7)
        columns[name] = values
        for window in WINDOWS:
            columns[f"{name}_{window}"] = rolling_mean(values, window)
        columns[f"{name}_slope"] = rolling_mean(np.gradient(values), 11)
        variance = rolling_mean(values**2, 31) - rolling_mean(values, 31) ** 2
        columns[f"{name}_roughness"] = np.sqrt(np.maximum(variance, 0.0))
    columns["phi"] = (2.65 - columns["ZDEN"]) / 1.65  # density porosity, quartz and water
    columns["separation"] = columns["CNC"] - columns["phi"]
    columns["separation_15"] = rolling_mean(columns["separation"], 15)
    columns["invasion"] = columns["HRD"] - columns["HRM"]
    within = np.zeros(len(zone))
    for k in range(len(ZONES)):
        within[zone == k] = np.linspace(0, 1, int((zone == k).sum()))
    columns["within"], columns["zone"] = within, zone + within
    for k, flag in enumerate(ZONE_FLAGS):
        columns[flag] = (zone == k).astype(np.float64)
    return pd.DataFrame(columns)


def running_median(values: FloatArray, window: int) -> FloatArray:
    """Return the centred median over ``window`` samples, shape (n,); NaN only where all are."""
    median = pd.Series(values).rolling(window, center=True, min_periods=1).median()
    return median.to_numpy(dtype=np.float64)
