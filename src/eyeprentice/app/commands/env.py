import json as json_format
from typing import Any

from eyeprentice.app.environment import describe_environment
from eyeprentice.words.errors import printable


def env(*, json: bool = False) -> None:
    """Show versions, processor, memory and devices of this computer, to be put into a bug report.

    It tells no names of people or computers and no paths, sends nothing, and opens no camera.

    Example: eyeprentice env > environment.txt

    Args:
        json: print JSON instead of text
    """
    told = describe_environment()
    if json:
        print(json_format.dumps(told, indent=2))
        return
    width = max(len(name) for section in told.values() for name in section)
    for title, section in told.items():
        print(f"{title}:")
        for name, value in section.items():
            print(printable(f"  {name:{width}}  {_shown(value)}"))


def _shown(value: Any) -> str:
    """None is what is not there, or cannot be told."""
    if isinstance(value, dict):
        return ", ".join(f"{name}={part}" for name, part in value.items()) or "-"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None else str(value)
