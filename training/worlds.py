"""Writes worlds for intents, one line of JSON each: a goal, its commands, and the files that they are about.

Usage: python3 training/worlds.py [--intents DIR] [--seed N] [--count N | --each N] [--split train|wordings|intents] > worlds.jsonl

A tenth of the intents and a tenth of the wordings are held out, by a hash of their id and text, so that the same ones are
held out whatever is added later. `train` takes neither, `wordings` takes held-out wordings of trained intents, `intents`
takes held-out intents. Every wording of the split is used once; --count takes N of them, or uses them again; --each takes N worlds of each intent.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
import sys
from pathlib import Path
from typing import Iterator

from world import World

INTENTS = Path(__file__).parent / "intents"
HELD_OUT_PERCENT = 10

#: Of the worlds to train with: a file that the goal names is not there, or the goal says to wait first.
MISSING_SHARE = 0.02
WAITING_SHARE = 0.015
UNITS = [("seconds", 1000), ("seconds", 1000), ("s", 1000), ("sec", 1000), ("milliseconds", 1), ("ms", 1), ("minutes", 60_000)]
#: A goal may be a question, an order or a wish: these stand beside each of them.
WAITING = [
    "wait {time}, then: {goal}",
    "First wait {time}. Then: {goal}",
    "{goal} - but not before {time} are over",
    "sleep {time}; {goal}",
    "Sleep for {time} before you do this: {goal}",
    "after a pause of {time}: {goal}",
    "{goal} (start in {time}, not now)",
    "in {time}, not earlier: {goal}",
    "Give it {time} first. {goal}",
    "hold on for {time}, and only then this: {goal}",
    "let {time} pass. After that: {goal}",
    "{goal}. Before that, wait {time}",
    "do nothing for {time}, then {goal}",
    "{time} from now: {goal}",
    "Please wait {time} and then answer: {goal}",
    "pause {time} first, then go on with this: {goal}",
]


def read_intents(folder: Path) -> list[dict]:
    """Every intent of a folder's *.jsonl, in the order of files and lines."""
    return [
        json.loads(line)
        for file in sorted(folder.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]


def is_held_out(text: str) -> bool:
    return int(hashlib.sha256(text.encode()).hexdigest(), 16) % 100 < HELD_OUT_PERCENT


def split_of(intent: dict, wording: str) -> str:
    if is_held_out(f"intent {intent['id']}"):
        return "intents"
    return "wordings" if is_held_out(f"wording {wording}") else "train"


def pairs(folder: Path, split: str) -> list[tuple[dict, str]]:
    """Each intent with each of its wordings that belong to the split."""
    return [
        (intent, wording)
        for intent in read_intents(folder)
        for wording in intent["wordings"]
        if split_of(intent, wording) == split
    ]


def make(intent: dict, wording: str, seed: str, is_plain: bool) -> dict:
    """A plain world asks for its goal and nothing else; of the others some also say to wait, or lack a file."""
    world = World(random.Random(seed), files=dict(intent.get("files", {})))
    commands = [world.fill(command) for command in intent["commands"]]
    goal = typed(world.fill(wording), world.rng)
    needed = [path for path in world.files if "/" not in path and path in goal and path in commands[0]]
    if world.files or world.rng.random() < 0.5:
        world.distract()
    missing, wait = None, None
    if not is_plain and needed and world.rng.random() < MISSING_SHARE:
        missing = needed[0]
        del world.files[missing]
    elif not is_plain and world.rng.random() < WAITING_SHARE:
        goal, wait = with_waiting(goal, world.rng)
    return {
        "intent": intent["id"],
        "kind": intent["kind"],
        "isPlain": is_plain,
        "goal": goal,
        "commands": commands,
        "notes": intent["notes"],
        "missing": missing,
        "waitMs": wait,
        "files": world.files,
        "folders": sorted(world.folders),
        "modes": world.modes,
        "ages": world.ages,
        "finishing": world.finishing,
    }


def typed(goal: str, rng: random.Random) -> str:
    """As people type: with a capital or not, with a full stop or not."""
    if rng.random() < 0.4:
        goal = goal[0].upper() + goal[1:]
    if rng.random() < 0.25 and goal[-1] not in "?.!":
        goal += "."
    return goal


def with_waiting(goal: str, rng: random.Random) -> tuple[str, int]:
    """The same goal, to be begun later, and how many milliseconds later."""
    unit, milliseconds = rng.choice(UNITS)
    number = rng.randint(2, 40) * (100 if milliseconds == 1 else 1)
    return rng.choice(WAITING).format(goal=goal.rstrip("."), time=f"{number} {unit}"), number * milliseconds


def choose(folder: Path, split: str, count: int | None, each: int | None, seed: int) -> Iterator[dict]:
    available = pairs(folder, split)
    rng = random.Random(f"{split} {seed}")
    if each is not None:
        wordings: dict[str, list[tuple[dict, str]]] = {}
        for intent, wording in available:
            wordings.setdefault(intent["id"], []).append((intent, wording))
        chosen = [rng.choice(own) for own in wordings.values() for _ in range(each)]
    else:
        # Each wording once, before any comes twice.
        rounds = math.ceil((count or 0) / len(available)) or 1
        chosen = [pair for _ in range(rounds) for pair in rng.sample(available, len(available))][:count]
    for index, (intent, wording) in enumerate(chosen):
        yield make(intent, wording, f"{split} {seed} {index}", is_plain=split != "train")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--intents", type=Path, default=INTENTS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int)
    parser.add_argument("--each", type=int)
    parser.add_argument("--split", choices=["train", "wordings", "intents"], default="train")
    options = parser.parse_args()
    for world in choose(options.intents, options.split, options.count, options.each, options.seed):
        sys.stdout.write(json.dumps(world, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
