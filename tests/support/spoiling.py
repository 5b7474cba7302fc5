"""Records spoiled in every way, and every command that reads them, watched: no traceback, no hang, no code.

``python tests/support/spoiling.py FOLDER CASES SEED`` tries many cases by hand, in a folder of their own.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import re
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from messages import tell

import sinefit
from sinefit.errors import SinefitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Spoil = Callable[[Path, random.Random], None]

QUICK = "trainer=quick data.num_points=40 picture=false probe=spectrum model=mlp model.hidden_size=3"
SECONDS = 20
"""A command that takes longer hangs; one takes a fraction of a second."""
HUGE = "9" * 400
WORDS: tuple[Any, ...] = (
    *(
        None,
        True,
        -1,
        0,
        1e308,
        -1e308,
        1e400,
        10**30,
        "",
        "x",
        "${nope}",
        "${seed}",
        "${oc.env:HOME}",
        "???",
    ),
    *([], {}, [[]], {"_target_": "tripwire.Model"}, ["tripwire.Model"], "tripwire.Model", "os.abort"),
    *("\ud800", "é\0", "a\nb", "=", "<b>", "9" * 30, {"a": {"b": None}}, "builtins.input", "${.}", "${..a}"),
)
"""Values for what they do not fit; `tripwire` is a module that must never be imported."""
TEXTS = (
    *(b"", b"[" * 100_000, b"{" * 100_000, b"[" * 60 + b"]" * 60, b'{"a":' * 50_000, b"- " * 50_000),
    *(b"a: &a [*a]", b"&a {x: *a}", b"\xff\xfe\x00\xd8", b"\x80", b"!!python/object/apply:os.abort []"),
    *(b"a: 1\na: 2", b"\t- :", b"hydra: {}", b"null", b"[]", b"{}", b"3", b'"\\ud800"', HUGE.encode()),
    *(b"- seed=0\n- ~\n", b"- '=\xff'\n", b"- !!binary x\n", b"--- a\n--- b\n", b"? [a]\n: b\n", b"NaN"),
    *(b"a: ${a}\n", b"a: ${b}\nb: ${a}\n", b"step\n1\n", b"step,a\n" + b"1," * 50_000, b"\0" * 1000),
    b"".join(b"a%d: &a%d [%s]\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 9 * bool(n))) for n in range(30)),
    b"".join(b"a%d: ${a%d}${a%d}\n" % (n, n + 1, n + 1) for n in range(40)) + b"a40: x\n",
)
"""Contents for any file."""


def flip(path: Path, dice: random.Random) -> None:
    """Change some bytes."""
    content = bytearray(path.read_bytes() or b" ")
    for _ in range(dice.randint(1, 8)):
        content[dice.randrange(len(content))] = dice.randrange(256)
    path.write_bytes(content)


def cut(path: Path, dice: random.Random) -> None:
    """Cut a file off."""
    content = path.read_bytes()
    path.write_bytes(content[: dice.randint(0, len(content))])


def repeat(path: Path, dice: random.Random) -> None:
    """Repeat a part of a file."""
    content = path.read_bytes()
    start, end = sorted(dice.choices(range(len(content) + 1), k=2))
    path.write_bytes(content[:end] + content[start:])


def replace(path: Path, dice: random.Random) -> None:
    """Put another content into a file."""
    path.write_bytes(dice.choice(TEXTS))


def retype(path: Path, dice: random.Random) -> None:
    """Put a value of another type in the place of one within a file."""
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    word = json.dumps(dice.choice(WORDS))
    places = list(re.finditer(r"(?<=[:,\[] )[^\s,{}\[\]]+|(?<=,)[-.\w]+|(?<==)[^\s,\"']+", text))
    if places:
        place = dice.choice(places)
        text = text[: place.start()] + word + text[place.end() :]
    path.write_text(text, encoding="utf-8", errors="surrogateescape")


def rekey(path: Path, dice: random.Random) -> None:
    """Rename, remove or repeat a line's key."""
    lines = path.read_text(encoding="utf-8", errors="surrogateescape").split("\n")
    index = dice.randrange(len(lines))
    key = dice.choice(
        ["", "_target_", "_partial_", "_args_", "_recursive_", "hydra", "defaults", "a.b", "?", "1", "null"]
    )
    lines[index] = dice.choice(["", lines[index] * 2, re.sub(r"[\w\"]+(?=:)", key, lines[index], count=1)])
    path.write_text("\n".join(lines), encoding="utf-8", errors="surrogateescape")


