"""How a command ends: its exit code, and errors told in one line each on stderr."""

from __future__ import annotations

import sys
import traceback

import typer

from blotflux.errors import BlotError, ImageReadError

__all__ = ["FAILED", "INTERRUPTED", "OK", "WRONG", "tell", "tell_error"]

OK = 0
FAILED = 1  # an image could not be read or measured
WRONG = 2  # wrong usage, or a mistake in what the user wrote
INTERRUPTED = 130


def tell(message: str) -> None:
    """Print one error, a line for each mistake in it, on stderr."""
    for line in message.splitlines():
        typer.echo(f"error: {line}", err=True)


def tell_error(error: Exception, *, debug: bool = False) -> int:
    """Tell what went wrong and return the exit code that says the same."""
    if debug:
        traceback.print_exception(error, file=sys.stderr)
    if isinstance(error, BlotError):
        tell(str(error))
        return FAILED if isinstance(error, ImageReadError) else WRONG
    if isinstance(error, typer.TyperException):
        tell(_usage(error))
        return WRONG
    if isinstance(error, BrokenPipeError):  # the reader of our output went away, as `head` does
        sys.stderr.close()
        return FAILED
    if isinstance(error, OSError):
        tell(_operating_system(error))
        return WRONG
    tell(
        f"internal error, {type(error).__name__}: {_one_line(error)}; "
        "run the command again with --debug and report what it prints"
    )
    return FAILED


def _usage(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "blotflux"
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    line = " ".join(message.split()).rstrip(".").replace("Value error, ", "")
    return f"{line}; see {command} --help"


def _operating_system(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or _one_line(error)}; check the path, its rights and free space"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or "no message"
