"""Run an experiment here or in several processes, on devices that this machine has."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import torch

from welllog.learning.loop import Experiment, Outcome, TrainingError, run
from welllog.learning.run_folder import RunFolder
from welllog.learning.settings import ExperimentSettings
from welllog.neural import choose_device, is_out_of_memory
from welllog.progress import Progress

if TYPE_CHECKING:
    from lightning_fabric import Fabric

__all__ = ["Interrupted", "check_devices", "fabric_for", "launch", "one_of_several"]

Result = TypeVar("Result")


class Interrupted(KeyboardInterrupt):
    """Training was stopped by a signal; a checkpoint is there to go on from."""


def check_devices(device: str, count: int) -> str:
    """Return the device that is meant, if this machine has so many.

    On a CPU each process wants a processor of its own.

    Raises
    ------
    ValueError
        It has not.
    """
    device = choose_device(device)
    gpus = torch.cuda.device_count() if device == "cuda" else 1
    there = (os.cpu_count() or 1) if device == "cpu" else gpus
    if count > there:
        what = f"{there} processor{'s' * (there > 1)}" if device == "cpu" else f"{there} {device}"
        raise ValueError(f"{count} devices are more than this machine has ({what}); ask for fewer")
    return device


def fabric_for(settings: ExperimentSettings) -> Fabric:
    """Return Lightning Fabric on the devices and at the precision that settings ask for."""
    from lightning_fabric import Fabric
    from lightning_fabric.strategies.ddp import DDPStrategy

    precision = settings.precision
    if precision == "auto":
        precision = "bf16" if settings.device == "cuda" else "32"
    return Fabric(
        accelerator=settings.device,
        devices=settings.devices,
        precision="bf16-mixed" if precision == "bf16" else "32-true",
        strategy=DDPStrategy(start_method="spawn") if settings.devices > 1 else "auto",
    )


def launch(experiment: Experiment, progress: Progress | None) -> Outcome:
    """Run an experiment here, or in several processes of its own.

    Raises
    ------
    Interrupted
        A signal stopped it.
    TrainingError
        A process failed, or the device has too little memory.
    """
    from torch.multiprocessing.spawn import ProcessRaisedException

    settings = experiment.settings
    fabric = fabric_for(settings)
    with warnings.catch_warnings(), torch.random.fork_rng():
        if settings.device == "cuda":
            torch.set_float32_matmul_precision("high")
        if settings.devices > 1:
            with _watched(experiment, progress):
                try:
                    # Bound to it, as Fabric takes arguments apart that it is handed.
                    outcome: Outcome = fabric.launch(
                        partial(one_of_several, partial(run, experiment=experiment))
                    )
                except ProcessRaisedException as error:
                    last = str(error).strip().splitlines()[-1]
                    raise TrainingError(f"a training process failed: {last}") from error
        else:
            fabric.launch()
            try:
                outcome = run(fabric, experiment, progress)
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
                raise TrainingError(
                    f"{settings.device} has no memory for batches of {settings.batch} windows at "
                    f"width {settings.network.width}; begin again with fewer (--batch) or with a "
                    f"narrower network (--width)"
                ) from error
    if outcome.why == "stopped":
        raise Interrupted(
            f"stopped at iteration {outcome.iteration} of {settings.iterations}; "
            f"its checkpoint is in {experiment.folder}"
        )
    return outcome


def one_of_several(work: Callable[[Fabric], Result], fabric: Fabric) -> Result:
    """Do the work of one process of several, then leave their group.

    A process that ends as a member of it may be aborted, as threads of the group outlive Python.
    After an error the group is left as it is: to leave it would wait for the others.
    """
    result = work(fabric)
    torch.distributed.destroy_process_group()
    return result


@contextmanager
def _watched(experiment: Experiment, progress: Progress | None) -> Iterator[None]:
    """Report on processes of their own from the history they write; hand Ctrl-C on to them.

    They agree among themselves to stop, so this process must not die of the signal first.
    """
    folder, total = RunFolder(experiment.folder), experiment.settings.iterations
    over = threading.Event()
    raised: list[BaseException] = []

    def stop_them(*_: Any) -> None:
        for child in multiprocessing.active_children():
            if child.pid is not None:
                os.kill(child.pid, signal.SIGTERM)

    def watch() -> None:
        while not over.wait(1.0):
            entries = folder.history()[-3:]  # losses, a validation, what was watched
            if not entries or progress is None or raised:
                continue
            latest = {key: value for entry in entries for key, value in entry.items()}
            shown = ", ".join(
                f"{name} {latest[name]:.3f}"
                for name in ("reconstruction", "validation")
                if name in latest
            )
            done = latest["iteration"]
            try:
                progress(done / total, f"iteration {done} of {total}, {shown}")
            except BaseException as error:
                raised.append(error)
                stop_them()

    listening = threading.current_thread() is threading.main_thread()
    # Ctrl-C in a terminal reaches the children too; a signal sent to this process alone does not.
    before = signal.signal(signal.SIGINT, stop_them) if listening else None
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    except BaseException:
        if not raised:
            raise
    finally:
        over.set()
        watcher.join()
        if listening:
            signal.signal(signal.SIGINT, before)
    if raised:
        raise raised[0]
