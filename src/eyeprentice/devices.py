"""Where and how precisely models are computed: Lightning Fabric, with its complaints in one line."""

from typing import Literal

from lightning_fabric import Fabric
from lightning_fabric.utilities.exceptions import MisconfigurationException

from eyeprentice.errors import InputError

Precision = Literal["32-true", "bf16-mixed", "16-mixed"]


def open_device(accelerator: str = "auto", precision: Precision = "32-true") -> Fabric:
    """One device: `cpu`, `cuda`, `mps` or the best there is (`auto`); raises `InputError` where there is none such."""
    try:
        return Fabric(accelerator=accelerator, devices=1, precision=precision)
    except (ValueError, RuntimeError, MisconfigurationException) as error:
        raise InputError("accelerator", str(error).splitlines()[0], "use cpu, cuda, mps or auto") from None
