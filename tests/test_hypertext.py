"""HTML made of what files say: nothing gets out of the place it was put in."""

from __future__ import annotations

import pytest

from welllog.hypertext import Markup, document, element, table, text


@pytest.mark.parametrize("odd", ['"', "'", "<", ">", "&"])
def test_no_character_with_a_meaning_is_left_as_it_is(odd: str) -> None:
    assert odd not in text(f"a{odd}b").replace("&", "", 1 if odd == "&" else 0)
    assert f"a{odd}b" not in element("p", f"a{odd}b", title=f"a{odd}b")
    assert f"a{odd}b" not in table([f"a{odd}b"], [[f"a{odd}b"]], caption=f"a{odd}b")
    assert f"a{odd}b" not in document(f"a{odd}b", f"a{odd}b")


def test_markup_is_not_escaped_twice() -> None:
    assert text(text("<")) == "&lt;"
    assert element("p", element("b", "x")) == "<p><b>x</b></p>"
    assert element("img", src="a b", alt=None) == '<img src="a b">'
    assert isinstance(element("br"), Markup)


def test_control_characters_are_replaced_and_long_strings_cut_off() -> None:
    assert text("a\x00\x1b\u202eb") == "a\ufffd\ufffd\ufffdb"
    assert text("line\nbreak\ttab") == "line\nbreak\ttab"
    assert len(text("x" * 10**6)) <= 2000


def test_numbers_stand_to_the_right_and_marked_rows_stand_out() -> None:
    made = table(["a", "b"], [["x", 1], ["y", 2]], numbers=[1], marked=[1])
    assert made.count('class="number"') == 3 and made.count('<tr class="mark">') == 1
