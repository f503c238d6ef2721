"""Tests of llama.py and train.py on a tiny random model that they write themselves. Run by `python3 -m unittest` in training/."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import math
import random
import re
import signal
import tempfile
import unittest
from pathlib import Path

import numpy
import torch
from gguf import GGUFReader, GGUFWriter
from torch import Tensor

import train
from llama import Llama, make_batch, save_adapter

WORDS, WIDTH, HEADS, KEY_HEADS, FEED, LAYERS = 50, 32, 4, 2, 48, 2
RANK, ALPHA = 4, 8.0
HEAD = [1, 2, 3]


def setUpModule() -> None:
    torch.set_num_threads(1)


class SharedHead(unittest.TestCase):
    def test_gives_the_logits_of_each_text_evaluated_whole(self) -> None:
        with folder() as path:
            model = tiny_model(path)
            turns = [([6, 7, 8, 9, 10], [(2, 5)]), ([11, 12, 13, 14, 15, 16], [(1, 3), (5, 6)]), ([17, 18], [(1, 2)])]
            logits = model.logits(make_batch(HEAD, turns))
            torch.testing.assert_close(logits, evaluated_whole(model, turns), rtol=1e-4, atol=1e-4)

    def test_has_the_gradients_of_each_text_evaluated_whole(self) -> None:
        with folder() as path:
            model = tiny_model(path)
            turns = [([4, 5, 6, 7], [(2, 4)]), ([8, 9, 10, 11, 12], [(1, 2), (3, 5)]), ([13, 14, 15, 16], [(3, 4)])]
            targets = torch.tensor([token for tokens, spans in turns for start, end in spans for token in tokens[start:end]])
            model.loss(make_batch(HEAD, turns)).backward()
            gradients = [parameter.grad.clone() for parameter in trained(model)]
            model.zero_grad()
            torch.nn.functional.cross_entropy(evaluated_whole(model, turns), targets).backward()
            for batched, parameter in zip(gradients, trained(model)):
                torch.testing.assert_close(batched, parameter.grad, rtol=1e-3, atol=1e-5)


class Training(unittest.TestCase):
    def test_lowers_the_loss_and_writes_every_adapter(self) -> None:
        with folder() as path:
            output = run(path, epochs=6, validate=path / "turns.jsonl")
            losses = [float(loss) for loss in re.findall(r"validation: loss ([\d.]+)", output)]
            untrained = train.validate(fresh_model(path), train.read_turns(path / "turns.jsonl"), 1000, 4, torch.device("cpu"))
            self.assertLess(losses[-1], 0.8 * untrained)
            reader = GGUFReader(path / "adapter.gguf")
            shapes = {tensor.name: tuple(tensor.data.shape) for tensor in reader.tensors}
            self.assertEqual(shapes, adapter_shapes())
            fields = {name: reader.fields[name].contents() for name in ("general.type", "adapter.type", "general.architecture")}
            self.assertEqual(fields, {"general.type": "adapter", "adapter.type": "lora", "general.architecture": "llama"})
            self.assertEqual(reader.fields["adapter.lora.alpha"].contents(), ALPHA)
            self.assertFalse((path / "adapter.gguf.checkpoint").exists())

    def test_interrupted_and_resumed_ends_as_if_uninterrupted(self) -> None:
        with folder() as path:
            run(path, epochs=3, out="whole.gguf")
            with self.assertRaises(SystemExit) as exit:
                run(path, epochs=3, out="resumed.gguf", stop=StopAfter(7))
            self.assertEqual(exit.exception.code, 128 + signal.SIGTERM)
            self.assertFalse((path / "resumed.gguf").exists())
            self.assertIn("step 7", run(path, epochs=3, out="resumed.gguf"))
            whole, resumed = tensors(path / "whole.gguf"), tensors(path / "resumed.gguf")
            self.assertEqual(whole.keys(), resumed.keys())
            for name, values in whole.items():
                numpy.testing.assert_array_equal(values, resumed[name], name)

    def test_refuses_to_go_on_with_other_data_or_options(self) -> None:
        with folder() as path:
            with self.assertRaises(SystemExit):
                run(path, epochs=3, stop=StopAfter(2))
            with self.assertRaisesRegex(train.Refusal, "seed: 1 then, 2 now"):
                run(path, epochs=3, seed=2)
            write_turns(path / "turns.jsonl", seed=2)
            with self.assertRaisesRegex(train.Refusal, "turns: [0-9a-f]{64} then, [0-9a-f]{64} now"):
                run(path, epochs=3)

    def test_ends_when_the_minutes_are_over(self) -> None:
        with folder() as path:
            output = run(path, minutes=0.02)
            self.assertIn("0.0 minutes left", output)
            self.assertEqual(len(tensors(path / "adapter.gguf")), len(adapter_shapes()))

    def test_begins_with_the_adapter_that_is_named(self) -> None:
        with folder() as path:
            save_adapter(tiny_model(path), path / "first.gguf", "first")
            model = train.prepare(options(path, epochs=1, init=path / "first.gguf"))
            save_adapter(model, path / "second.gguf", "first")
            self.assertEqual((path / "first.gguf").read_bytes(), (path / "second.gguf").read_bytes())


class LearningRate(unittest.TestCase):
    def test_rises_to_its_whole_and_falls_to_a_fiftieth(self) -> None:
        self.assertEqual([round(train.rate(at), 4) for at in (0, 0.015, 0.03, 0.515, 1)], [0.02, 0.5, 1, 0.51, 0.02])


class StopAfter:
    """As if the process were told to end during a step."""

    signal = signal.SIGTERM

    def __init__(self, steps: int) -> None:
        self.left = steps

    def __bool__(self) -> bool:
        self.left -= 1
        return self.left == 0


@contextlib.contextmanager
def folder():
    """A folder with a tiny model and turns for it."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        write_model(path / "tiny.gguf")
        write_turns(path / "turns.jsonl", seed=1)
        yield path


