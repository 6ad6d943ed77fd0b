"""Scales that wells side by side share."""

from __future__ import annotations

import numpy as np

from welllog.track_scales import Room, choose_track_curve, share_room
from welllog.well import Well


def make_well(**curves: tuple[str, float]) -> Well:
    """Return a well of curves that keep near one value, each given as (unit, value)."""
    index = np.arange(0.0, 100.0)
    well = Well("A", index)
    for name, (unit, level) in curves.items():
        well.add_curve(name, level + 0.01 * level * np.sin(index), unit=unit)
    return well


def ends(well: Well, own: str, *wells: Well, **settings) -> tuple[float, float]:
    room = share_room(map(Room.of, wells)) if wells else None
    curve = choose_track_curve(well, own, room=room, **settings)
    return curve.left, curve.right


def test_wells_share_the_widest_scale_that_one_of_them_needs_each_in_its_own_unit():
    light = make_well(RHOB=("g/cm3", 1.6))
    usual = make_well(RHOB=("kg/m3", 2400.0))
    assert ends(usual, "RHOB") == (1950.0, 2950.0)
    assert ends(light, "RHOB", light, usual) == ends(light, "RHOB") == (1.45, 2.95)
    assert ends(usual, "RHOB", light, usual) == (1450.0, 2950.0)


def test_neutron_moves_with_the_density_of_a_well_that_has_no_neutron():
    light = make_well(RHOB=("g/cm3", 1.6))
    both = make_well(RHOB=("g/cm3", 2.4), NPHI=("v/v", 0.2))
    assert ends(both, "NPHI") == (0.45, -0.15)
    assert ends(both, "NPHI", light, both) == (0.75, -0.15)


def test_a_curve_that_is_not_known_is_shared_where_name_and_unit_are_the_same():
    low, high = make_well(ODD=("mV", 10.0)), make_well(ODD=("MV", 90.0))
    other = make_well(ODD=("ohm", 5000.0))
    shared = ends(low, "ODD", low, high, other)
    assert shared == ends(high, "ODD", low, high, other)
    assert shared[0] <= 10 and 90 <= shared[1] < 1000
    assert ends(other, "ODD", low, high, other) == ends(other, "ODD")


def test_a_scale_that_was_chosen_is_not_shared():
    light, usual = make_well(RHOB=("g/cm3", 1.6)), make_well(RHOB=("g/cm3", 2.4))
    assert ends(usual, "RHOB", light, usual, scale=(2.0, 3.0)) == (2.0, 3.0)
