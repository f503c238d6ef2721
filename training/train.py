"""Trains an adapter for a Llama in a GGUF file from turns in tokens, and writes it as a GGUF adapter.

Usage: python3 training/train.py --model FILE.gguf --turns tokens.jsonl --out adapter.gguf (--minutes N | --epochs N)
       [--rank 16] [--alpha 32] [--learning-rate 8e-4] [--batch 16] [--seed 1] [--init adapter.gguf] [--validate tokens.jsonl]

The first line of a file of turns is {"heads": [[token, ...], ...]}; each further line is one turn:
{"intent": TEXT, "kind": TEXT, "head": index of its head, "tokens": [those after the head], "learned": [[START, END], ...]}.
Only the tokens from a START to its END are learned: the decisions. A batch has turns of one head and of similar length.

Every two minutes, and on SIGINT or SIGTERM after the step under way, all that is needed to go on is written to
`<out>.checkpoint`. The same command then goes on from there; with other data or options it refuses, and says what differs. With
--epochs, a training that was interrupted ends with the same adapter as one that was not; with --minutes the clock decides, and
the time before the interruption counts.

A graphics card is used when torch finds one, with bfloat16 autocast: that path is untested.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import json
import math
import os
import random
import resource
import signal
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterator

import torch
from torch import Tensor, nn

from llama import Batch, Llama, load_adapter, make_batch, save_adapter

WARM_UP = 0.03
LOWEST_RATE = 0.02
LARGEST_NORM = 1.0
SPREAD_OF_LENGTHS = 0.1
SECONDS_BETWEEN_LINES = 10
SECONDS_BETWEEN_CHECKPOINTS = 120
SECONDS_BETWEEN_VALIDATIONS = 600
TURNS_TO_VALIDATE = 200
LARGEST_ADAPTER_BYTES = 10_000_000
STEPS_OF_MEAN = 50


@dataclass(frozen=True)
class Turn:
    head: int
    tokens: list[int]
    learned: list[tuple[int, int]]

    @property
    def is_usable(self) -> bool:
        return bool(self.learned) and all(0 < start < end <= len(self.tokens) for start, end in self.learned)


@dataclass(frozen=True)
class Turns:
    """A file of turns."""

    heads: list[list[int]]
    turns: list[Turn]


@dataclass
class Place:
    """How far a training is: `step` batches in all, the next one is number `batch` of `epoch`, after `seconds` of work."""

    step: int = 0
    epoch: int = 0
    batch: int = 0
    seconds: float = 0.0
    tokens: int = 0
    losses: list[float] = field(default_factory=list)


class Refusal(Exception):
    """What the person must change before a training can begin."""


def main() -> None:
    options = read_options()
    try:
        train(options, Stop())
    except Refusal as refusal:
        sys.exit(str(refusal))


def read_options(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--turns", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--minutes", type=float)
    length.add_argument("--epochs", type=int)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--alpha", type=float, default=32)
    parser.add_argument("--learning-rate", type=float, default=8e-4)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--init", type=Path, help="begin with this adapter instead of a fresh one")
    parser.add_argument("--validate", type=Path, help="turns to print the loss of: 200 every ten minutes, all at the end")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    return parser.parse_args(arguments)


class Stop:
    """Turns true on SIGINT and SIGTERM."""

    def __init__(self) -> None:
        self.signal: int | None = None
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.note)

    def note(self, number: int, frame: Any) -> None:
        self.signal = number

    def __bool__(self) -> bool:
        return self.signal is not None


def train(options: argparse.Namespace, stop: Any) -> None:
    """Trains until the time or the epochs are over, then writes the adapter; or until `stop` is true, then leaves a checkpoint."""
    keep_freed_memory()
    torch.set_num_threads(options.threads)
    data = read_turns(options.turns)
    held_out = read_turns(options.validate) if options.validate else None
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = prepare(options).to(device)
    training = Training(options, model, data, device)
    training.resume()
    say(f"{len(data.turns)} turns, {training.steps_of_epoch} batches an epoch, {training.trained} numbers to train, on {device}")
    begun = time.monotonic() - training.place.seconds
    lines = Every(SECONDS_BETWEEN_LINES)
    checkpoints = Every(SECONDS_BETWEEN_CHECKPOINTS)
    validations = Every(SECONDS_BETWEEN_VALIDATIONS)
    speed = Speed()
    while not training.is_over():
        tokens = training.take_step()
        training.place.seconds = time.monotonic() - begun
        speed.count(tokens)
        if lines.is_due() or training.is_over():
            say(training.line(speed))
        if stop:
            training.save_checkpoint()
            say(f"interrupted; the same command goes on from {training.checkpoint}")
            sys.exit(128 + stop.signal)
        if checkpoints.is_due():
            training.save_checkpoint()
        if held_out and validations.is_due():
            say(f"validation: loss {validate(model, held_out, TURNS_TO_VALIDATE, options.batch, device):.4f}")
    if held_out:
        loss = validate(model, held_out, len(held_out.turns), options.batch, device)
        say(f"validation: loss {loss:.4f} on all {len(held_out.turns)} turns")
    finish(options, model, training)


class Training:
    """A model that learns turns, step by step; what it does next follows from `place` and the options alone."""

    def __init__(self, options: argparse.Namespace, model: Llama, data: Turns, device: torch.device) -> None:
        self.options = options
        self.model = model
        self.data = data
        self.device = device
        self.parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self.trained = sum(parameter.numel() for parameter in self.parameters)
        self.optimizer = torch.optim.AdamW(self.parameters, lr=0.0, betas=(0.9, 0.98), weight_decay=0.0)
        self.place = Place()
        self.batches = batches_of_epoch(data, options.batch, options.seed, 0)
        self.steps_of_epoch = len(self.batches)
        self.identity = identity(options)
        self.checkpoint = options.out.with_name(options.out.name + ".checkpoint")

    def progress(self) -> float:
        """From 0, nothing done, to 1, all done."""
        if self.options.minutes is not None:
            return min(1.0, self.place.seconds / (60 * self.options.minutes))
        return self.place.step / (self.options.epochs * self.steps_of_epoch)

    def is_over(self) -> bool:
        return self.progress() >= 1.0

    def take_step(self) -> int:
        """Learns one batch; the number of its tokens."""
        batch = batch_of(self.data, self.batches[self.place.batch]).to(self.device)
        for group in self.optimizer.param_groups:
            group["lr"] = self.options.learning_rate * rate(self.progress())
        with precision(self.device):
            loss = self.model.loss(batch)
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, LARGEST_NORM)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.move_on(len(batch.tokens), loss.item())
        return len(batch.tokens)

    def move_on(self, tokens: int, loss: float) -> None:
        place = self.place
        place.step += 1
        place.batch += 1
        place.tokens += tokens
        place.losses = [*place.losses, loss][-STEPS_OF_MEAN:]
        if place.batch == self.steps_of_epoch:
            place.epoch += 1
            place.batch = 0
            self.batches = batches_of_epoch(self.data, self.options.batch, self.options.seed, place.epoch)

    def line(self, speed: Speed) -> str:
        place = self.place
        progress = self.progress()
        left = place.seconds / progress * (1 - progress) / 60 if progress else math.inf
        return (
            f"step {place.step}  epoch {place.epoch + place.batch / self.steps_of_epoch:.2f}"
            f"  loss {sum(place.losses) / len(place.losses):.4f}  {speed.tokens_per_second():.0f} tokens/s"
            f"  {left:.1f} minutes left  {peak_megabytes()} MB"
        )

    def save_checkpoint(self) -> None:
        """Writes the checkpoint, whole or not at all."""
        partial = self.checkpoint.with_name(self.checkpoint.name + ".partial")
        adapters = {name: (a.detach(), b.detach()) for name, a, b in self.model.adapters()}
        state = {"identity": self.identity, "place": vars(self.place), "adapters": adapters}
        with partial.open("wb") as file:
            torch.save({**state, "optimizer": self.optimizer.state_dict()}, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.checkpoint)

    @torch.no_grad()
    def resume(self) -> None:
        """Goes on where the checkpoint stopped, if there is one."""
        if not self.checkpoint.exists():
            return
        state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        refuse_differences(self.checkpoint, state["identity"], self.identity)
        self.place = Place(**state["place"])
        self.batches = batches_of_epoch(self.data, self.options.batch, self.options.seed, self.place.epoch)
        for name, a, b in self.model.adapters():
            a.copy_(state["adapters"][name][0])
            b.copy_(state["adapters"][name][1])
        self.optimizer.load_state_dict(state["optimizer"])
        say(f"going on from {self.checkpoint}, step {self.place.step}, after {self.place.seconds / 60:.1f} minutes")


class Every:
    """Says once in so many seconds that they are over."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.last = time.monotonic()

    def is_due(self) -> bool:
        due = time.monotonic() - self.last >= self.seconds
        if due:
            self.last = time.monotonic()
        return due


