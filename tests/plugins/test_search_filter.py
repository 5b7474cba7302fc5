"""The filter `where` agrees with Python, without its `eval`."""

from __future__ import annotations

import pytest
from hydra.errors import HydraException
from hydra_plugins.sinefit_search._where import Where
from searching import list_words, make_space

VALUES = {"a": 3, "b": 0.5, "t": "adam", "flag": True, "nothing": None, "layers": [8, 16]}


@pytest.mark.parametrize(
    "text",
    [
        "a * b <= 1.5",
        "a * b < 1.5",
        "a + 1 - 2 / 4 // 1 % 3 ** 2 == 4",
        "2 ** -1 == b and t == 'adam'",
        "t != 'adam' or not flag",
        "t in ['sgd', 'adam'] and a not in (1, 2)",
        "1 < a <= 3 < 4 != 5",
        "-a < +b",
        "(a or b) == 3",
        "(a and b) == 0.5",
        "not a",
        "a",
        "nothing == None",
        "flag == True and flag != False",
        "'da' in t",
        "layers == [8, 16]",
        "8 in layers",
        "not (a > 1 and b > 1) or a % 2 == 0",
        "a == 3.0",
    ],
)
def test_conditions_are_what_python_makes_of_them(text: str) -> None:
    """Compared with Python's own evaluation."""
    assert Where(text, VALUES).keeps(VALUES) == bool(eval(text, {}, dict(VALUES)))  # noqa: S307 - the independent source


def test_hydras_words_are_known() -> None:
    """True, false and null as they are typed on the command line."""
    assert Where("flag == true and nothing == null and not false", VALUES).keeps(VALUES)


def test_dotted_names_are_settings() -> None:
    """The condition of the guide drops what is too large, and only that."""
    jobs = list_words(
        "m.h=8,64", "m.n=1,2", "o=sgd,adam", "c=3", where="m.h * m.n <= 64 and (o == 'sgd' or c == 3)"
    )
    assert jobs == [
        f"m.h={h} m.n={n} o={o} c=3" for h in (8, 64) for n in (1, 2) for o in ("sgd", "adam") if h * n <= 64
    ]


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("m > 0.5", ["o=sgd m=0.9"]),
        ("o != 'sgd' or m > 0.5", ["o=sgd m=0.9", "o=adam"]),
        ("not m > 0.5", ["o=sgd m=0", "o=adam"]),
        ("m + 1 != 1", ["o=sgd m=0.9"]),
        ("not m", ["o=sgd m=0", "o=adam"]),
        ("-m < 0", ["o=sgd m=0.9"]),
    ],
)
def test_what_does_not_exist_compares_as_false(where: str, kept: list[str]) -> None:
    """A comparison with a setting that a branch lacks is false."""
    assert list_words("o=sgd,adam", "m=tag(o:sgd,choice(0,0.9))", where=where) == kept


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("m.z > 3", "m.z is neither swept nor typed"),
        ("open('x')", r"open\('x'\) cannot be used"),
        ("a.__class__ == 3", "a.__class__ is neither swept nor typed"),
        ("[x for x in a]", "cannot be used"),
        ("a if a else 3", "cannot be used"),
        ("(lambda: 3)", "cannot be used"),
        ("a[0]", "cannot be used"),
        ("f'{a}'", "cannot be used"),
        ("a is None", "cannot be used"),
        ("a @ 3", "cannot be used"),
        ("a >", "cannot be read"),
        ("a = 3", "cannot be read"),
        ("(" * 500 + "a" + ")" * 500, "cannot be read"),
    ],
)
def test_other_syntax_is_refused(where: str, message: str) -> None:
    """Each is named, and what can be used is listed."""
    with pytest.raises(HydraException, match=message) as caught:
        make_space("a=1,2", where=where)
    assert "it may hold settings a, numbers" in str(caught.value)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("a / 0 > 1", "a=1: division by zero"),
        ("a < 'x'", "a=1"),
        ("t * 1000000000 == 'x'", "t='u'.*'u' is no number"),
        ("9 ** 9 ** 9 > a", "greatest power"),
        ("a in 3", "a=1"),
    ],
)
def test_what_cannot_be_calculated_is_told_with_its_values(where: str, message: str) -> None:
    """No traceback, no answer that nobody has asked for, and no machine full of text."""
    with pytest.raises(HydraException, match=message):
        list_words("a=1,2", "t=u,v", where=where)
