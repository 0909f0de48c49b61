"""`freehold completion`: the script that lets a shell complete commands and flags."""

from typing import Annotated, Final

from typer import Argument
from typer.completion import get_completion_inspect_parameters, shell_complete
from typer.main import get_command

from node.terminal.call import CommandCall
from node.terminal.failures import usage
from node.terminal.nouns import NOUNS
from node.terminal.verbs import single, verb

app = single(NOUNS["completion"].line)

SHELLS: Final = ("bash", "zsh", "fish")
# The variable by which a shell asks the program, instead of running it, what could come next.
VARIABLE: Final = "_FREEHOLD_COMPLETE"


@verb(app, "completion")
def completion(
    _call: CommandCall,
    shell: Annotated[str, Argument(metavar="bash|zsh|fish", help="The shell to complete in.")],
) -> None:
    """Print the completion script for a shell; add it to what the shell reads when it starts."""
    if shell not in SHELLS:
        raise usage(f"There is no completion for {shell}.", f"Known are: {', '.join(SHELLS)}.")
    get_completion_inspect_parameters()  # makes typer know the shells
    shell_complete(get_command(app), {}, "freehold", VARIABLE, f"source_{shell}")
