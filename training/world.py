"""A small working directory made at random, and the slots of a goal filled from it.

A goal and its command are written with slots, such as "count the lines of {txt}" and "wc -l < {txt}". A world fills each
slot once, so that goal and command mean the same thing, and makes the files that the slot promises. The same seed gives
the same world.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

SLOT = re.compile(r"\{([a-z]+[0-9]?)\}")

WORDS = (
    "apple river stone table green window paper coffee garden bridge silver market winter summer orange yellow train "
    "letter music number person school forest mountain bottle camera circle cotton dinner engine farmer finger flower "
    "hammer kitchen ladder lemon marble needle ocean pencil planet pocket rabbit rocket saddle signal spider sugar temple "
    "ticket tunnel valley wagon wheel harbour lantern meadow pepper pillow ribbon saucer shadow thunder velvet walnut"
).split()
PEOPLE = "Amir Bea Carla Dov Elif Fumi Goran Hana Ines Jomo Kaja Luca Mina Nils Odile Pavel Quinn Rosa Sami Tilda Umar Vera".split()
CITIES = "Bergen Cork Dakar Évora Faro Ghent Hanoi Izmir Jena Kyoto Lyon Malmö Nice Oulu Porto Quito Riga Split Tunis Utrecht".split()
BASES = (
    "notes report summary essay draft letter memo plan journal chapter minutes ideas recipe speech poem agenda manual "
    "guide story outline diary review brief script article lesson song sketch quotes lines"
).split()
FOLDERS = (
    "docs data images records old photos music drafts invoices letters projects trips lessons recipes reports sources "
    "papers scans plans winter spring shared private work home"
).split()
ENDINGS = "txt md csv log jpg png html css js conf dat bak tmp xml".split()
STRINGS = (
    "hello world|all is well|version 2|end of file|remember the milk|status: ok|to be done|thank you|page one|see you soon"
).split("|")
LEVELS = "ERROR WARN INFO DEBUG".split()
HEADER = "name,age,city,amount"


@dataclass
class World:
    """Files by path, and the value of every slot that was asked for."""

    rng: random.Random
    files: dict[str, str] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    modes: dict[str, int] = field(default_factory=dict)
    #: Days before now at which a file was last changed.
    ages: dict[str, int] = field(default_factory=dict)
    #: Shell commands that finish the world, for what plain files cannot say: archives.
    finishing: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._bases = self.rng.sample(BASES, len(BASES))
        self._folders = self.rng.sample(FOLDERS, len(FOLDERS))
        self._words = self.rng.sample(WORDS, len(WORDS))

    def fill(self, template: str) -> str:
        """Replaces every slot. Raises KeyError for one that does not exist."""
        return SLOT.sub(lambda match: self.value(match[1]), template)

    def value(self, slot: str) -> str:
        if slot not in self.values:
            self.values[slot] = MAKERS[slot](self)
        return self.values[slot]

    def write(self, root: Path) -> None:
        """Puts everything into an empty directory; `finishing` is left to whoever has a jail."""
        for folder in sorted(self.folders):
            (root / folder).mkdir(parents=True, exist_ok=True)
        for path, text in self.files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            if path in self.modes:
                target.chmod(self.modes[path])

    def distract(self) -> None:
        """Adds a few files that nothing asks for, as real directories have them."""
        for _ in range(self.rng.randint(0, 3)):
            self.files.setdefault(self.base() + "." + self.rng.choice(ENDINGS), self.prose())

    # ---- Parts of worlds

    def base(self) -> str:
        return self._bases.pop()

    def folder(self) -> str:
        return self._folders.pop()

    def word(self) -> str:
        return self._words.pop()

    def file(self, ending: str, text: str, folder: str = "") -> str:
        path = f"{folder}{self.base()}.{ending}"
        self.files[path] = text
        return path

    def prose(self, lines: int | None = None) -> str:
        """Lines of words: some are empty, some hold {word} or {other}, one begins with {word}; none holds {rep}."""
        word, other, rep = self.value("word"), self.value("other"), self.value("rep")
        others = [each for each in WORDS if each != rep]
        out = []
        for _ in range(lines or self.rng.randint(12, 26)):
            words = self.rng.sample(others, self.rng.randint(2, 7))
            if self.rng.random() < 0.25:
                words.insert(self.rng.randrange(len(words)), word)
            if self.rng.random() < 0.15:
                words.insert(self.rng.randrange(len(words)), other)
            if self.rng.random() < 0.15:
                words.append(str(self.rng.randint(1, 900)))
            out.append("" if out and self.rng.random() < 0.08 else " ".join(words))
        out[self.rng.randrange(1, 4)] = f"{word} {self.rng.choice(others)} {other}"
        out[self.rng.randrange(4, len(out))] = f"{word.capitalize()} {self.rng.choice(others)}"
        return "\n".join(out) + "\n"

    def rows(self) -> list[tuple[str, int, str, int]]:
        people = self.rng.sample(PEOPLE, self.rng.randint(8, 14))
        cities = self.rng.sample(CITIES, 4)
        return [(p, self.rng.randint(18, 80), self.rng.choice(cities), self.rng.randint(5, 900)) for p in people]

    def tree(self) -> str:
        """A folder with two folders in it and files of several endings in all three; some hold {word}, one is empty."""
        top = self.folder()
        endings = [self.value("ext"), self.value("ext"), self.value("endb"), "txt", "txt", "md"]
        for inner in ["", self.folder() + "/", self.folder() + "/"]:
            for ending in self.rng.sample(endings, 4):
                self.file(ending, self.prose(self.rng.choice([8, 12, 40])), f"{top}/{inner}")
        self.files[f"{top}/empty.{self.value('ext')}"] = ""
        return top


def text_file(world: World) -> str:
    return world.file(world.rng.choice(["txt", "txt", "md"]), world.prose())


def other_text_file(world: World) -> str:
    """Like {txt}, with some lines changed."""
    lines = world.files[world.value("txt")].splitlines()
    for _ in range(3):
        lines[world.rng.randrange(len(lines))] = " ".join(world.rng.sample(WORDS, 4))
    return world.file("txt", "\n".join(lines) + "\n")


def word_list(world: World) -> str:
    words = world.rng.sample(WORDS, 9)
    chosen = words + world.rng.choices(words, k=8)
    world.rng.shuffle(chosen)
    return world.file("txt", "\n".join(chosen) + "\n")


def other_word_list(world: World) -> str:
    """Shares about half of its words with {list}."""
    first = sorted(set(world.files[world.value("list")].split()))
    words = world.rng.sample(first, 5) + [word for word in world.rng.sample(WORDS, 12) if word not in first][:4]
    world.rng.shuffle(words)
    return world.file("txt", "\n".join(words) + "\n")


def numbers(world: World) -> str:
    return world.file("txt", "".join(f"{world.rng.randint(1, 500)}\n" for _ in range(world.rng.randint(8, 20))))


def table(world: World) -> str:
    lines = [HEADER] + [",".join(map(str, row)) for row in world.rows()]
    return world.file("csv", "\n".join(lines) + "\n")


def tab_table(world: World) -> str:
    return world.file("tsv", "".join("\t".join(map(str, row)) + "\n" for row in world.rows()))


def plain_table(world: World) -> str:
    """Columns with spaces between them: a name, an age, an amount."""
    return world.file("txt", "".join(f"{name} {age} {amount}\n" for name, age, _, amount in world.rows()))


def log(world: World) -> str:
    lines = []
    for minute in range(world.rng.randint(15, 30)):
        level = world.rng.choice(LEVELS)
        address = f"10.0.0.{world.rng.randint(2, 6)}"
        what = " ".join(world.rng.sample(WORDS, 3))
        lines.append(f"2026-03-{world.rng.randint(1, 9):02} 08:{minute:02}:12 {level} {address} {what}")
    lines[2] = f"2026-03-02 08:02:12 {world.value('level')} 10.0.0.3 {world.value('word')} lost"
    return world.file("log", "\n".join(sorted(lines)) + "\n")


def settings(world: World) -> str:
    keys = world.rng.sample(["host", "port", "user", "color", "size", "mode", "path", "lang"], 6)
    world.values["key"] = keys[0]
    world.values["keyb"] = keys[1]
    lines = [f"{key}={world.rng.choice(WORDS)}" for key in keys]
    lines.insert(2, "# the rest is as it was")
    lines.insert(4, "")
    return world.file("conf", "\n".join(lines) + "\n")


def script(world: World) -> str:
    word = world.value("word")
    path = world.file("sh", f"#!/bin/bash\n# Says something.\nwhat={word}\necho \"It is $what\"\n")
    world.modes[path] = 0o644
    return path


def page(world: World) -> str:
    items = "\n".join(f"  <li>{word}</li>" for word in world.rng.sample(WORDS, 5))
    title = world.value("word").capitalize()
    return world.file("html", f"<html>\n<h1>{title}</h1>\n<ul>\n{items}\n</ul>\n<a href=\"next.html\">next</a>\n</html>\n")


def chapters(world: World) -> str:
    """Markdown with headings of two levels, items and a line with TODO."""
    lines = [f"# {world.value('word').capitalize()}"]
    for title in world.rng.sample(WORDS, 4):
        lines += ["", f"## {title.capitalize()}", " ".join(world.rng.sample(WORDS, 6)), f"- {world.rng.choice(WORDS)}"]
    lines.insert(6, f"TODO {' '.join(world.rng.sample(WORDS, 3))}")
    return world.file("md", "\n".join(lines) + "\n")


def packed(world: World) -> str:
    folder = world.folder()
    for _ in range(3):
        world.file("txt", world.prose(), f"{folder}/")
    world.finishing.append(f"tar -czf {folder}.tar.gz {folder} && rm -r {folder}")
    return f"{folder}.tar.gz"


def zipped(world: World) -> str:
    path = world.file("txt", world.prose())
    world.finishing.append(f"gzip {path}")
    return f"{path}.gz"


def a_file_below(world: World) -> str:
    """The bare name of a file somewhere below {loc}."""
    loc = world.value("loc")
    below = [path for path in world.files if loc == "." or path.startswith(f"{loc}/")]
    return Path(world.rng.choice(below)).name


def place(world: World) -> str:
    """Where to look: a folder with a tree in it, or here."""
    top = world.tree()
    if world.rng.random() < 0.35:
        world.values["in"] = world.rng.choice(["here", "in this folder", "in this directory", "below this directory"])
        return "."
    world.values["in"] = world.rng.choice([f"in {top}", f"in the folder {top}", f"below {top}", f"under {top}", f"inside {top}"])
    return top


def phrase_of_place(world: World) -> str:
    world.value("loc")
    return world.values["in"]


def after(slot: str, made: str) -> Callable[[World], str]:
    """A slot whose value is decided when another one is made."""

    def maker(world: World) -> str:
        world.value(slot)
        return world.values[made]

    return maker


def old_file(world: World) -> str:
    path = world.file("txt", world.prose())
    world.ages[path] = world.rng.randint(40, 400)
    return path


MAKERS: dict[str, Callable[[World], str]] = {
    "word": World.word,
    "other": World.word,
    "rep": World.word,
    "name": lambda world: world.rng.choice(PEOPLE),
    "str": lambda world: world.rng.choice(STRINGS),
    "strb": lambda world: " ".join(world.rng.sample(WORDS, 3)),
    "n": lambda world: str(world.rng.randint(2, 6)),
    "k": lambda world: str(world.rng.randint(10, 40)),
    "num": lambda world: str(world.rng.randint(60, 400)),
    "ext": lambda world: world.rng.choice(["txt", "md", "csv", "log", "jpg", "html", "dat", "bak"]),
    "endb": lambda world: world.rng.choice([ending for ending in ENDINGS if ending != world.value("ext")]),
    "prefix": lambda world: world.rng.choice("old new copy draft final img part".split()),
    "perm": lambda world: world.rng.choice(["600", "640", "644", "700", "755", "444"]),
    "level": lambda world: world.rng.choice(LEVELS),
    "txt": text_file,
    "txt2": other_text_file,
    "txt3": text_file,
    "list": word_list,
    "list2": other_word_list,
    "nums": numbers,
    "csv": table,
    "tsv": tab_table,
    "cols": plain_table,
    "log": log,
    "conf": settings,
    "key": after("conf", "key"),
    "keyb": after("conf", "keyb"),
    "sh": script,
    "html": page,
    "md": chapters,
    "tar": packed,
    "gz": zipped,
    "old": old_file,
    "loc": place,
    "in": phrase_of_place,
    "below": a_file_below,
    "dir": World.tree,
    "dir2": lambda world: (folder := world.folder(), world.file("txt", world.prose(), f"{folder}/"))[0],
    "emptydir": lambda world: (folder := world.folder(), world.folders.add(folder))[0],
    "new": lambda world: f"{world.base()}.txt",
    "new2": lambda world: f"{world.base()}.txt",
    "newdir": World.folder,
    "newdir2": World.folder,
    "empty": lambda world: world.file("txt", ""),
}
