"""Writes docs/tables/ripening.csv again, byte for byte: a made-up table for trying `data=table`.

.venv/bin/python scripts/make_table.py                   writes it where it is
.venv/bin/python scripts/make_table.py --output NEW.csv  elsewhere

A row is a pear that was stored for some days, in a store with a temperature in degrees Celsius and a relative
humidity in percent; `variety` and `waxed` say what pear it was; its `firmness` in newtons was measured then.

    half_life = half_life(variety) * 3 ** ((10 - temperature) / 10) * (1.5 if waxed else 1)
    firmness  = soft + (hard(variety) - soft) / (1 + (days / half_life) ** 4)
                - 3 * (90 - humidity) / 25 * days / 50 + noise

with soft = 10 N and normal noise of 2.5 N. So warmth speeds ripening up, wax slows it down, and dry air makes
pears a little softer. A straight line reaches an r2 of 0.7, a small network one of 0.96.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "tables" / "ripening.csv"
SEED, NUM_ROWS = 14, 300
SOFT, NOISE, WAXED_SHARE = 10.0, 2.5, 0.4
VARIETIES = {"bosc": (62.0, 16.0), "comice": (50.0, 9.0), "conference": (68.0, 12.0)}
"""Firmness at harvest in newtons, and days at 10 degrees until half of it is lost."""


def make_row(dice: random.Random) -> str:
    """A line of the file.

    Args:
        dice: what is drawn from.
    """
    days = round(dice.uniform(0, 50), 1)
    temperature = round(dice.uniform(0, 20), 1)
    humidity = round(dice.uniform(60, 95), 1)
    variety = dice.choice(list(VARIETIES))
    is_waxed = dice.random() < WAXED_SHARE
    hard, half_life = VARIETIES[variety]
    half_life *= 3 ** ((10 - temperature) / 10) * (1.5 if is_waxed else 1.0)
    firmness = SOFT + (hard - SOFT) / (1 + (days / half_life) ** 4)
    firmness += dice.gauss(0, NOISE) - 3 * (90 - humidity) / 25 * days / 50
    cells = days, temperature, humidity, variety, str(is_waxed).lower(), f"{max(0.5, firmness):.2f}"
    return ",".join(map(str, cells))


def make_table() -> str:
    """The whole file."""
    dice = random.Random(SEED)  # noqa: S311 - no secret
    rows = [make_row(dice) for _ in range(NUM_ROWS)]
    return "\n".join(["days,temperature,humidity,variety,waxed,firmness", *rows, ""])


def main(arguments: list[str] | None = None) -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description="Writes the example table again.")
    parser.add_argument("--output", type=Path, default=TABLE)
    output = parser.parse_args(arguments).output
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(make_table(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
