"""What pictures show, against numpy and scipy on numbers that are known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from known_sweep import FINITE, RATES, rmse_of
from made_records import make_outcome
from scipy import stats

from sinefit.errors import SinefitError
from sinefit.record.folder import RunFolder
from sinefit.results.plots import KINDS, draw
from sinefit.results.plots.request import Request
from sinefit.results.statistics import summarize

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd


def test_curves_are_medians_with_quartiles(table: pd.DataFrame) -> None:
    """A line a group, the best first; both losses have a panel of their own."""
    chart = draw("curves", Request(table))
    training, validation = chart.panels
    medians = {
        f"{rate:g}, {name}": np.median([rmse_of(name, rate, seed) for seed in range(6)])
        for name in ("sgd", "adam")
        for rate in RATES
        if (name, rate) != ("sgd", 1.0)
    }
    assert [line.name for line in training.lines] == [*sorted(medians, key=medians.__getitem__), "1, sgd"]
    (line,) = [line for line in training.lines if line.name == "0.1, adam"]
    finals = np.array([rmse_of("adam", 0.1, seed) for seed in range(6)])
    epochs = np.arange(1, 21)
    assert line.x == epochs.tolist()
    for ours, share in ((line.low, 25), (line.y, 50), (line.high, 75)):
        assert ours == pytest.approx(np.percentile(finals, share) / epochs, rel=1e-9)
    (held_out,) = [line for line in validation.lines if line.name == "0.1, adam"]
    assert held_out.y == pytest.approx(2 * np.median(finals) / epochs, rel=1e-9)
    assert training.y.is_log
    assert training.x.ticks == (5, 10, 15, 20)


def write_history(folder: str, loss: float) -> None:
    """Three epochs with the same loss, in place of what is there."""
    files = RunFolder(folder)
    files.write(
        make_outcome(history=[(epoch, loss, None, 0.1) for epoch in range(1, 4)]), files.read_result()
    )


def test_bands_choose_the_axis_too(table: pd.DataFrame) -> None:
    """One learning rate that explodes may not press all lines onto a linear axis."""
    few = table[(table["optimizer"] == "adam") & (table["optimizer.lr"] == 0.1)]
    few.attrs = table.attrs
    for folder in few["folder"]:
        write_history(folder, 1.0)
    (panel,) = draw("curves", Request(few)).panels
    assert not panel.y.is_log
    for folder in few["folder"].iloc[:2]:
        write_history(folder, 1e6)
    (panel,) = draw("curves", Request(few)).panels
    assert panel.y.is_log


def test_no_more_curves_than_colours(table: pd.DataFrame) -> None:
    """By seed too there are 36 groups: the seven best ones are drawn, and it is said."""
    chart = draw("curves", Request(table, by=("optimizer", "optimizer.lr", "seed")))
    assert len(chart.panels[0].lines) == 7
    assert chart.notes[0] == "the 7 of 37 groups with the best median rmse"
    best = sorted(rmse_of(*run) for run in FINITE)
    assert [line.y[0] for line in chart.panels[0].lines] == pytest.approx(best[:7])


def test_a_heat_map_holds_medians(table: pd.DataFrame) -> None:
    """A field a pair of values; one whose runs diverged says so and has no colour."""
    (panel,) = draw("heatmap", Request(table, x="optimizer.lr", y="optimizer")).panels
    assert panel.heat is not None
    assert (panel.x.categories, panel.y.categories) == (("0.01", "0.1", "1"), ("sgd", "adam"))
    for row, optimizer in enumerate(panel.y.categories):
        for column, rate in enumerate(RATES):
            median = np.median([rmse_of(optimizer, rate, seed) for seed in range(6)])
            if (optimizer, rate) == ("sgd", 1.0):
                assert panel.heat.texts[row][column] == "diverged"
                assert np.isnan(panel.heat.numbers[row][column])
            else:
                assert panel.heat.texts[row][column] == f"{median:.3g}"
                shown = 10 ** panel.heat.numbers[row][column] if "log10" in panel.heat.label else None
                assert shown is None or shown == pytest.approx(median)


def test_lines_have_the_intervals_of_the_sign_test(table: pd.DataFrame) -> None:
    """Medians and the order statistics that scipy's binomial distribution names; diverged points are gaps."""
    (panel,) = draw("lines", Request(table, x="optimizer.lr", by=("optimizer",))).panels
    lines = {line.name: line for line in panel.lines}
    assert panel.x.ticks == RATES
    for at, rate in enumerate(RATES):
        runs = np.sort([rmse_of("adam", rate, seed) for seed in range(6)])
        assert lines["adam"].y[at] == pytest.approx(np.median(runs))
        assert stats.binomtest(0, 6).pvalue < 0.05 < stats.binomtest(1, 6).pvalue  # hence the two ends
        assert lines["adam"].low is not None
        assert lines["adam"].high is not None
        assert (lines["adam"].low[at], lines["adam"].high[at]) == pytest.approx((runs[0], runs[-1]))
    assert all(np.isnan(part[2]) for part in (lines["sgd"].y, lines["sgd"].low, lines["sgd"].high) if part)


