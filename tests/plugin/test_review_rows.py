"""What the Review tab says and decides without a viewer."""

from __future__ import annotations

import pytest

from napari_welllog._review_rows import REPORTS, choose_kind


@pytest.mark.parametrize(
    ("path", "chosen", "written"),
    [
        ("a.pdf", 0, ("a.pdf", 500.0)),
        ("a.pdf", 2, ("a.pdf", 200.0)),
        ("a.HTML", 1, ("a.HTML", 0.0)),
        ("16_2-6.final", 0, ("16_2-6.final.html", 0.0)),
        ("well", 1, ("well.pdf", 500.0)),
    ],
)
def test_a_file_is_what_its_name_says_whatever_kind_was_chosen(path, chosen, written):
    assert choose_kind(path, list(REPORTS)[chosen]) == written