def aim(path: Path, dice: random.Random) -> None:
    """Let a target be one that must not run, or add one."""
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    target = dice.choice(
        ["os.abort", "builtins.input", "tripwire.Model", "time.sleep", "torch.hub.load", "sys.exit"]
    )
    places = list(re.finditer(r"(?<=_target_: )\S+", text))
    if places and dice.random() < 0.7:
        place = dice.choice(places)
        text = text[: place.start()] + target + text[place.end() :]
    elif "overrides" in path.name or "multirun" in path.name:
        key = dice.choice(
            ["model._target_", "+hydra.callbacks.x._target_", "hydra.launcher._target_", "++data.x._target_"]
        )
        text = re.sub(r"- trainer=quick", f"- trainer=quick\n    - {key}={target}", text)
    else:
        text = re.sub(r"(?m)^(\w+):$", rf"\1:\n  x: {{_target_: {target}}}", text, count=dice.randint(1, 5))
    path.write_text(text, encoding="utf-8", errors="surrogateescape")


def remove(path: Path, dice: random.Random) -> None:
    """Remove a file."""
    del dice
    path.unlink()


def supplant(path: Path, dice: random.Random) -> None:
    """Put something else in a file's place: a folder, a pipe, a huge file, or one of several links."""
    path.unlink()
    kind = dice.randrange(7)
    if kind == 0:
        path.mkdir()
    elif kind == 1:
        os.mkfifo(path)
    elif kind == 6:
        path.touch()
        os.truncate(path, 2**33)
    else:
        path.symlink_to(["/dev/zero", "/nowhere", path.name, path.parent][kind - 2])


def nest(path: Path, dice: random.Random) -> None:
    """Make folders below folders where a file was."""
    path.unlink()
    for _ in range(dice.choice([3, 60])):
        path /= "n" * dice.choice([1, 30])
    with contextlib.suppress(OSError):
        path.mkdir(parents=True)


SPOILS: tuple[Spoil, ...] = (
    *(
        flip,
        cut,
        repeat,
        replace,
        replace,
        retype,
        retype,
        retype,
        rekey,
        rekey,
        aim,
        aim,
        remove,
        supplant,
        nest,
    ),
)
COMMANDS = (
    *(
        "table",
        "table --all",
        "table --format json --columns job,rmse",
        "table --where 'rmse < 1'",
        "table --sort rmse",
    ),
    *("best", "best --by seed", "summary", "summary --by seed", "compare --between seed=0,1", "importance"),
    *(
        "report --output page.html",
        *(
            f"plot --kind {kind} --output a.svg"
            for kind in (
                "curves",
                "box",
                "heatmap",
                "parallel",
                "importance",
                "scatter",
                "fits",
                "spectrum",
                "lines",
            )
        ),
    ),
)
STARTS = (
    "resume=single",
    "rerun=single hydra.run.dir=again",
    "rerun=sweep/1 hydra.run.dir=again",
    "-m resume=sweep",
)


def make_place(folder: Path) -> None:
    """A run and a sweep as they are left, for `spoil` to work on copies.

    Args:
        folder: there comes a folder for each program, as `messages.tell` has it.
    """
    runs, tables = (folder / name for name in ("sinefit", "sinefit-results"))
    runs.mkdir(parents=True)
    for command in (f"{QUICK} hydra.run.dir=single", f"-m {QUICK} seed=0,1 hydra.sweep.dir=sweep"):
        said = tell(f"sinefit {command}", folder)
        assert said[0] == "exit code 0", said
    shutil.copytree(runs, tables)