def test_boxes_say_the_same_as_the_summary(table: pd.DataFrame) -> None:
    """A group a box with the summary's median; diverged runs lie at the bad end, no group vanishes."""
    table.loc[
        (table["optimizer"] == "sgd") & (table["optimizer.lr"] == 0.1) & (table["seed"] < 3), "status"
    ] = "diverged"
    (panel,) = draw("box", Request(table, by=("optimizer", "optimizer.lr"))).panels
    boxes = dict(zip(panel.y.categories, panel.boxes, strict=True))
    assert boxes["adam, 1"].points == pytest.approx(sorted(rmse_of("adam", 1.0, seed) for seed in range(6)))
    assert panel.diverged is not None
    assert panel.diverged > max(rmse_of(*run) for run in FINITE)
    end = panel.diverged
    assert boxes["sgd, 1 (6 of 6 diverged)"].ends == (end,) * 5
    half = boxes["sgd, 0.1 (3 of 6 diverged)"]
    assert half.points == pytest.approx(sorted(rmse_of("sgd", 0.1, seed) for seed in range(3, 6)) + [end] * 3)
    medians = summarize(table, ["optimizer", "optimizer.lr"]).set_index(["optimizer", "optimizer.lr"])[
        "median"
    ]
    for (optimizer, rate), median in medians.items():
        (box,) = [box for name, box in boxes.items() if name.split(" (")[0] == f"{optimizer}, {rate:g}"]
        assert box.ends is not None
        assert box.ends[2] == pytest.approx(median if np.isfinite(median) else end)
    assert next(iter(boxes)).startswith("adam, 0.01")


def test_the_bad_end_of_what_is_better_when_higher(table: pd.DataFrame) -> None:
    """Diverged runs have the lowest r2 of all."""
    high = table.assign(r2=1 - table["rmse"])
    high.attrs = table.attrs | {"metrics": ["r2"]}
    (panel,) = draw("box", Request(high, "r2", by=("optimizer",))).panels
    assert panel.diverged == min(value for box in panel.boxes for value in box.points)
    assert panel.diverged < high["r2"][high["status"] == "completed"].min()


def test_parallel_coordinates_have_a_line_a_run(table: pd.DataFrame) -> None:
    """Settings and the metric, in the order of the runs; names stand for their positions."""
    chart = draw("parallel", Request(table))
    assert chart.parallel is not None
    axes, (rates, optimizers, metrics) = chart.parallel.axes, chart.parallel.runs
    assert [axis.label for axis in axes] == ["optimizer.lr", "optimizer", "rmse (units of y)"]
    assert len(metrics) == 30
    assert axes[1].categories[int(optimizers[0])] == "sgd"
    assert (rates[0], metrics[0]) == (0.01, pytest.approx(rmse_of("sgd", 0.01, 0)))
    assert chart.notes == ("7 runs without a finite rmse: not drawn",)


