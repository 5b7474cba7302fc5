"""Words as people type them: what is not ignored, and that nothing typed ends in a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sinefit.errors import SinefitError
from sinefit.run import config_folder
from sinefit.settings.command import read_command
from sinefit.settings.mistakes import explain_all, look_for_mistakes
from sinefit.settings.notes import note

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _clean(hydra_restore_singletons: None) -> None:
    """Hydra's global state is put back after each test."""


def test_a_setting_of_swept_choices_alone() -> None:
    """A setting that the default choice lacks is one of each job's, and of no other's."""
    command = read_command(["-m", "optimizer=sgd,momentum", "optimizer.momentum=0.5"], config_folder())
    assert command.jobs is not None
    assert [*command.jobs.spread(9)] == [
        ["optimizer=sgd", "optimizer.momentum=0.5"],
        ["optimizer=momentum", "optimizer.momentum=0.5"],
    ]


def test_typed_values_take_the_place_of_an_experiments() -> None:
    """The jobs of a sweeping experiment are counted as its sweeper makes them."""
    words = ["-m", "+experiment=first_sweep", "seed=1,2", "optimizer=sgd"]
    jobs = read_command(words, config_folder()).jobs
    assert jobs is not None
    assert len(jobs) == 3 * 1 * 2 * 2


@pytest.mark.parametrize("words", [["-m", "seed=1,2", "seed=3,4"], ["-m", "seed=1", "seed=3,4"]])
def test_a_setting_is_swept_once(words: list[str]) -> None:
    """Two words of one setting are refused in a sweep, where Hydra takes the last and counts both."""
    with pytest.raises(SinefitError, match=r"seed is typed twice, as seed=1.* and seed=3,4; type it once"):
        read_command(words, config_folder())


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["seed=1", "seed=2"], "seed=1 is not used: seed=2 stands behind it"),
        (["~optimizer.lr"], "~optimizer.lr: Adam takes its own default, optimizer.lr=0.001"),
        (["trainer.checkpoint_every=5"], "trainer.checkpoint_every=5: the plain engine trains"),
    ],
)
def test_what_is_allowed_and_perhaps_not_meant_is_said(words: list[str], line: str) -> None:
    """A word that is void, a default that is torch's, a slower engine: each is a line before the run."""
    (said,) = note(read_command(words, config_folder()))
    assert said.startswith(line)


def test_an_experiment_chooses_the_launcher(tmp_path: Path) -> None:
    """`override /hydra/launcher` in an experiment's file holds, and what is typed is stronger."""
    (tmp_path / "experiment").mkdir()
    text = "# @package _global_\ndefaults:\n  - override /hydra/launcher: basic\nseed: 4\n"
    (tmp_path / "experiment" / "mine.yaml").write_text(text)
    words = ["--config-dir", str(tmp_path), "+experiment=mine"]
    command = read_command(words, config_folder())
    assert command.config is not None
    assert command.config.hydra.runtime.choices["hydra/launcher"] == "basic"
    assert command.words[-1] == "hydra/launcher=basic"
    typed = read_command([*words, "hydra/launcher=fused"], config_folder())
    assert typed.words == (*words, "hydra/launcher=fused")


@pytest.mark.parametrize("header", ["", "# @package _globl_\n", "# @package trainer\n"])
def test_an_experiment_without_its_first_line(tmp_path: Path, header: str) -> None:
    """Settings that would land where nobody reads them are refused, with the line to write."""
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").write_text(f"{header}seed: 4\n")
    with pytest.raises(SinefitError, match=r"experiment/mine.yaml .* be `# @package _global_`"):
        read_command(["--config-dir", str(tmp_path), "+experiment=mine"], config_folder())


def test_a_mistake_of_all_jobs_is_told_once() -> None:
    """A sweep of which no job can be trained is refused; one of which some can is not."""
    with pytest.raises(SinefitError) as caught:
        look_for_mistakes(read_command(["-m", "seed=range(0,300)", "on_error=foo"], config_folder()))
    assert str(caught.value).count("on_error must be one of") == 1
    look_for_mistakes(read_command(["-m", "model.hidden_size=2.5,8"], config_folder()))


def test_an_objective_that_no_job_can_have() -> None:
    """It is refused before the start where no job has it, and not where some have."""
    words = ["-m", "seed=0,1", "objective=validation_loss"]
    with pytest.raises(SinefitError, match="validation_loss needs points that are held out"):
        look_for_mistakes(read_command(words, config_folder()))
    look_for_mistakes(read_command([*words, "data.validation_share=0,0.2"], config_folder()))


KEYS = st.sampled_from(
    [
        *("seed", "optimizer", "optimizer.lr", "model", "model.hidden_size", "data.function", "scheduler"),
        *("trainer", "trainer.max_epochs", "loss._target_", "optimizer._partial_", "data", "probe", "note"),
        *("hydra.job.name", "hydra.sweep.dir", "hydra.launcher.workers", "hydra/launcher", "lr", "", "a b"),
    ]
)
PIECES = ["1", "-1", "2.5", "null", "adam", "sgd,adam", "[1,2]", "{a: 1}", "${seed}", "${nope}", "range(0,3)"]
ODD = [
    "glob(*)",
    "choice()",
    "time.time",
    "sys.exit",
    "'",
    '"',
    "=",
    "#",
    "[",
    "{",
    "\\",
    ",",
    "~",
    "é",
    "\n",
]
VALUES = st.lists(st.sampled_from([*PIECES, *ODD]) | st.text(max_size=3), max_size=3).map("".join)
WORDS = st.builds(
    lambda prefix, key, equals, value: prefix + key + equals + value,
    st.sampled_from(["", "", "", "+", "++", "~"]),
    KEYS,
    st.sampled_from(["=", "=", "=", "=", "", ":", "= "]),
    VALUES,
)
FLAGS = st.lists(st.sampled_from(["-m", "--nope", "--cfg", "--resolve"]), max_size=1)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flags=FLAGS, words=st.lists(WORDS, min_size=1, max_size=3))
def test_whatever_is_typed_is_understood_or_explained(flags: list[str], words: list[str]) -> None:
    """Nothing that is typed raises what has no words of its own, ends the process, or hangs it."""
    typed = [*flags, *words]
    try:
        command = read_command(typed, config_folder())
        if command.config is not None:
            look_for_mistakes(command)
    except Exception as error:  # noqa: BLE001 - all that a command line may raise
        text = explain_all(error, typed, config_folder())
        assert text.strip()
        assert "HYDRA_FULL_ERROR" not in text, text
