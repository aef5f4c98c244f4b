"""Where and how precisely models are computed: Lightning Fabric, with its complaints in one line."""

import logging

from lightning_fabric import Fabric
from lightning_fabric.utilities.exceptions import MisconfigurationException

from eyeprentice.words.errors import InputError
from eyeprentice.words.settings import Precision


def open_device(
    accelerator: str = "auto", precision: Precision = "32-true", devices: int = 1, nodes: int = 1
) -> Fabric:
    """`devices` of a kind on each of `nodes` machines: `cpu`, `cuda`, `mps` or the best there is (`auto`).

    More than one are as many processes, which average their gradients (DDP). Under `torchrun` they are there already;
    otherwise this starts them, each with this process's command line.

    Raises `InputError` where there is no such device, or too few of them.
    """
    if devices < 1 or nodes < 1:
        raise InputError("devices", f"{devices} on {nodes} machines", "give 1 or more of each")
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)  # it tells what the user has just asked for
    strategy = "ddp" if devices * nodes > 1 else "auto"
    try:
        fabric = Fabric(
            accelerator=accelerator, devices=devices, num_nodes=nodes, precision=precision, strategy=strategy
        )
    except (ValueError, RuntimeError, MisconfigurationException) as error:
        raise InputError("accelerator", str(error).splitlines()[0], "use cpu, cuda, mps or auto") from None
    fabric.launch()
    return fabric
