"""What came from data never becomes markup."""

import pytest

from kpi_lib.report.html import Fragment, bullets, element, folded, joined
from kpi_lib.report.table import table

ATTACK = '<img src=x onerror=alert(1)>"&'


def test_strings_are_escaped_and_fragments_kept():
    made = element("p", ATTACK, Fragment("<b>kept</b>"), title=ATTACK)
    assert made.html == (
        '<p title="&lt;img src=x onerror=alert(1)&gt;&quot;&amp;">'
        "&lt;img src=x onerror=alert(1)&gt;&quot;&amp;<b>kept</b></p>"
    )


@pytest.mark.parametrize(
    "made",
    [
        bullets([ATTACK]),
        folded(ATTACK, ATTACK),
        joined([ATTACK, ATTACK]),
        table([ATTACK, "n"], [[ATTACK, ATTACK]], caption=ATTACK),
    ],
)
def test_no_builder_lets_markup_through(made):
    assert "<img" not in made.html


def test_table_has_headers_for_rows_and_columns():
    html = table(["Branch", "n"], [["Chengdu", "3"]], caption="Rows").html
    assert "<caption>Rows</caption>" in html
    assert 'scope="col"' in html
    assert '<th scope="row"' in html


def test_on_a_console_it_is_words():
    assert repr(joined([element("p", "a < b"), Fragment("<svg><text>x</text></svg>")])) == "a < b"
