"""Tab completion in bash, zsh and fish: scripts, and where each shell reads them when it starts.

What a word can become is asked of the program: `sinefit -sc query=...` answers by Hydra's protocol, and
`sinefit-results` by typer's.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sinefit.errors import SinefitError
from sinefit.record.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable

SHELLS = ("bash", "zsh", "fish")
INSTALL, REMOVE = "--install-completion", "--remove-completion"
_BEGIN, _END = "# >>> completion of sinefit >>>", "# <<< completion of sinefit <<<"
_BLOCK = re.compile(rf"\n?{re.escape(_BEGIN)}\n.*?{re.escape(_END)}\n", re.DOTALL)
_RESULTS = "_SINEFIT_RESULTS_COMPLETE"
BASH = f"""_sinefit_complete() {{
    local line=${{COMP_LINE:0:COMP_POINT}} IFS=$' \\n'
    local typed=${{line##* }} before=
    # Where bash takes = for the end of a word, what stands before it is there already.
    [[ $COMP_WORDBREAKS == *=* && $typed == *=* ]] && before=${{typed%"${{typed##*=}}"}}
    COMPREPLY=($(COMP_LINE=$line COMP_POINT=$COMP_POINT "$1" -sc query=bash 2>/dev/null))
    COMPREPLY=("${{COMPREPLY[@]#"$before"}}")
}}
complete -o nospace -o default -F _sinefit_complete sinefit
_sinefit_results_complete() {{
    local IFS=$'\\n' words="${{COMP_WORDS[*]}}"
    COMPREPLY=($(COMP_WORDS=$words COMP_CWORD=$COMP_CWORD {_RESULTS}=complete_bash "$1" 2>/dev/null))
}}
complete -o default -F _sinefit_results_complete sinefit-results
"""
ZSH = f"""(( $+functions[compdef] )) || {{ autoload -Uz compinit && compinit -i }}
_sinefit_complete() {{
    local -a found
    found=(${{(f)"$(COMP_LINE="${{(j: :)words[1,CURRENT]}}" $words[1] -sc query=fish 2>/dev/null)"}})
    compadd -Q -S '' -- $found
}}
compdef _sinefit_complete sinefit
_sinefit_results_complete() {{
    eval "$(_TYPER_COMPLETE_ARGS="${{words[1,CURRENT]}}" {_RESULTS}=complete_zsh $words[1] 2>/dev/null)"
}}
compdef _sinefit_results_complete sinefit-results
"""
FISH = """complete -c sinefit -f -a '(COMP_LINE=(commandline -cp) sinefit -sc query=fish 2>/dev/null)'
"""
FISH_RESULTS = f"""function _sinefit_results_complete
    set -lx {_RESULTS} complete_fish
    set -lx _TYPER_COMPLETE_FISH_ACTION $argv[1]
    set -lx _TYPER_COMPLETE_ARGS (commandline -cp)
    sinefit-results 2>/dev/null
end
complete -c sinefit-results -f -n '_sinefit_results_complete is-args' \\
    -a '(_sinefit_results_complete get-args)'
"""


@dataclass(frozen=True)
class _Place:
    """A file that a shell reads when it starts, or when it completes a command.

    Attributes:
        path: of the file.
        script: what it is to hold.
        is_own: whether it holds nothing else.
    """

    path: Path
    script: str
    is_own: bool = False


def change_completion(option: str, shell: str | None, tell: Callable[[str], None]) -> None:
    """Install or remove the completion of both commands in a shell; everything else in its files stays.

    Args:
        option: `INSTALL` or `REMOVE`.
        shell: one of `SHELLS`; the shell that this process was called from if None.
        tell: is told what was done, a line at a time.

    Raises:
        SinefitError: if the shell is another or unknown, or its files cannot be read or written.
    """
    name = _find_shell(option) if shell is None else shell
    if name not in SHELLS:
        msg = f"{option} must name one of {', '.join(SHELLS)}, got {name!r}; type for example {option} bash"
        raise SinefitError(msg)
    changed = [place.path for place in _places(name) if _change(place, installs=option == INSTALL)]
    paths = " and ".join(map(str, changed))
    if option == REMOVE:
        tell(f"removed from {paths}" if changed else f"there was no completion of sinefit for {name}")
    elif changed:
        tell(f"written to {paths}: Tab completes sinefit and sinefit-results in every new {name}")
        tell(f"to take it back, type: sinefit {REMOVE} {name}")
    else:
        tell(f"the completion for {name} was there already")


def _find_shell(option: str) -> str:
    import shellingham  # noqa: PLC0415 - only this option needs it

    try:
        return str(shellingham.detect_shell()[0])
    except shellingham.ShellDetectionFailure:
        name = Path(os.environ.get("SHELL", "")).name
    if name:
        return name
    msg = f"it is not known which shell this is; type {option} bash, zsh or fish"
    raise SinefitError(msg)


def _places(shell: str) -> list[_Place]:
    home = Path.home()
    if shell == "bash":
        return [_Place(home / ".bashrc", BASH)]
    if shell == "zsh":
        return [_Place(Path(os.environ.get("ZDOTDIR") or home) / ".zshrc", ZSH)]
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "fish" / "completions"
    return [
        _Place(folder / "sinefit.fish", FISH, is_own=True),
        _Place(folder / "sinefit-results.fish", FISH_RESULTS, is_own=True),
    ]


def _change(place: _Place, *, installs: bool) -> bool:
    """Write or remove a script; whether the file is another one now."""
    path = place.path.resolve()  # of a link the file that it leads to
    try:
        before = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""
        mode = path.stat().st_mode if path.exists() else None
        after = _BLOCK.sub("", before)
        if place.is_own and after.strip():
            msg = f"{place.path} holds something else than the completion of sinefit; move it away"
            raise SinefitError(msg)
        if installs:
            gap = "\n" if after and not place.is_own else ""
            after = f"{after}{gap}{_BEGIN}\n{place.script}{_END}\n"
        if after == before:
            return False
        if after or not place.is_own:
            write_atomically(path, after.encode("utf-8", "surrogateescape"))
            if mode is not None:
                path.chmod(mode)
        else:
            path.unlink()
    except OSError as error:
        msg = f"{place.path} cannot be read or written: {error.strerror or error}"
        raise SinefitError(msg) from error
    return True
