"""Command lines of searches and of runs on tables; `messages.json` has what they print."""

from __future__ import annotations

QUICK = "trainer=quick data.num_points=40"
HALVED = "trainer.halving.keep=0.5 trainer.halving.at=[2]"
TABLE = "data=table data.target=y data.path=tables/"
COMMANDS = {
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
        {QUICK} hydra.run.dir=halved-run {HALVED}
        -m seed=0,1 {HALVED} objective=validation_loss data.validation_share=0.2 trainer.evaluate_every=20
        -m {QUICK} hydra.sweep.dir=halved-sweep optimizer.lr=0.1,0.01,0.001 {HALVED}
        -m {QUICK} hydra.sweep.dir=bracket-sweep optimizer.lr=0.1,0.01 {HALVED},[3],[]
        rerun=halved/2 hydra.run.dir=halved-again
    """,
}