def options(path: Path, out: str = "adapter.gguf", **changed: object) -> argparse.Namespace:
    arguments = {
        "model": path / "tiny.gguf",
        "turns": path / "turns.jsonl",
        "out": path / out,
        "rank": RANK,
        "alpha": ALPHA,
        "batch": 4,
        "learning-rate": 0.02,
        "threads": 1,
        **changed,
    }
    return train.read_options([text for name, value in arguments.items() for text in (f"--{name}", str(value))])


def run(path: Path, stop: object = False, **changed: object) -> str:
    """What a training printed."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        train.train(options(path, **changed), stop)
    return output.getvalue()


def evaluated_whole(model: Llama, turns: list[tuple[list[int], list[tuple[int, int]]]]) -> torch.Tensor:
    """The logits before each token that is to be learned, every text by itself."""
    rows = []
    for tokens, spans in turns:
        before = plain_logits(model, HEAD + tokens)[len(HEAD) - 1 :]
        rows.extend(before[start:end] for start, end in spans)
    return torch.cat(rows)


def write_turns(path: Path, seed: int) -> None:
    """Turns to be learned: the answer is the end of the prompt, backwards."""
    rng = random.Random(seed)
    heads = [[1, 2, 3, 4], [5, 6, 7]]
    lines: list[dict] = [{"heads": heads}]
    for index in range(40):
        prompt = [rng.randrange(10, WORDS) for _ in range(rng.randrange(3, 12))]
        answer = prompt[: -rng.randrange(2, 4) : -1]
        learned = [[len(prompt), len(prompt) + len(answer)]]
        lines.append({"intent": "reverse", "kind": "print", "head": index % 2, "tokens": prompt + answer, "learned": learned})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def write_model(path: Path) -> None:
    rng = numpy.random.default_rng(1)
    writer = GGUFWriter(path, "llama")
    writer.add_block_count(LAYERS)
    writer.add_embedding_length(WIDTH)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    for name, shape in model_shapes().items():
        values = rng.normal(1, 0.1, shape) if len(shape) == 1 else rng.normal(0, shape[-1] ** -0.5, shape)
        writer.add_tensor(name, values.astype(numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def model_shapes() -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {"token_embd.weight": (WORDS, WIDTH), "output_norm.weight": (WIDTH,)}
    for layer in range(LAYERS):
        shapes |= {f"blk.{layer}.{name}.weight": (WIDTH,) for name in ("attn_norm", "ffn_norm")}
        shapes |= {f"blk.{layer}.{name}.weight": shape for name, shape in linear_shapes().items()}
    return shapes


def linear_shapes() -> dict[str, tuple[int, int]]:
    keys = WIDTH // HEADS * KEY_HEADS
    return {
        "attn_q": (WIDTH, WIDTH),
        "attn_k": (keys, WIDTH),
        "attn_v": (keys, WIDTH),
        "attn_output": (WIDTH, WIDTH),
        "ffn_gate": (FEED, WIDTH),
        "ffn_up": (FEED, WIDTH),
        "ffn_down": (WIDTH, FEED),
    }


def adapter_shapes() -> dict[str, tuple[int, int]]:
    shapes = {}
    for layer in range(LAYERS):
        for name, (outputs, inputs) in linear_shapes().items():
            shapes[f"blk.{layer}.{name}.weight.lora_a"] = (RANK, inputs)
            shapes[f"blk.{layer}.{name}.weight.lora_b"] = (outputs, RANK)
    return shapes


def fresh_model(path: Path) -> Llama:
    return Llama(path / "tiny.gguf", RANK, ALPHA, torch.Generator().manual_seed(1))


def tiny_model(path: Path) -> Llama:
    """The tiny model with adapters that do something."""
    model = fresh_model(path)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for _, _, b in model.adapters():
            b.copy_(torch.randn(b.shape, generator=generator) * 0.1)
    return model


def trained(model: Llama) -> list[Tensor]:
    return [parameter for parameter in model.parameters() if parameter.requires_grad]


def tensors(path: Path) -> dict[str, numpy.ndarray]:
    return {tensor.name: numpy.array(tensor.data) for tensor in GGUFReader(path).tensors}


def plain_logits(model: Llama, tokens: list[int]) -> Tensor:
    """The logits after each token, computed as a textbook has it: one text, no sharing, nothing fused."""
    adapters = {name: (a, b) for name, a, b in model.adapters()}
    weights = {}
    for layer in model.layers:
        for linear in layer.linears():
            parts = linear.weight.split([b.shape[0] for b in linear.b])
            weights |= {name: part + linear.scale * adapters[name][1] @ adapters[name][0] for name, part in zip(linear.names, parts)}
    x = model.embedding[torch.tensor(tokens)]
    for index, layer in enumerate(model.layers):
        h = plain_norm(x, layer.attention_norm)
        q, k, v = (h @ weights[f"blk.{index}.attn_{name}.weight"].t() for name in "qkv")
        width = WIDTH // HEADS
        q, k, v = (part.view(len(tokens), -1, width).transpose(0, 1) for part in (q, k, v))
        q, k = plain_rope(q), plain_rope(k)
        k, v = k.repeat_interleave(HEADS // KEY_HEADS, 0), v.repeat_interleave(HEADS // KEY_HEADS, 0)
        scores = q @ k.transpose(1, 2) / math.sqrt(width)
        scores = scores.masked_fill(~torch.ones(len(tokens), len(tokens), dtype=torch.bool).tril(), -math.inf)
        mixed = (scores.softmax(-1) @ v).transpose(0, 1).reshape(len(tokens), WIDTH)
        x = x + mixed @ weights[f"blk.{index}.attn_output.weight"].t()
        h = plain_norm(x, layer.feed_norm)
        gate, up = (h @ weights[f"blk.{index}.ffn_{name}.weight"].t() for name in ("gate", "up"))
        x = x + (gate * gate.sigmoid() * up) @ weights[f"blk.{index}.ffn_down.weight"].t()
    return plain_norm(x, model.output_norm) @ model.embedding.t()


def plain_norm(x: Tensor, weight: Tensor) -> Tensor:
    return x / (x.pow(2).mean(-1, keepdim=True) + 1e-5).sqrt() * weight


def plain_rope(x: Tensor) -> Tensor:
    """Rotates the pairs (2i, 2i+1) of each token's row."""
    width = x.shape[-1]
    rotated = x.clone()
    for position in range(x.shape[1]):
        for pair in range(width // 2):
            angle = position * 10000.0 ** (-2 * pair / width)
            first, second = x[:, position, 2 * pair], x[:, position, 2 * pair + 1]
            rotated[:, position, 2 * pair] = first * math.cos(angle) - second * math.sin(angle)
            rotated[:, position, 2 * pair + 1] = first * math.sin(angle) + second * math.cos(angle)
    return rotated


if __name__ == "__main__":
    unittest.main()