class Speed:
    """Tokens per second since this process began to train."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.tokens = 0

    def count(self, tokens: int) -> None:
        self.tokens += tokens

    def tokens_per_second(self) -> float:
        return self.tokens / (time.monotonic() - self.begun)


def prepare(options: argparse.Namespace) -> Llama:
    model = Llama(options.model, options.rank, options.alpha, torch.Generator().manual_seed(options.seed))
    if options.init:
        try:
            load_adapter(model, options.init)
        except ValueError as error:
            raise Refusal(str(error)) from error
    return model


def read_turns(path: Path) -> Turns:
    with path.open(encoding="utf-8") as file:
        heads = json.loads(next(file))["heads"]
        lines = [json.loads(line) for line in file if line.strip()]
    turns = [Turn(line["head"], line["tokens"], [(start, end) for start, end in line["learned"]]) for line in lines]
    for number, turn in enumerate(turns, start=2):
        if not (turn.is_usable and 0 <= turn.head < len(heads) and heads[turn.head]):
            raise Refusal(f"{path}, line {number}: a turn needs a head of the first line, and a part to be learned that is not its first token.")
    if not turns:
        raise Refusal(f"{path} has no turns.")
    return Turns(heads, turns)


def batches_of_epoch(data: Turns, size: int, seed: int, epoch: int) -> list[list[Turn]]:
    """Every turn once, in batches of one head and of similar length; which and in what order follows from seed and epoch."""
    rng = random.Random(f"{seed} {epoch}")
    batches = []
    for head in range(len(data.heads)):
        turns = [turn for turn in data.turns if turn.head == head]
        turns.sort(key=lambda turn: len(turn.tokens) * rng.uniform(1 - SPREAD_OF_LENGTHS, 1 + SPREAD_OF_LENGTHS))
        batches.extend(turns[first : first + size] for first in range(0, len(turns), size))
    rng.shuffle(batches)
    return batches


def batch_of(data: Turns, turns: list[Turn]) -> Batch:
    return make_batch(data.heads[turns[0].head], [(turn.tokens, turn.learned) for turn in turns])


def rate(progress: float) -> float:
    """The share of the learning rate: up to 1 in the first part, then down to LOWEST_RATE, both in a line."""
    falling = 1 - (1 - LOWEST_RATE) * (progress - WARM_UP) / (1 - WARM_UP)
    return max(LOWEST_RATE, min(progress / WARM_UP, falling))


@torch.no_grad()
def validate(model: Llama, data: Turns, most: int, size: int, device: torch.device) -> float:
    """Mean cross entropy of the answers' tokens, of at most so many turns, the same ones each time."""
    chosen = Turns(data.heads, random.Random(0).sample(data.turns, min(most, len(data.turns))))
    total, tokens = 0.0, 0
    for turns in batches_of_epoch(chosen, size, 0, 0):
        batch = batch_of(chosen, turns).to(device)
        with precision(device):
            total += model.loss(batch).item() * len(batch.targets)
        tokens += len(batch.targets)
    return total / tokens


