"""Command lines on what was trained before, and of `sinefit-results`; `messages.json` has what they print."""

from __future__ import annotations

COMMANDS = {
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
    "sinefit-results: trackers": """
        send
        send --to aim
        send nope --to mlflow
        send --to mlflow --logdir here
        send --to tensorboard --tracking-uri sqlite:///mlflow.db
        send --to tensorboard --history some
        send --to mlflow --tracking-uri nowhere://x
    """,
}
