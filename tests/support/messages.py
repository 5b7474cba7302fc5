"""Every message of the product on one page: `messages.json` holds what each of these command lines prints.

``python tests/support/messages.py`` writes the file anew; `test_messages.py` compares.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import re
import shlex
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bad_tables import write_bad_tables
from hydra.core.singleton import Singleton
from known_sweep import write_known_sweep
from run_folders import write_run, write_sweep
from table_runs import write_table, write_table_run

from sinefit.cli.main import main as sinefit_results
from sinefit.run import main as sinefit

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = Path(__file__).with_suffix(".json")
QUICK = "trainer=quick data.num_points=40"
HALVED = "trainer.halving.keep=0.5 trainer.halving.at=[2]"
TABLE = "data=table data.target=y data.path=tables/"
COMMANDS = {
    "sinefit: numbers and names": """
        model.hidden_size=0
        model.hidden_size=-3
        model.hidden_size=2.5
        model.hidden_size=abc
        model.hidden_size=null
        model.activation=rely
        model.activation=
        model.num_hidden_layers=-1
        model.output_size=2
        model=siren model.w0=0
        model=fourier model.num_frequencies=0
        model=periodic model.num_frequencies=0
        optimizer.lr=-0.1
        optimizer.lr=0
        optimizer.lr=nan
        optimizer.lr=.inf
        optimizer.lr=1e-500
        optimizer.lr=??? data.lower=???
        optimizer=momentum optimizer.momentum=-1
        optimizer=nesterov optimizer.momentum=0
        optimizer=lbfgs optimizer.max_iter=0
        optimizer=ssbfgs optimizer.max_iter=0
        +optimizer.betas=[0.9,1.5]
        data.batch_size=0
        data.num_points=0
        data.num_points=1.5
        data.validation_share=1
        data.noise_std=-1
        data.upper=-10
        data.upper=abc
        data.upper=1e300
        data.lower=1e300
        data.lower=${nope}
        data.extrapolation=[7]
        data.function.frequency=fast
        data=noisy_sine data.noise_std=x
        trainer.max_epochs=-1
        trainer.max_epochs=0
        trainer.patience=3
        trainer.gradient_clip_norm=0
        trainer.checkpoint_every=-1
        scheduler=step scheduler.step_size=0
        scheduler=exponential scheduler.gamma=-1
        scheduler=one_cycle scheduler.max_lr=-1
        loss=huber loss.delta=0
        +loss.reduction=none
        loss=sobolev 'loss.weights=[-1,1]'
        probe=spectrum probe.every=0
        dtype=float16
        device=tpu
        engine=warp
        num_threads=0
        objective=accuracy
        objective=validation_loss
        objective=extrapolation_rmse
        picture=sometimes
        on_error=ignore
        skip_done=maybe
        seed=-1
        seed=x
        seed=4294967296
        seed=99999999999999999999
        num_threads=100000
        trainer.target_loss=-1
        +optimizer.differentiable=true
        +optimizer.foreach=3
        scheduler=one_cycle scheduler.total_steps=3
        model.hidden_size=2.5 model.activation=rel optimizer.lr=-1 data.batch_size=0 seed=x
    """,
    "sinefit: keys, choices and targets": """
        model.hiden_size=3
        zebra=3
        +model.hiden_size=3
        +data.function.foo=3
        +optimizer.mometum=3
        +scheduler.foo=3
        +trainer.foo=3
        optimizer.lr.x=3
        optimizer=adm
        +experiment=sed
        experiment=seed
        scheduler=null
        model=3
        trainer=null
        probe=null probe.every=3
        ~optimizer
        ~model ~loss
        ~zebra
        lr=0.1
        epochs=5
        optimizer.learning_rate=3
        model.width=3
        optimizer.momentum=0.9
        model=[1,2]
        model._target_=time.time
        optimizer._target_=sys.exit
        model._target_=torch.os.abort
        model._target_=sinefit.core.models.MPL
        data.function._target_=nowhere.Bump
        data.function._target_=sinefit.core.functions.XSine
        optimizer._partial_=3
        hiden_size=3 model.depth=2 optimizer.lr=-1 seed=-1
        optimizer=adm model=mpl +experiment=sed data.batch_size=0
        model._target_=no_such.Thing
        model._target_=os.system
        model._target_=builtins.dict
        optimizer._partial_=false
        loss._target_=torch.nn.Nothing
        data._target_=builtins.dict
        nonsense
        help
        version
        optimizer adam
        'trainer: null'
        seed= 1
        +note=epoch=3
        '+note=#5'
        1a=3 =3 +note=a=b
        +experiment=ode +experiment=seed
        +experiment=first_sweep
        +experiment=first_sweep seed=1
        --config-dir own +experiment=headless
        --nope
        --resolve
        -m --cfg job
        --experimental-rerun x
        --config-dir ''
        --config-dir own model=tab
        seed=
        'model={hidden_size: 3'
        --config-dir nowhere
        --config-dir own model=broken
        --config-dir own model=twice
        --config-dir own model=untargeted
        --config-name nope
    """,
    "sinefit: runs, sweeps and folders": f"""
        seed=1,2
        optimizer=sgd,adam seed=range(0,3)
        hydra.run.dir=
        hydra.run.dir=${{nope}}
        hydra.run.dir=/proc/nowhere
        -m seed=0,1 hydra.sweep.dir=/proc/nowhere
        -m seed=0,1 objective=validation_loss
        -m seed=0,1 hydra.sweep.dir=trained
        -m seed=0,1 hydra.launcher.workers=0
        -m seed=0,1 +hydra.launcher.worker=3
        -m seed=0,1 seed=2,3
        -m 'seed=range(3,3)'
        -m 'optimizer.lr=interval(0,1)'
        -m seed=0,1 on_error=foo
        -m optimizer=sgd,adam optimizer.momentum=0.9
        -m +experiment=first_sweep,ode
        -m seed=0,1 hydra/launcher=submitit_slurm
        -m seed=0,1 +optimizer.momentum=0.9 hydra.launcher.dry_run=true
        hydra.job.name=x/y
        -m modl.hidden_size=8,16
        -m optimizer=sgd,adm
        {QUICK} hydra.run.dir=new-run
        {QUICK} hydra.run.dir=stopped trainer.target_loss=100
        {QUICK} hydra.run.dir=diverged optimizer=sgd optimizer.lr=1e30
        -m {QUICK} hydra.sweep.dir=new-sweep seed=0,1 optimizer=sgd,adam
        -m {QUICK} hydra.sweep.dir=failing-sweep seed=0,-1
        -m {QUICK} hydra.sweep.dir=one-folder hydra.sweep.subdir=same seed=0,1
        -m {QUICK} hydra.sweep.dir=second 'hydra.sweep.subdir=../trained/${{hydra.job.num}}' seed=2,3
        -m {QUICK} hydra.sweep.dir=stopped-sweep seed=-1,0 on_error=stop
        -m {QUICK} hydra.sweep.dir=r2-sweep seed=0,1 objective=r2
        -m {QUICK} hydra.sweep.dir=plain-sweep engine=plain seed=0,1
        -m {QUICK} hydra/launcher=basic hydra.sweep.dir=basic-sweep seed=0,1
        -m {QUICK} hydra.launcher.dry_run=true seed=0,1 optimizer=sgd,lbfgs
    """,
    "sinefit: samplers that learn": """
        second_objective=rmse
        second_objective=accuracy
        second_objective=test_rmse
        second_objective=validation_loss
        -m seed=0,1 second_objective=r2 hydra/sweeper=basic
        -m optimizer=sgd,adam hydra.sweeper.num_draws=4 hydra.sweeper.sampler=bayes
        -m optimizer=sgd,adam hydra.sweeper.num_draws=4 hydra.sweeper.sampler=cmaes
        -m 'optimizer.lr=interval(0.01,0.1)' hydra.sweeper.num_draws=4 hydra.sweeper.sampler=tpe hydra.sweeper.direction=[minimize,minimize]
        -m 'optimizer.lr=interval(0.01,0.1)' hydra.sweeper.num_draws=4 hydra.sweeper.sampler=gp hydra.sweeper.direction=minimize second_objective=r2
        -m 'optimizer.lr=interval(0.01,0.1)' hydra.sweeper.num_draws=4 hydra.sweeper.sampler=cmaes second_objective=r2
        -m 'optimizer.lr=interval(0.01,0.1)' hydra.sweeper.num_draws=4 hydra.sweeper.sampler=nsga2 hydra.sweeper.batch_size=1
        -m 'optimizer.lr=interval(0.01,0.1)' hydra.sweeper.num_draws=4 hydra.sweeper.sampler=tpe hydra.sweeper.repeats_by=best
    """,  # noqa: E501 - command lines
    "sinefit: tables": f"""
        data=table
        data=table data.path=nowhere.csv data.target=y
        data=table data.path=tables data.target=y
        {TABLE}old.xls
        {TABLE}broken.xlsx
        {TABLE}parquet.csv
        {TABLE}empty.csv
        {TABLE}header.csv
        {TABLE}one_row.csv
        {TABLE}two_rows.csv
        {TABLE}twice.csv
        {TABLE}unnamed.csv
        {TABLE}wide.csv
        {TABLE}ragged.csv
        {TABLE}semicolons.csv
        {TABLE}latin.csv
        {TABLE}good.csv data.encoding=utf9 data.sep=ab data.decimal=x
        {TABLE}dates.csv
        {TABLE}text.csv
        {TABLE}text.csv data.inputs=[note]
        {TABLE}units.csv
        {TABLE}thousands.csv
        {TABLE}commas.csv
        {TABLE}mixed.csv
        {TABLE}infinite.csv
        {TABLE}missing.csv
        {TABLE}missing_target.csv data.missing=mean
        {TABLE}constant.csv data.inputs=a
        {TABLE}constant_target.csv
        {TABLE}rare.csv data.split=time
        {TABLE}good.csv data.target=Y
        {TABLE}good.csv data.target=color
        {TABLE}good.csv data.target=[y,y]
        {TABLE}good.csv data.inputs=[a,y]
        {TABLE}good.csv data.inputs=[b,c*] data.drop=[colour]
        {TABLE}good.csv data.inputs=[z*]
        {TABLE}good.csv data.drop=[y]
        {TABLE}good.csv data.drop=[a,color]
        {TABLE}good.csv data.missing=zero data.unknown=ignore data.scale=big data.split=halves
        {TABLE}good.csv data.fold=10
        {TABLE}good.csv data.num_folds=1
        {TABLE}good.csv data.fold=32 data.num_folds=33
        {TABLE}good.csv data.split=random data.fold=0
        {TABLE}good.csv data.split=uci data.test_share=0.1
        {TABLE}good.csv data.split=group
        {TABLE}good.csv data.split=group data.split_column=colour
        {TABLE}good.csv data.split=time data.split_column=color
        {TABLE}parts.csv data.split=column data.split_column=part
        {TABLE}good.csv data.test_share=1
        {TABLE}good.csv data.validation_share=0.5 data.test_share=0.5
        {TABLE}good.csv data.noise_std=0.1
        {TABLE}good.csv data.targets=y
        {TABLE}good.csv model.input_size=4
        {TABLE}good.csv model.output_size=2
        {TABLE}good.csv objective=test_rmse
        {TABLE}good.csv objective=extrapolation_rmse
        {TABLE}good.csv loss=sobolev
        {TABLE}good.csv probe=spectrum
        {TABLE}good.csv 'data.fold=range(0,3)'
        -m {TABLE}dates.csv seed=0,1
        -m {TABLE}good.csv objective=test_rmse seed=0,1
        -m {TABLE}good.csv data.fold=9,10 hydra.launcher.dry_run=true
        {TABLE}constant.csv trainer=quick hydra.run.dir=new-table
    """,
    "sinefit: searching": """
        -m model.hidden_size=tag(pair,choice(8,16,32)) optimizer.lr=tag(pair,choice(0.1,0.03))
        -m model.hidden_size=tag(pair,choice(8,16,32))
        -m optimizer.lr=tag(pair,interval(0.1,1)) seed=tag(repeats,interval(0,9))
        -m optimizer.lr=tag(lgo,interval(1e-4,1e-1))
        -m optimizer.lr=tag(log,int,choice(0.1,0.01))
        -m optimizer.lr=int(tag(log,interval(1,100)))
        -m optimizer.lr=interval(0.1,1)
        -m optimizer.lr=interval(1,0.1) hydra.sweeper.levels=3
        -m optimizer.lr=tag(log,interval(0,0.1)) hydra.sweeper.num_draws=3
        -m model.hidden_size=tag(int,interval(0.5,8)) hydra.sweeper.levels=3
        -m model.hidden_size=tag(log,range(8,64))
        -m seed=range(3,3)
        -m seed=range(3,5,0)
        -m seed=tag(repeats,log,range(0,3))
        -m seed=tag(draw,choice(1,2))
        -m optimizer=sgd optimizer.momentum=tag(optimizer:sgd,choice(0,0.9))
        -m optimizer=sgd,adam optimizer.momentum=tag(optimizer:sdg,choice(0,0.9))
        -m seed=tag(model:mlp,choice(1,2)) model=tag(seed:1,choice(mlp,siren))
        -m optimizer=sgd,adam seed=tag(optimizer:sgd,choice(1,2)) seed=tag(optimizer:sgd,choice(3))
        -m optimizer.lr=tag(log,interval(1e-4,1e-1)) optimizer.lr=0.1,0.2 hydra.sweeper.levels=3
        -m optimizer=sgd,adam 'hydra.sweeper.tree={optimizer: {sgd: {}, adam: {}}}'
        -m 'hydra.sweeper.tree={optimizer: {sgd: 3}}'
        -m 'hydra.sweeper.tree={optimizer: {sgd: {seed: "tag(repeats,range(0,2))"}}}'
        -m seed=0,1 "hydra.sweeper.where='seed >> 1'"
        -m seed=0,1 "hydra.sweeper.where='lr < 1 and exit()'"
        -m seed=0,1 "hydra.sweeper.where='seed <'"
        -m seed=0,1 "hydra.sweeper.where='1 / seed < 3'"
        -m seed=0,1 "hydra.sweeper.where='seed > 3'"
        -m seed=0,1 hydra.sweeper.levels=3
        -m seed=0,1 hydra.sweeper.num_draws=3
        -m seed=0,1 hydra.sweeper.num_draws=3 hydra.sweeper.levels=3
        -m seed=0,1 hydra.sweeper.sampler=sobol
        -m seed=0,1 hydra.sweeper.seed=3
        -m seed=0,1 hydra.sweeper.batch_size=8 hydra.sweeper.direction=maximize
        -m seed=0,1 hydra.sweeper.sampler=best hydra.sweeper.num_draws=many hydra.sweeper.confirm=yes
        -m seed=0,1 hydra.sweeper.num_jobs=50
        -m seed=range(0,1000000)
        -m seed=range(0,50000) model.hidden_size=range(1,65)
        -m hydra/sweeper=basic seed=tag(repeats,range(0,3))
        -m +search=first_search optimizer=adam
        -m +search=frist_search
        -m +search=first_search hydra.launcher.dry_run=true
        +search=first_search
        optimizer.lr=tag(log,interval(1e-4,1e-1))
    """,
    "sinefit: halving": f"""
        trainer.halving.keep=0 trainer.halving.at=[10]
        trainer.halving.keep=1.5 trainer.halving.at=[10,5]
        trainer.halving.keep=half trainer.halving.at=10
        trainer.halving.keep=0.33
        trainer.halving.at=[10,30]
        trainer.halving.keep=0.33 trainer.halving.at=[10,100] model.hidden_size=0
        trainer.halving.keep=0.33 trainer.halving.at=[0,1.5]
        trainer.halving.kepp=0.33
        trainer.halving=yes
        {QUICK} hydra.run.dir=halved {HALVED}
        -m seed=0,1 {HALVED} objective=validation_loss data.validation_share=0.2 trainer.evaluate_every=20
        -m {QUICK} hydra.sweep.dir=halved-sweep optimizer.lr=0.1,0.01,0.001 {HALVED}
        -m {QUICK} hydra.sweep.dir=bracket-sweep optimizer.lr=0.1,0.01 {HALVED},[3],[]
        -m {QUICK} hydra/launcher=basic hydra.sweep.dir=basic-halved optimizer.lr=0.1,0.01 {HALVED}
        rerun=halved-sweep/2 hydra.run.dir=halved-again
    """,
    "sinefit: resume and rerun": """
        resume=nowhere
        resume=empty
        resume=single
        resume=unfinished seed=4
        -m resume=nowhere
        -m resume=empty
        -m resume=broken
        -m resume=single
        -m resume=trained
        -m resume=trained seed=4
        -m resume=trained resume.failed=maybe
        resume=a rerun=b
        rerun=nowhere
        rerun=empty
        rerun=single hydra.run.dir=rerun picture=false
        rerun=single optimizer.lr=1
        rerun=single ~scheduler
        rerun=trained
        rerun=unfinished
        -m rerun=single
        trust=numpy
        rerun=single trust=[3]
        rerun=untrusted
        resume=untrusted
    """,
    "sinefit gradients": """
        model.hidden_size=0 optimizer.lr=-1
        modl=siren
        model=nope
        seed=-1
        seed=1,2
        model.output_size=2
        +loss.nonsense=1
        -m seed=0
        rerun=outputs
        --config-dir nowhere
    """,
    "sinefit: questions": """
        --help
        --version
    """,
    "sinefit-results": """
        table nope
        table 'nope*'
        table empty
        table broken.txt
        table nope 'nope*' empty
        table --sort rmsee --columns job,lr
        table --where 'lr < 1'
        table --where 'rmse < 0'
        table --where 'rmse <'
        table --where 'rmse = 0'
        table --where '__import__("os")'
        table --output t.xls
        table --output nowhere/t.csv
        table --all true
        table --reverse=false
        table --format html
        table --top 0
        table --top 3 --sort rmse
        table --top 2 --format csv --columns job,optimizer,rmse
        table --top 2 --format markdown --columns job,optimizer,rmse
        table --top 2 --format latex --columns job,optimizer,rmse
        table --top 2 --format json --columns job,optimizer,rmse
        table --where "status == 'failed'"
        table --where "status == 'diverged'" --top 2
        table unfinished other
        best
        best --metric accuracy
        best --metric optimizer
        best --by optimizer
        best --by lr
        best --by-median --by optimizer
        best --by-median --where "status == 'diverged'"
        best --where "status == 'failed'"
        summary
        summary --by lr
        summary --metric accuracy
        summary --columns optimizer,median,interval
        summary --format latex
        summary --metric optimizer
        summary --diverged exclude
        summary --diverged never
        summary --by optimizer --format csv
        compare
        compare outputs/sweeps/known
        compare a b
        compare a b --fail-if-worse much
        compare --between optimizer=sgd
        compare --between optimizer=sgd,lion
        compare --between optimizer=sgd,sgd
        compare --between optimizer=sgd,adam,lion
        compare --between optimizer.lr=0.01,0.1,1.0
        compare --between optimizer.lr=0.01,0.1,1.0 --fail-if-worse 5%
        compare --between optimizer=adam,sgd --columns pairs,nope
        compare --between lr=1,2
        compare --between optimizer=sgd,adam
        compare --between optimizer=adam,sgd --diverged exclude
        compare outputs/sweeps/known outputs/sweeps/known
        compare outputs/sweeps/known other
        compare outputs/sweeps/known outputs/sweeps/known --where-b 'rmse < 0'
        importance
        importance --keys lr
        importance --keys seed
        importance --metric accuracy
        importance --where "optimizer == 'adam'" --keys optimizer
        plot --output a.gif
        plot --output nowhere/a.png
        plot --output /proc/a.png
        plot --kind pie
        plot --kind lines --x lr
        plot --kind lines
        plot --kind heatmap --x optimizer
        plot --kind box --metric accuracy
        plot --kind curves --x optimizer
        plot --kind spectrum --where "status == 'failed'"
        plot --kind box --output box.svg
        report --output page.pdf
        report --output /
        report --metric accuracy
        report --output page.html
        report nope
        tabel
        table --srot rmse
        --version
        ensemble
        ensemble other --output e.csv
        ensemble other
        ensemble on_table --where "status == 'failed'"
        ensemble on_table/0 on_other_file --greedy
        predict
        predict nope rows.csv
        predict broken.txt rows.csv
        predict on_table/0 nope.csv
        predict on_table/0 rows.csv --output rows.xls
        predict on_table/0 rows.csv --output nowhere/rows.csv
        predict on_table/0 narrow.csv
        predict on_table/0 pink.csv
        predict on_table/0 german.csv
        predict on_table/0 predicted.csv
        export on_table/0
        export on_table/0 --format pickle
        export on_table/0 --format numpy --output m.onnx
        export nope --format numpy
        export rows.csv --format numpy
        export on_table/0 --format numpy --output m.py
    """,
    "sinefit-results: searches": """
        plot --kind front
        plot --kind best --x optimizer.lr
        plot --kind slices --y optimizer
        plot --kind best --metric accuracy
        plot --kind best --where "status == 'failed'"
        plot --kind slices --by optimizer --where "status == 'failed'"
        plot --kind slices --by lr
    """,
}
COMPUTED = (
    QUICK,
    "rerun=halved",
    "trainer=quick hydra.run.dir",
    "rerun=single hydra",
    "-m resume=trained",
    "--format",
)
"""Commands whose numbers have other last digits on other machines."""
NORMAL = [
    (r"\d{4}-\d\d-\d\d/\d\d-\d\d-\d\d(-\d+)?", "DATE/TIME"),
    (r"/[^\s'\"]*/conf\b", "CONF"),
    (r"\bin \d[\d.]* (ms|s|min)", "in TIME"),
    (r"\d[\d.]* s(?= (of )?training)", "TIME"),
    (r"sinefit \d[\w.+]*", "sinefit VERSION"),
    (r"Hydra \d[\w.+]*", "Hydra VERSION"),
    (r"0x[0-9a-f]+", "ADDRESS"),
    (r"[ \t]+$", ""),
]
"""Of what differs from machine to machine and from call to call."""
NUMBERS = [(r"-?\b\d+\.\d+(e[-+]?\d+)?\b|\b\d+e-\d+\b", "#"), (r"(?<=\S) {2,}", "  ")]
"""Of what was computed, and the room that its digits take."""


def list_commands() -> Iterator[tuple[str, str, bool]]:
    """Chapter, command line, and whether its numbers are left out."""
    for chapter, lines in COMMANDS.items():
        program = chapter.partition(":")[0]
        for line in filter(None, map(str.strip, lines.splitlines())):
            yield chapter, f"{program} {line}", any(part in line for part in COMPUTED)


def make_place(folder: Path) -> None:
    """What the commands need, in a folder for each program.

    Args:
        folder: there come trained, broken and empty folders and a config folder of one's own in ``sinefit``,
            and sweeps whose numbers are known in ``sinefit-results``.
    """
    runs, tables = (folder / name for name in ("sinefit", "sinefit-results"))
    write_known_sweep(tables / "outputs" / "sweeps" / "known", write_run)
    write_sweep(tables / "other", ["optimizer=sgd", "seed=0"], ["optimizer=sgd", "seed=1"])
    _write_table_runs(tables)
    write_bad_tables(runs / "tables")
    for place in (runs, tables):
        write_run(place / "unfinished", "seed=3", finished=False)
        (place / "empty").mkdir()
    for name, text in {
        "sinefit-results/broken.txt": "",
        "sinefit/unfinished/.hydra/config.yaml": "{model: {}, dtype: float32}",
        "sinefit/untrusted/.hydra/config.yaml": "{model: {_target_: theirs.Net}, dtype: float32}",
        "sinefit/broken/multirun.yaml": "hydra: [",
        "sinefit/own/model/broken.yaml": "a: [",
        "sinefit/own/model/twice.yaml": "a: 1\na: 2\n",
        "sinefit/own/model/tab.yaml": "a:\n\tb: 1\n",
        "sinefit/own/experiment/headless.yaml": "seed: 3\n",
        "sinefit/own/model/untargeted.yaml": "hidden_size: 3\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    tell(f"sinefit {QUICK} picture=false hydra.run.dir=single", folder)
    tell(f"sinefit -m {QUICK} seed=0,1 hydra.sweep.dir=trained", folder)
    for sweep in ("outputs/sweeps/known", "other"):
        tell(f"sinefit-results table {sweep}", folder)


def _write_table_runs(folder: Path) -> None:
    """Two runs on a table in the folder `on_table`, one on another table, and files to predict."""
    rows = write_table(folder / "rows.csv")
    for part in range(2):
        word = f"data.fold={part}"
        write_table_run(folder / "on_table" / str(part), folder / "rows.csv", word, part=part)
    write_table(folder / "others" / "rows.csv", seed=1)
    write_table_run(folder / "on_other_file", folder / "others" / "rows.csv")
    rows[["length", "y"]].to_csv(folder / "narrow.csv", index=False)
    rows.assign(color="pink").to_csv(folder / "pink.csv", index=False)
    rows.to_csv(folder / "german.csv", index=False, sep=";", decimal=",")
    rows.assign(predicted_y=0.0).to_csv(folder / "predicted.csv", index=False)


def tell(command: str, place: Path, *, is_computed: bool = False) -> list[str]:
    """What a command line prints in its program's folder, with its exit code; times and places made equal.

    Args:
        command: as typed.
        place: made by `make_place`.
        is_computed: whether its numbers differ from machine to machine, and are left out.
    """
    program, *words = shlex.split(command)
    here = (place / program).resolve()
    out, err = io.StringIO(), io.StringIO()
    code: int | str | None = 0
    arguments = sys.argv
    sys.argv = [program, *words]
    try:
        with (
            contextlib.chdir(here),
            _clean_slate(width=200 if is_computed else 100),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            (sinefit_results if program == "sinefit-results" else sinefit)()
    except SystemExit as stop:
        code = stop.code
    except Exception as error:  # noqa: BLE001 - what users would see as a traceback
        code = f"none, but a traceback: {type(error).__name__}: {error}"
    finally:
        sys.argv = arguments
    text = out.getvalue() + err.getvalue()
    for pattern, equal in [(re.escape(str(here)), "HERE"), *NORMAL, *(NUMBERS if is_computed else [])]:
        text = re.sub(pattern, equal, text, flags=re.MULTILINE)
    # How far a sweep is, in a line of its own, depends on the machine's speed; its last line does not.
    text = re.sub(r"^(\d+)/(?!\1 )\d+ jobs done.*\n", "", text, flags=re.MULTILINE)
    return [f"exit code {code or 0}", *text.strip("\n").split("\n")]


@contextlib.contextmanager
def _clean_slate(width: int) -> Iterator[None]:
    """Put back what a command leaves in its process: Hydra's singletons, log handlers, the environment."""
    singletons, environment = Singleton.get_state(), dict(os.environ)
    handlers = logging.getLogger().handlers[:]
    os.environ |= {"COLUMNS": str(width), "TERM": "dumb", "NO_COLOR": "1"}
    os.environ.pop("HYDRA_FULL_ERROR", None)
    try:
        yield
    finally:
        Singleton.set_state(singletons)
        os.environ.clear()
        os.environ.update(environment)
        for handler in logging.getLogger().handlers[:]:
            if handler not in handlers:
                handler.close()
                logging.getLogger().removeHandler(handler)


if __name__ == "__main__":
    found: dict[str, dict[str, list[str]]] = {name: {} for name in COMMANDS}
    with tempfile.TemporaryDirectory() as folder:
        make_place(Path(folder))
        for chapter, command, is_computed in list_commands():
            found[chapter][command] = tell(command, Path(folder), is_computed=is_computed)
    FILE.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
