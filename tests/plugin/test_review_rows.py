"""What the Review tab says and decides without a viewer."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from napari_welllog._review_rows import REPORTS, choose_kind, say_strange


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


def test_the_model_to_which_a_well_is_strangest_asks_whether_it_is_like_those_of_training():
    def made(model, ratio):
        return SimpleNamespace(model=model, curve=SimpleNamespace(error_on_others=ratio))

    said = say_strange([made("a", 1.4), made("b", 1.84), made("c", None)])
    assert said.startswith("By b the well's other curves are foretold 1.8 times worse than usual")
    assert say_strange([made("a", 1.2), made("c", None)]) == say_strange([]) == ""
