"""Command lines of runs and plain sweeps; `messages.json` has what they print."""

from __future__ import annotations

QUICK = "trainer=quick data.num_points=40"
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
    "sinefit: set-up and trackers": """
        init a b
        init seed=3
        --install-completion tcsh
        --install-completion bash zsh
        --remove-completion=
        tracker=mlflw
        tracker=mlflow tracker.history=-1
        tracker=mlflow tracker.logdir=here
        tracker=tensorboard tracker.history=some
        -m tracker=mlflow,tensorboard seed=0,1
    """,
}