def list_files(place: Path) -> list[Path]:
    """The files of records, in one order."""
    return sorted(path for path in place.rglob("*") if path.is_file())


def spoil(place: Path, dice: random.Random) -> list[str]:
    """Spoil some files; what was done.

    Args:
        place: a copy of what `make_place` made, of one program.
        dice: decides which, and how.
    """
    done = []
    for _ in range(dice.choice([1, 1, 1, 2, 4])):
        path, how = dice.choice(list_files(place)), dice.choice(SPOILS)
        how(path, dice)
        done.append(f"{how.__name__} {path.relative_to(place)}")
    return done


class Hang(BaseException):
    """A command that does not end."""


@contextlib.contextmanager
def watched(folder: Path) -> Iterator[None]:
    """End what hangs, and let the module `tripwire` tell that it was imported.

    Raises:
        Hang: after some seconds.
    """

    def end(*_: object) -> None:
        raise Hang

    (folder / "tripwire.py").write_text("open('tripped', 'w').close()\nraise BaseException('code ran')\n")
    sys.path.insert(0, str(folder))
    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        sys.path.remove(str(folder))


def try_command(command: str, folder: Path) -> str:
    """What is wrong with how a command ends; nothing if it is one message or success.

    Args:
        command: as typed.
        folder: with a folder for each program.
    """
    try:
        with watched(folder):
            if command.startswith("load_run "):
                return _try_load(folder / "sinefit" / command.removeprefix("load_run "))
            code, *lines = tell(command, folder)
    except Hang:
        return "it hangs"
    except BaseException as error:  # noqa: BLE001 - whatever ends it is to be told
        return f"it ends with {type(error).__name__}: {error}"
    text = "\n".join(lines)
    if "traceback" in code or "Traceback" in text:
        return f"{code}\n{text}"
    if code not in {"exit code 0", "exit code 1"}:
        return f"it ends with {code}\n{text}"
    return "" if code == "exit code 0" or text else "it fails without a word"


def _try_load(path: Path) -> str:
    try:
        sinefit.load_run(path)
    except SinefitError as error:
        return "" if str(error) else "an error without a word"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is to be told
        return f"it raises {type(error).__name__}: {error}"
    return ""


def try_case(made: Path, folder: Path, seed: int, most: int) -> list[str]:
    """Spoil a copy, and try some commands on it; what is wrong.

    Args:
        made: by `make_place`.
        folder: for the copy; it is removed.
        seed: of the case.
        most: commands that are tried.
    """
    dice = random.Random(seed)  # noqa: S311 - cases, not secrets
    program = dice.choice(["sinefit", "sinefit-results"])
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(made, folder)
    done = spoil(folder / program, dice)
    if program == "sinefit":
        commands = [f"sinefit {start}" for start in STARTS] + ["load_run single", "load_run sweep/0"]
    else:
        paths = ("single sweep", "sweep", ".")
        commands = [f"sinefit-results {name} {path}" for name, path in itertools.product(COMMANDS, paths)]
    faults = []
    for command in dice.sample(commands, min(most, len(commands))):
        fault = try_command(command, folder)
        if (folder / program / "tripped").exists() or (folder / "tripped").exists():
            fault += " code ran"
        if fault:
            faults.append(f"seed {seed}: {'; '.join(done)}: {command}: {fault}")
            break
    shutil.rmtree(folder, ignore_errors=True)
    return faults


if __name__ == "__main__":
    root, cases, first = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    if not (root / "made").exists():
        make_place(root / "made")
    for number in range(first, first + cases):
        print(number, end="\r", flush=True)  # noqa: T201 - how far it is
        for found in try_case(root / "made", root / f"case-{first}", number, 6):
            print(found[:1500], flush=True)  # noqa: T201 - the answer itself
