"""The command ``sinefit-results``, on real sweeps, as a process."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from run_folders import write_sweep

import sinefit as package
from sinefit.cli import main
from sinefit.record.folder import RunFolder
from sinefit.results.frame import METRICS, SETTINGS
from sinefit.results.shown import choose_columns

if TYPE_CHECKING:
    from pathlib import Path

QUICK = ["trainer=quick", "data.num_points=40"]
SWEEP = ["-m", "hydra/launcher=basic", "model.hidden_size=4,8", "optimizer=sgd,adam", "seed=range(0,2)"]


def start(module: str, *arguments: str, cwd: Path, width: int = 100) -> subprocess.CompletedProcess[str]:
    """Run a module of sinefit as a process."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", module, *arguments],
        cwd=cwd,
        text=True,
        capture_output=True,
        check=False,
        env={**os.environ, "COLUMNS": str(width)},
    )


def results(*arguments: str, cwd: Path, width: int = 100) -> str:
    """What the command prints; it succeeds, and says no more on standard error than which sweep it read."""
    done = start("sinefit.cli", *arguments, cwd=cwd, width=width)
    assert done.returncode == 0
    assert re.fullmatch(r"(the newest sweep: .*\n)?", done.stderr)
    return done.stdout


def fails(*arguments: str, cwd: Path) -> str:
    """What the command says when it fails: a message on standard error, no traceback, exit code 1."""
    done = start("sinefit.cli", *arguments, cwd=cwd)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a hostile name in which a sweep of eight jobs and a single run were trained."""
    path = tmp_path_factory.mktemp("it's a=ü [x]")
    for arguments in ([*SWEEP, *QUICK, "hydra.sweep.dir=outputs/sweeps/first sweep"], [*QUICK, "seed=5"]):
        done = subprocess.run(
            [sys.executable, "-m", "sinefit.run", *arguments],
            cwd=path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    return path


def test_without_a_command_help_is_shown(tmp_path: Path) -> None:
    """What there is, as with --help."""
    assert results(cwd=tmp_path) == results("--help", cwd=tmp_path)


def test_a_real_sweep_is_a_table(place: Path) -> None:
    """Without a path, the newest sweep: eight rows with their settings, the constants above."""
    text = results("table", cwd=place, width=200)
    first, *lines = text.splitlines()
    assert first.startswith("constant: sweep=outputs/sweeps/first sweep, status=completed, trainer=quick")
    head = next(index for index, line in enumerate(lines) if line.lstrip().startswith("job"))
    assert lines[head].split()[:4] == ["job", "model.hidden_size", "optimizer", "seed"]
    assert [line.split()[0] for line in lines[head + 1 : head + 9]] == [str(n) for n in range(8)]


def test_collect_equals_the_records(place: Path) -> None:
    """Every number in the table is the one in the job's own record."""
    table = package.collect(place / "outputs" / "sweeps" / "first sweep")
    for row in table.to_dict("records"):
        record = RunFolder(row["folder"]).read_result()
        assert {name: row[name] for name in record.metrics} == record.metrics
        assert row["seed"] == record.seed
        assert f"optimizer={row['optimizer']}" in record.overrides
        assert f"model.hidden_size={row['model.hidden_size']}" in record.overrides


def test_where_sort_top_columns(place: Path) -> None:
    """Rows are chosen, then sorted, then cut; columns stand as asked for."""
    condition = "optimizer == 'adam' and model.hidden_size in [8] or seed > 0"
    options = ["--where", condition, "--sort", "rmse", "--columns", "optimizer,seed,rmse", "--format", "csv"]
    rows = list(csv.DictReader(io.StringIO(results("table", "outputs/**", *options, cwd=place))))
    assert list(rows[0]) == ["optimizer", "seed", "rmse"]
    assert len(rows) == 6
    values = [float(row["rmse"]) for row in rows]
    assert values == sorted(values)
    down = ["--reverse", "--top", "2"]
    rows = list(csv.DictReader(io.StringIO(results("table", "outputs/**", *options, *down, cwd=place))))
    assert [float(row["rmse"]) for row in rows] == values[:-3:-1]


@pytest.mark.parametrize("width", [60, 100, 160])
def test_a_narrow_terminal(place: Path, width: int) -> None:
    """No line is wider than the terminal, and what has no room is named."""
    text = results("table", "outputs/sweeps", cwd=place, width=width)
    assert all(len(line) <= width for line in text.splitlines())
    assert ("not shown for lack of room" in text) is (width < 160)


@pytest.mark.parametrize(
    "option", [["--all"], ["--format", "markdown"], ["--format", "latex"], ["--format", "json"]]
)
def test_every_format_has_every_row(place: Path, option: list[str]) -> None:
    """The command writes each format; all jobs are in it."""
    text = results("table", "outputs/sweeps/first sweep", *option, cwd=place)
    assert text.count("adam") >= 4
    assert text.count("sgd") >= 4


