"""How fast networks train: windows per second, against the plain PyTorch loop and the chip's peak.

    python benchmarks/training_speed.py [--device NAME] [--networks NAME ...] [--width N]
                                        [--batch N] [--window N] [--seconds S]

The same game of the same generator and discriminator, on wells of the simulator, four ways:

- *trained*: what ``welllog train`` does in an iteration, windows cut and distorted on the way;
- *ready*: the same with one batch that lies on the device;
- *plain*: the textbook's loop with that batch: two optimisers, nothing compiled, no watch over
  gradients that are not finite, at the precision of *trained* and in float32.

The ways take turns three times; medians. Operations are those of products and convolutions,
forward and back, counted by torch (which does not see into recurrent layers); the peak is a large
product of matrices at the same precision, timed here. Prints markdown.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from welllog.corpus import CHANNELS, WindowSource
from welllog.learning import ExperimentSettings
from welllog.learning.batches import Tensors
from welllog.learning.launching import fabric_for
from welllog.learning.loop import Experiment, batches_of
from welllog.learning.losses import adversarial_loss, discriminator_loss, reconstruction_loss
from welllog.learning.players import Players
from welllog.networks import (
    GENERATORS,
    NetworkSettings,
    amplify_gradient,
    build_discriminator,
    build_generator,
)
from welllog.neural import choose_device
from welllog.simulator import synthetic_logs

WELLS = 20
TURNS = 3
Step = Callable[[], object]


def main() -> None:
    """Print one line per network."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--device", default="auto", choices=("auto", "cuda", "mps", "cpu"))
    parser.add_argument("--networks", nargs="+", choices=GENERATORS, default=list(GENERATORS))
    parser.add_argument("--width", type=int, default=64, help="64 is full size")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--window", type=int, default=2048)
    parser.add_argument("--seconds", type=float, default=2.0, help="of every way in every turn")
    args = parser.parse_args()
    device = choose_device(args.device)
    if device == "cuda":
        torch.set_float32_matmul_precision("high")  # as in training
    settings = ExperimentSettings(batch=args.batch, device=device, iterations=1_000_000)
    settings = replace(settings, windows=replace(settings.windows, window=args.window))
    source = WindowSource([synthetic_logs(seed) for seed in range(WELLS)], settings.windows)
    most = peak(device)
    print(
        f"Windows per second in training on {name_of(device)}: batches of {args.batch}, width "
        f"{args.width}, windows of {args.window} samples. Peak: {most:.3g} TFLOP/s.\n"
    )
    print(
        "| network | parameters, M | GFLOP a window | trained | ready | plain | plain, float32 "
        "| trained : plain | share of peak |"
    )
    print(f"|{'---|' * 9}", flush=True)
    for name in args.networks:
        network = NetworkSettings(name=name, width=args.width)
        print(line(replace(settings, network=network), source, args.seconds, most), flush=True)


def line(settings: ExperimentSettings, source: WindowSource, seconds: float, most: float) -> str:
    """Time one network."""
    fabric = fabric_for(settings)
    players = Players(fabric, settings)
    drawn = batches_of(fabric, Experiment(settings, source, None, Path()), 0)
    ready = next(drawn).to(fabric.device)
    low = settings.device == "cuda"
    half, full = PlainGame(settings, ready, low), PlainGame(settings, ready, False)
    ways: list[Step] = [
        lambda: players.play(next(drawn).to(fabric.device), 0),
        lambda: players.play(ready, 0),
        half.play,
        full.play,
    ]
    with FlopCounterMode(display=False) as counter:
        full.play()
    work = counter.get_total_flops() / settings.batch
    for way in ways:  # compiles, and lets cuDNN choose
        per_second(way, settings, 0.0)
    turns = [[per_second(way, settings, seconds) for way in ways] for _ in range(TURNS)]
    trained, at_hand, plain, single = (statistics.median(one) for one in zip(*turns, strict=True))
    millions = sum(p.numel() for p in players.generator.parameters()) / 1e6
    counted = "lstm" not in settings.network.name and "gru" not in settings.network.name
    share = f"{trained * work / most / 1e12:.1%}" if counted else "–"
    cells = (
        settings.network.name,
        f"{millions:.2f}",
        f"{work / 1e9:.3g}" if counted else "–",
        *(f"{speed:.0f}" for speed in (trained, at_hand, plain, single)),
        f"{trained / plain:.2f}",
        share,
    )
    return f"| {' | '.join(cells)} |"


class PlainGame:
    """The same two networks and losses in a loop as a textbook has it."""

    def __init__(self, settings: ExperimentSettings, batch: Tensors, low: bool) -> None:
        self.settings, self.batch, self.low = settings, batch, low
        device = batch.x.device
        self.generator = build_generator(settings.generator).to(device).train()
        self.judge = build_discriminator(settings.discriminator).to(device)
        self.optimisers = [
            torch.optim.AdamW(module.parameters(), lr=1e-4)
            for module in (self.generator, self.judge)
        ]
        self.weights = torch.ones(len(CHANNELS), device=device)

    def play(self) -> None:
        """Take one iteration."""
        batch, first, second = self.batch, *self.optimisers
        with torch.autocast(batch.x.device.type, torch.bfloat16, enabled=self.low):
            z = torch.randn(len(batch.x), 1, batch.x.shape[-1], device=batch.x.device)
            answer = self.generator(batch.x, z).float()
            real, fake = (torch.where(batch.valid, curves, 0.0) for curves in (batch.y, answer))
            judged = self._judged(real), self._judged(fake.detach())
            second.zero_grad()
            discriminator_loss(*judged).backward()
            second.step()
            amplified = amplify_gradient(answer, batch.hidden, 10.0)
            loss = reconstruction_loss(amplified, batch.y, batch.valid, self.weights)
            loss = loss + 0.01 * adversarial_loss(self._judged(fake))
            first.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.generator.parameters(), 1.0)
            first.step()

    def _judged(self, curves: Tensor) -> Tensor:
        logits: Tensor = self.judge(self.batch.x, curves).float()
        return logits


def per_second(step: Step, settings: ExperimentSettings, seconds: float) -> float:
    """Return windows per second over at least so many seconds and three steps."""
    for _ in range(2):
        step()
    wait(settings.device)
    began, steps = time.perf_counter(), 0
    while steps < 3 or time.perf_counter() - began < seconds:
        step()
        steps += 1
        if steps % 8 == 0:
            wait(settings.device)
    wait(settings.device)
    return steps * settings.batch / (time.perf_counter() - began)


def peak(device: str) -> float:
    """Return the TFLOP/s of a large product of random matrices, in bf16 on cuda, else float32."""
    size, kind = (8192, torch.bfloat16) if device == "cuda" else (2048, torch.float32)
    one, other = (torch.randn(size, size, device=device, dtype=kind) for _ in range(2))
    best = 0.0
    for _ in range(3):
        one @ other
        wait(device)
        began = time.perf_counter()
        for _ in range(5):
            one @ other
        wait(device)
        best = max(best, 5 * 2 * size**3 / (time.perf_counter() - began) / 1e12)
    return best


def wait(device: str) -> None:
    """Wait for all that a device was asked to do."""
    if device == "cuda":
        torch.cuda.synchronize()
    elif device == "mps":
        torch.mps.synchronize()


def name_of(device: str) -> str:
    """Return what a device calls itself."""
    if device == "cuda":
        return f"one {torch.cuda.get_device_name()}, bf16"
    return f"{device}, {torch.get_num_threads()} threads, float32"


if __name__ == "__main__":
    main()