def precision(device: torch.device) -> AbstractContextManager:
    return torch.autocast("cuda", dtype=torch.bfloat16) if device.type == "cuda" else nullcontext()


def identity(options: argparse.Namespace) -> dict[str, Any]:
    """What must be the same for a training to go on."""
    names = ("minutes", "epochs", "rank", "alpha", "learning_rate", "batch", "seed")
    return {
        "model": sha256(options.model),
        "turns": sha256(options.turns),
        "init": sha256(options.init) if options.init else None,
        **{name: getattr(options, name) for name in names},
    }


def refuse_differences(checkpoint: Path, before: dict[str, Any], now: dict[str, Any]) -> None:
    differences = [f"  {name}: {before.get(name)} then, {now[name]} now" for name in now if before.get(name) != now[name]]
    if differences:
        lines = "\n".join(differences)
        raise Refusal(f"{checkpoint} is of another training:\n{lines}\nUse what was used then, or remove the checkpoint.")


def finish(options: argparse.Namespace, model: Llama, training: Training) -> None:
    save_adapter(model, options.out, options.out.stem)
    training.checkpoint.unlink(missing_ok=True)
    size = options.out.stat().st_size
    place = training.place
    say(f"{options.out}: {size} bytes, SHA-256 {sha256(options.out)}")
    say(f"{place.step} steps, {place.tokens} tokens, {place.seconds / 60:.1f} minutes; " + json.dumps(training.identity))
    if size > LARGEST_ADAPTER_BYTES:
        say(f"the adapter is larger than {LARGEST_ADAPTER_BYTES} bytes: a smaller --rank would make it fit")


def keep_freed_memory() -> None:
    """Asks the C library to keep what tensors leave behind: giving tens of megabytes back and zeroing them anew costs much time."""
    most_mapped, trim = -4, -1
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(most_mapped, 0)
        mallopt(trim, 2**31 - 1)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def peak_megabytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