def test_output_to_a_file(place: Path, tmp_path: Path) -> None:
    """The ending of the file chooses the format; an unknown ending is refused."""
    done = start("sinefit.cli", "table", "--output", str(tmp_path / "t.json"), cwd=place)
    assert (done.returncode, done.stdout) == (0, "")
    assert f"written to {tmp_path}" in done.stderr
    assert len(json.loads((tmp_path / "t.json").read_text())) == 8
    message = fails("table", "--output", "t.xls", cwd=place)
    assert "t.xls: the ending must be one of .csv, .md, .json, .tex" in message


def test_the_best_run_and_its_command(place: Path, tmp_path: Path) -> None:
    """The best run's page has the lowest metric, and its command trains a run with the same metrics."""
    text = results("best", "outputs/sweeps/first sweep", "--metric", "rmse", cwd=place)
    table = package.collect(place / "outputs" / "sweeps" / "first sweep")
    best = table.loc[table["rmse"].idxmin()]
    assert text.startswith(f"the best of 8 runs by rmse: {best['rmse']:.4g}\n")
    command = text.splitlines()[-1].strip()
    done = start("sinefit.run", *shlex.split(command)[1:], "hydra.run.dir=again", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert RunFolder(tmp_path / "again").read_result().metrics["rmse"] == best["rmse"]


def test_the_best_by_a_setting(place: Path) -> None:
    """`--by` gives the best run for each value, the best of them first; r2 is best when high."""
    rows = results("best", "--by", "optimizer", "--metric", "r2", cwd=place, width=160).splitlines()
    table = package.collect(place / "outputs" / "sweeps" / "first sweep")
    best = table.groupby("optimizer")["r2"].max().sort_values(ascending=False)
    cells = [line.split() for line in rows if "sgd" in line or "adam" in line]
    assert [next(cell for cell in row if cell in {"sgd", "adam"}) for row in cells] == best.index.tolist()
    assert all(f"{value:.4g}" in row for value, row in zip(best, cells, strict=True))


def test_the_command_is_quoted_for_the_shell(tmp_path: Path) -> None:
    """Overrides with quotes, spaces and brackets come back whole from the shell."""
    overrides = ["+note='it, is \"x\" $HOME'", "seed=3", *QUICK]
    done = start("sinefit.run", *overrides, "hydra.run.dir=r", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    command = results("best", "r", cwd=tmp_path).splitlines()[-1]
    assert shlex.split(command) == ["sinefit", *overrides]


@pytest.mark.parametrize(
    ("kind", "start_of_file"),
    [("curves.png", b"\x89PNG"), ("fits.svg", b"<?xml"), ("box.html", b"<!doctype")],
)
def test_pictures_are_written(place: Path, tmp_path: Path, kind: str, start_of_file: bytes) -> None:
    """The ending of the file chooses how it is drawn."""
    file = tmp_path / kind
    done = start("sinefit.cli", "plot", "--kind", file.stem, "--output", str(file), cwd=place)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines()[-1] == f"written to {file}"
    assert file.read_bytes().startswith(start_of_file)


def test_a_report_is_written(place: Path, tmp_path: Path) -> None:
    """Of the newest sweep, and of two sides; nothing else is left in the folder."""
    done = start("sinefit.cli", "report", "--output", str(tmp_path / "one.html"), cwd=place)
    assert (done.returncode, done.stdout) == (0, "")
    jobs = [f"outputs/sweeps/first sweep/{job}" for job in (0, 4)]
    done = start("sinefit.cli", "report", *jobs, "--output", str(tmp_path / "two.html"), cwd=place)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.html", "two.html"]
    assert "Which sweep is better?" in (tmp_path / "two.html").read_text()
    assert "Which sweep is better?" not in (tmp_path / "one.html").read_text()


def test_a_summary_over_seeds(place: Path) -> None:
    """Cells with two runs: no interval, and the reason; all columns in a file."""
    text = results("summary", "--by", "optimizer", cwd=place, width=200)
    lines = text.splitlines()
    assert lines[0].split()[:5] == ["rank", "optimizer", "n", "median", "interval"]
    assert {line.split()[1] for line in lines[1:3]} == {"sgd", "adam"}
    assert "too few for an interval" in text
    assert "pooled over model.hidden_size" in text
    for width in (50, 80):
        assert all(len(line) <= width for line in results("summary", cwd=place, width=width).splitlines()[:3])
    done = start("sinefit.cli", "summary", "--format", "csv", cwd=place)
    frame = pd.read_csv(io.StringIO(done.stdout))
    assert {"rank", "low", "high", "iqm", "diverged", "failed"} <= set(frame)
    assert list(frame["n"]) == [2, 2, 2, 2]
    assert "too few for an interval" in done.stderr


def test_a_comparison_ends_with_a_sentence(place: Path) -> None:
    """Between two settings, and between two folders, where worse is an exit code."""
    text = results("compare", "--between", "optimizer=adam,sgd", cwd=place, width=200)
    assert re.match(
        "optimizer=sgd looks (better|worse) than optimizer=adam in rmse, but", text.splitlines()[-1]
    )
    assert "paired by model.hidden_size, seed: 4 pairs in 2 cells, seeds 0-1" in text
    for number, rate in enumerate(("optimizer.lr=0.01", "optimizer.lr=1e-9")):
        words = [
            "-m",
            "seed=0,1",
            "optimizer=adam",
            rate,
            "data.num_points=40",
            f"hydra.sweep.dir=side {number}",
        ]
        assert start("sinefit.run", *words, cwd=place).returncode == 0
    worse = start("sinefit.cli", "compare", "side 0", "side 1", "--fail-if-worse", "5%", cwd=place)
    assert worse.returncode == 1
    assert "side 1 is worse than side 0 in rmse by" in worse.stderr
    better = start("sinefit.cli", "compare", "side 1", "side 0", "--fail-if-worse", "5%", cwd=place)
    assert (better.returncode, better.stderr) == (0, "")
    same = start("sinefit.cli", "compare", "side 1", "side 1", "--fail-if-worse", "0.0", cwd=place)
    assert (same.returncode, same.stderr) == (0, "")


def test_importance_of_swept_keys(place: Path) -> None:
    """Shares in per cent that add up to all."""
    lines = results("importance", cwd=place).splitlines()
    shares = [float(line.split("%")[0].split()[-1]) for line in lines if "%" in line]
    assert sum(shares) == pytest.approx(100, abs=0.3)
    assert "full grid: exact main effects and two-way effects" in lines


def test_no_sweep_yet(tmp_path: Path) -> None:
    """In an empty folder the command says how to start a sweep."""
    assert "sinefit -m" in fails("table", cwd=tmp_path)


def test_a_reader_that_leaves_early(place: Path) -> None:
    """A closed pipe, as by ``| head -1``, ends the command without a traceback."""
    command = f"{shlex.quote(sys.executable)} -m sinefit.cli table --format json | head -1"
    done = subprocess.run(["bash", "-c", command], cwd=place, text=True, capture_output=True, check=False)
    assert done.stdout == "[\n"
    assert "Traceback" not in done.stderr


HELPS = [["--help"], *([name, "--help"] for name in ("table", "best", "summary", "compare", "importance"))]


@pytest.mark.parametrize("arguments", HELPS)
def test_help_has_examples(tmp_path: Path, arguments: list[str]) -> None:
    """Help shows commands that can be typed."""
    text = results(*arguments, cwd=tmp_path)
    assert "sinefit-results " in text
    assert "xample" in text


def test_the_version(tmp_path: Path) -> None:
    """It is that of the package."""
    assert results("--version", cwd=tmp_path) == f"sinefit {package.__version__}\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("table", "--all", "true"), "--all takes no value, got 'true'; type --all alone"),
        (("table", "--reverse=false"), "--reverse takes no value, got 'false'; type --reverse alone"),
        (("plot", "--output", "nowhere/x.png"), "there is no folder nowhere; make it first"),
        (("report", "--output", "nowhere/x.html"), "there is no folder nowhere; make it first"),
        (("table", "--output", "nowhere/x.csv"), "there is no folder nowhere; make it first"),
        (("report", "--output", "/"), "type for example --output file.html"),
        (("plot", "--output", "/"), "type for example --output file.png"),
        (("plot", "--output", "folder.png"), "folder.png is a folder"),
    ],
)
def test_mistakes_in_options_end_with_one_message(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    words: tuple[str, ...],
    message: str,
) -> None:
    """What to type instead; nothing is made on disk."""
    write_sweep(tmp_path / "sweep", ["optimizer=sgd"])
    (tmp_path / "folder.png").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["sinefit-results", *words, "sweep"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert message in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.png", "sweep"]


def test_the_metric_that_a_table_is_about_always_has_room() -> None:
    """What says the same as others goes first, what a probe saw goes last."""
    names = ["mse", "rmse", "max_abs_error", "r2", "extrapolation_rmse", "half_step_1"]
    table = pd.DataFrame({"sweep": ["s", "s"], "job": [0, 1], "status": ["completed"] * 2, "seed": [0, 1]})
    table = table.assign(**{name: [0.123456, 0.2] for name in names}, error=None, folder=["s/0", "s/1"])
    table.attrs = {SETTINGS: [], METRICS: names}
    droppable = choose_columns(table, "extrapolation_rmse").droppable
    assert droppable == ["r2", "max_abs_error", "rmse", "mse", "half_step_1", "seed"]