def test_fits_are_the_best_the_median_and_the_worst(table: pd.DataFrame) -> None:
    """Function and prediction of the runs that a sort would choose."""
    chart = draw("fits", Request(table))
    finite = sorted(rmse_of(*run) for run in FINITE)
    shown = [panel.lines[1].y[0] - panel.lines[0].y[0] for panel in chart.panels]
    assert shown == pytest.approx([finite[0], finite[(len(finite) - 1) // 2], finite[-1]], rel=1e-4)
    assert [panel.title.split(":")[0] for panel in chart.panels] == ["best", "median", "worst"]


def test_spectra_are_medians(table: pd.DataFrame) -> None:
    """Many frequencies are a heat map, few are lines with quartiles; without any there is a reason."""
    (panel, *_) = draw("spectrum", Request(table, by=("optimizer",))).panels
    assert panel.title == "adam"
    finals = [rmse_of("adam", rate, seed) for rate in RATES for seed in range(6)]
    assert panel.heat is not None
    assert panel.y.categories == tuple(str(f) for f in range(9, 0, -1))
    assert panel.heat.numbers[0][-1] == pytest.approx(min(1, np.median(finals) * 200 / 900), rel=1e-4)
    assert panel.x.categories[-1] == "200"
    for folder in table["folder"].iloc[:36]:
        probe = Path(folder) / "probe.csv"
        rows = [line.split(",")[:3] for line in probe.read_text().splitlines()]
        probe.write_text("\n".join(",".join(row) for row in rows) + "\n")
    (panel, *_) = draw("spectrum", Request(table, by=("optimizer",))).panels
    assert [line.name for line in panel.lines] == ["frequency 1", "frequency 2"]
    assert panel.lines[1].y[-1] == pytest.approx(np.median(finals) * 200 / 200, rel=1e-4)
    assert panel.lines[1].high is not None
    assert panel.lines[1].high[-1] == pytest.approx(np.percentile(finals, 75), rel=1e-4)
    for folder in table["folder"].iloc[:36]:
        (Path(folder) / "probe.csv").unlink()
    with pytest.raises(SinefitError, match="has a spectrum; type probe=spectrum"):
        draw("spectrum", Request(table))


def test_intervals_are_spoken_of_where_there_are_any(table: pd.DataFrame) -> None:
    """Six seeds have some, three have none."""
    few = table[table["seed"] < 3]
    few.attrs = table.attrs
    for shown, sentence in (
        (table, "bands: 95 % intervals from five runs on"),
        (few, "too few runs for intervals"),
    ):
        notes = draw("lines", Request(shown, x="optimizer.lr", by=("optimizer",))).notes
        assert any(note.endswith(sentence) for note in notes)


@pytest.mark.parametrize("kind", ["heatmap", "parallel"])
def test_good_values_are_dark(table: pd.DataFrame, kind: str) -> None:
    """Low errors, high r2."""
    both = table.assign(r2=1 - table["rmse"] ** 2)
    both.attrs = table.attrs | {"metrics": ["rmse", "r2"]}
    for metric, is_high_best in (("rmse", False), ("r2", True)):
        chart = draw(kind, Request(both, metric))
        drawn = chart.parallel or chart.panels[0].heat
        assert drawn is not None
        assert drawn.is_high_best is is_high_best


def test_long_values_are_cropped_one_by_one(table: pd.DataFrame) -> None:
    """Groups that differ behind a long value can still be told apart, and are no fewer."""
    long = table.assign(optimizer="a very long name of an optimizer that nobody would type")
    long.attrs = table.attrs
    (panel,) = draw("box", Request(long, by=("optimizer", "optimizer.lr"))).panels
    assert sorted(name.split(" (")[0].rsplit(", ")[-1] for name in panel.y.categories) == ["0.01", "0.1", "1"]
    assert all(len(name.split(" (")[0]) <= 42 for name in panel.y.categories)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "front"])
def test_a_single_run_has_a_picture_or_a_reason(table: pd.DataFrame, kind: str) -> None:
    """One run has a curve, a box and a fit; kinds that need swept settings say so."""
    one = table.iloc[:1]
    one.attrs = table.attrs
    if kind in {"curves", "box", "fits", "spectrum", "best"}:
        assert draw(kind, Request(one)).panels
    else:
        with pytest.raises(
            SinefitError,
            match=rf"{kind} needs . swept settings?, the table has none; curves, spectrum, box, fits, best ",
        ):
            draw(kind, Request(one))


def test_mistakes_are_named(table: pd.DataFrame) -> None:
    """Unknown kinds, settings and metrics; runs without what is to be drawn."""
    with pytest.raises(SinefitError, match="no kind of picture 'pie'; type one of curves, spectrum"):
        draw("pie", Request(table))
    with pytest.raises(SinefitError, match="there is no column 'lr'; the swept settings are: optimizer"):
        Request(table, x="lr")
    with pytest.raises(SinefitError, match="there is no metric 'rmsd'"):
        draw("box", Request(table, metric="rmsd"))
    failed = table[table["status"] == "failed"]
    failed.attrs = table.attrs
    with pytest.raises(SinefitError, match="none of the 1 runs has a rmse"):
        draw("fits", Request(failed))


def test_a_field_that_half_diverged_says_so(table: pd.DataFrame) -> None:
    """Its median is infinite, but not all of its runs diverged; numbers grow upwards."""
    half = table.assign(status=table["status"].where(table["seed"] < 3, "diverged"))
    half.attrs = table.attrs
    (panel,) = draw("heatmap", Request(half, x="optimizer", y="optimizer.lr")).panels
    assert panel.heat is not None
    assert panel.y.categories == ("1", "0.1", "0.01")
    assert panel.heat.texts[0] == ["diverged", "3 of 6\ndiverged"]


@pytest.mark.parametrize(("metric", "best_of"), [("rmse", min), ("r2", max)])
def test_the_best_is_first_whatever_the_direction(
    table: pd.DataFrame, metric: str, best_of: Callable[..., float]
) -> None:
    """Groups and fits are ranked by the metric's own direction: of r2 the largest is the best."""
    both = table.assign(r2=table["rmse"])
    both.attrs = table.attrs | {"metrics": ["rmse", "r2"]}
    medians = {
        f"{rate:g}, {name}": np.median([rmse_of(name, rate, seed) for seed in range(6)])
        for name, rate, seed in FINITE
        if seed == 0
    }
    (panel,) = draw("box", Request(both, metric)).panels
    assert panel.y.categories[0] == best_of(medians, key=medians.__getitem__)
    first, *_ = draw("fits", Request(both, metric)).panels
    assert first.title.startswith(f"best: {metric} {best_of(rmse_of(*run) for run in FINITE):.3g}\n")


def test_an_option_that_a_kind_does_not_take_is_refused(table: pd.DataFrame) -> None:
    """It is not ignored; the message says for which kinds it is."""
    with pytest.raises(SinefitError, match="--kind box takes no --x; it is for lines, heatmap"):
        draw("box", Request(table, x="optimizer"))
