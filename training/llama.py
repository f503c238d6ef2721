"""A Llama in plain PyTorch, read from a GGUF file, with LoRA adapters on its linear layers.

The file's weights are dequantised to float32 and stay as they are: only the adapters are trained. The output matrix is the
embedding when the file has no own one. GGUF keeps the rows of q and k permuted, so that rope rotates the pairs (2i, 2i+1)
of a head; nothing is permuted here, so adapters map onto the file's tensors one to one.

A batch is one head (the tokens with which all its turns begin) and several turns. The head is evaluated once, and every
turn attends to it and to itself, as if head and turn were one text. All linear layers see one matrix, the tokens of the head and
of all turns, without padding; only attention pads the turns to the longest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator

import numpy
import torch
import torch.nn.functional as functional
from gguf import GGUFReader, GGUFWriter
from gguf.quants import dequantize
from torch import Tensor, nn
from torch.amp import custom_bwd, custom_fwd

ROWS_OF_LOGITS = 128


@dataclass(frozen=True)
class Shape:
    """What a GGUF file says about its Llama."""

    layers: int
    width: int
    heads: int
    key_heads: int
    rope_base: float
    epsilon: float

    @property
    def head_width(self) -> int:
        return self.width // self.heads


@dataclass(frozen=True)
class Batch:
    """Tokens of one head and its turns in one row, and where they belong.

    tokens: the head, then turn after turn, no padding. positions: each token's place in its own text.
    places: for each token of a turn, its row in the padded block of turns (turn * longest + place in the turn).
    answers: the rows of tokens whose next token is to be learned. targets: those next tokens.
    """

    tokens: Tensor
    positions: Tensor
    places: Tensor
    answers: Tensor
    targets: Tensor
    head: int
    turns: int
    longest: int

    def to(self, device: torch.device) -> Batch:
        moved = {name: value.to(device) if isinstance(value, Tensor) else value for name, value in vars(self).items()}
        return Batch(**moved)


def make_batch(head: list[int], turns: list[tuple[list[int], list[tuple[int, int]]]]) -> Batch:
    """The batch of turns that follow the same head: the tokens of each, and from where to where they are to be learned.

    No span begins with a turn's first token: what comes before it is the head's, which all turns share.
    """
    tokens = list(head)
    positions = list(range(len(head)))
    places: list[int] = []
    answers: list[int] = []
    targets: list[int] = []
    longest = max(len(turn) for turn, _ in turns)
    for index, (turn, learned) in enumerate(turns):
        for start, end in learned:
            answers.extend(range(len(tokens) + start - 1, len(tokens) + end - 1))
            targets.extend(turn[start:end])
        tokens.extend(turn)
        positions.extend(range(len(head), len(head) + len(turn)))
        places.extend(range(index * longest, index * longest + len(turn)))
    rows = [torch.tensor(row, dtype=torch.long) for row in (tokens, positions, places, answers, targets)]
    return Batch(*rows, head=len(head), turns=len(turns), longest=longest)


class Llama(nn.Module):
    """The model of a GGUF file with adapters of a rank; with fresh adapters it computes what the file's model computes."""

    def __init__(self, path: Path, rank: int, alpha: float, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.shape, tensors = read_model(path)
        self.alpha = alpha
        embedding = tensors["token_embd.weight"]
        self.embedding = frozen(embedding)
        self.output = frozen(tensors.get("output.weight", embedding))
        self.output_norm = frozen(tensors["output_norm.weight"])
        self.layers = nn.ModuleList(
            Layer(self.shape, index, tensors, rank, alpha / rank, generator) for index in range(self.shape.layers)
        )

    def loss(self, batch: Batch) -> Tensor:
        """Mean cross entropy of the batch's answers."""
        return AnswerLoss.apply(self.hidden(batch), self.output, batch.targets)

    def logits(self, batch: Batch) -> Tensor:
        """What the model expects after each row of `batch.answers`."""
        return functional.linear(self.hidden(batch), self.output)

    def hidden(self, batch: Batch) -> Tensor:
        with torch.no_grad():
            x = functional.embedding(batch.tokens, self.embedding)
            rotation = self.rotation(batch.positions)
            head_mask = folded_mask(batch.head, 0, self.shape, x.device)
            turns_mask = folded_mask(batch.longest, batch.head, self.shape, x.device)
        for layer in self.layers[:-1]:
            x = layer(x, rotation, head_mask, turns_mask, batch, None)
        x = self.layers[-1](x, rotation, head_mask, turns_mask, batch, batch.answers)
        return functional.rms_norm(x, (self.shape.width,), self.output_norm, self.shape.epsilon)

    def rotation(self, positions: Tensor) -> Tensor:
        """Rope's rotation of each pair at each position, as complex numbers [tokens, 1, pairs]."""
        half = torch.arange(0, self.shape.head_width, 2, device=positions.device, dtype=torch.float32)
        angles = torch.outer(positions.float(), self.shape.rope_base ** (-half / self.shape.head_width))
        return torch.polar(torch.ones_like(angles), angles).unsqueeze(1)

    def adapters(self) -> Iterator[tuple[str, nn.Parameter, nn.Parameter]]:
        """Each adapted tensor's name in the file, with its A [rank, in] and B [out, rank]."""
        for layer in self.layers:
            for linear in layer.linears():
                yield from zip(linear.names, linear.a, linear.b)


class Layer(nn.Module):
    def __init__(
        self,
        shape: Shape,
        index: int,
        tensors: dict[str, Tensor],
        rank: int,
        scale: float,
        generator: torch.Generator | None,
    ) -> None:
        super().__init__()
        self.shape = shape

        def linear(*names: str) -> LoraLinear:
            full = [f"blk.{index}.{name}.weight" for name in names]
            return LoraLinear(full, [tensors[name] for name in full], rank, scale, generator)

        self.attention_norm = frozen(tensors[f"blk.{index}.attn_norm.weight"])
        self.feed_norm = frozen(tensors[f"blk.{index}.ffn_norm.weight"])
        self.query_key_value = linear("attn_q", "attn_k", "attn_v")
        self.attention_output = linear("attn_output")
        self.gate_up = linear("ffn_gate", "ffn_up")
        self.down = linear("ffn_down")

    def linears(self) -> list[LoraLinear]:
        return [self.query_key_value, self.attention_output, self.gate_up, self.down]

    def forward(
        self, x: Tensor, rotation: Tensor, head_mask: Tensor, turns_mask: Tensor, batch: Batch, wanted: Tensor | None
    ) -> Tensor:
        """The layer's output, [tokens, width], or of the `wanted` rows alone: the last layer needs no others."""
        width, epsilon = (self.shape.width,), self.shape.epsilon
        projected = self.query_key_value(functional.rms_norm(x, width, self.attention_norm, epsilon))
        attended = self.attend(projected, rotation, head_mask, turns_mask, batch)
        if wanted is not None:
            x, attended = x[wanted], attended[wanted]
        x = x + self.attention_output(attended)
        feed = self.gate_up(functional.rms_norm(x, width, self.feed_norm, epsilon))
        return x + self.down(GatedUnit.apply(feed))

    def attend(self, projected: Tensor, rotation: Tensor, head_mask: Tensor, turns_mask: Tensor, batch: Batch) -> Tensor:
        heads, key_heads, head_width = self.shape.heads, self.shape.key_heads, self.shape.head_width
        rows = projected.view(projected.shape[0], -1, head_width)
        turned = rotate(rows[:, : heads + key_heads], rotation)
        rows = torch.cat((turned, rows[:, heads + key_heads :]), 1)
        of_head = rows[: batch.head].unsqueeze(0)
        of_turns = Pad.apply(rows[batch.head :], batch.places, batch.turns * batch.longest)
        of_turns = of_turns.view(batch.turns, batch.longest, *rows.shape[1:])
        shared = of_head[:, :, heads:].expand(batch.turns, -1, -1, -1)
        with_head = torch.cat((shared, of_turns[:, :, heads:]), 1)
        head_part = attention(of_head[:, :, :heads], of_head[:, :, heads:], head_mask)
        turns_part = attention(of_turns[:, :, :heads], with_head, turns_mask)
        return torch.cat((head_part.flatten(0, 1), Unpad.apply(turns_part.flatten(0, 1), batch.places)))


class LoraLinear(nn.Module):
    """Frozen matrices with the same input, each with an adapter, computed as one: x (W + scale B A)^T, side by side."""

    def __init__(
        self, names: list[str], weights: list[Tensor], rank: int, scale: float, generator: torch.Generator | None
    ) -> None:
        super().__init__()
        self.names = names
        self.scale = scale
        self.weight = frozen(torch.cat(weights))
        inputs = self.weight.shape[1]
        self.a = nn.ParameterList(
            nn.Parameter(torch.randn(rank, inputs, generator=generator) / math.sqrt(inputs)) for _ in weights
        )
        self.b = nn.ParameterList(nn.Parameter(torch.zeros(weight.shape[0], rank)) for weight in weights)

    def forward(self, x: Tensor) -> Tensor:
        return AdaptedProduct.apply(x, self.weight, self.scale, len(self.a), *self.a, *self.b)


class AdaptedProduct(torch.autograd.Function):
    """x (W + scale B A)^T. The sum is made once a call, so that the many tokens of x go through one product each way."""

    @staticmethod
    @custom_fwd(device_type="cuda")
    def forward(ctx: Any, x: Tensor, weight: Tensor, scale: float, count: int, *adapters: Tensor) -> Tensor:
        a, b = adapters[:count], adapters[count:]
        parts = weight.split([part.shape[0] for part in b])
        adapted = torch.cat([torch.addmm(part, up, down, alpha=scale) for part, down, up in zip(parts, a, b)])
        ctx.save_for_backward(x, adapted, *adapters)
        ctx.scale = scale
        return functional.linear(x, adapted)

    @staticmethod
    @custom_bwd(device_type="cuda")
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        x, adapted, *adapters = ctx.saved_tensors
        a, b = adapters[: len(adapters) // 2], adapters[len(adapters) // 2 :]
        gradients = gradient.split([part.shape[0] for part in b], 1)
        low = (x @ torch.cat(a).t()).split([part.shape[0] for part in a], 1)
        b_gradients = [part.t() @ down * ctx.scale for part, down in zip(gradients, low)]
        high = torch.cat([part @ up for part, up in zip(gradients, b)], 1)
        a_gradients = (high.t() @ x * ctx.scale).split([part.shape[0] for part in a])
        x_gradient = gradient @ adapted if ctx.needs_input_grad[0] else None
        return (x_gradient, None, None, None, *a_gradients, *b_gradients)


class GatedUnit(torch.autograd.Function):
    """silu(gate) * up for [gate, up] side by side; keeps nothing but its input."""

    @staticmethod
    def forward(ctx: Any, both: Tensor) -> Tensor:
        ctx.save_for_backward(both)
        gate, up = both.chunk(2, 1)
        return functional.silu(gate).mul_(up)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (both,) = ctx.saved_tensors
        gate, up = both.chunk(2, 1)
        result = torch.empty_like(both)
        gate_gradient, up_gradient = result.chunk(2, 1)
        torch.mul(gradient, functional.silu(gate), out=up_gradient)
        gate_gradient.copy_(torch.ops.aten.silu_backward(gradient * up, gate))
        return result


class Pad(torch.autograd.Function):
    """Rows put at their places in a block that is zero elsewhere."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, places: Tensor, size: int) -> Tensor:
        ctx.save_for_backward(places)
        return rows.new_zeros(size, *rows.shape[1:]).index_copy_(0, places, rows)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (places,) = ctx.saved_tensors
        return gradient.index_select(0, places), None, None


class Unpad(torch.autograd.Function):
    """The rows at the places of a block."""

    @staticmethod
    def forward(ctx: Any, block: Tensor, places: Tensor) -> Tensor:
        ctx.save_for_backward(places)
        ctx.size = block.shape[0]
        return block.index_select(0, places)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (places,) = ctx.saved_tensors
        return gradient.new_zeros(ctx.size, *gradient.shape[1:]).index_copy_(0, places, gradient), None


class AnswerLoss(torch.autograd.Function):
    """Mean cross entropy of x output^T, a few rows at a time: all logits of a batch at once would be hundreds of megabytes."""

    @staticmethod
    @custom_fwd(device_type="cuda")
    def forward(ctx: Any, x: Tensor, output: Tensor, targets: Tensor) -> Tensor:
        total = x.new_zeros((), dtype=torch.float32)
        pieces = []
        for rows, wanted in zip(x.split(ROWS_OF_LOGITS), targets.split(ROWS_OF_LOGITS)):
            logits = functional.linear(rows, output).float()
            total += functional.cross_entropy(logits, wanted, reduction="sum")
            if ctx.needs_input_grad[0]:
                error = torch.softmax(logits, 1)
                error[torch.arange(len(wanted), device=x.device), wanted] -= 1
                pieces.append(error @ output)
        ctx.gradient = torch.cat(pieces) / len(targets) if pieces else None
        return total / len(targets)

    @staticmethod
    @custom_bwd(device_type="cuda")
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        return ctx.gradient * gradient, None, None


def rotate(rows: Tensor, rotation: Tensor) -> Tensor:
    pairs = torch.view_as_complex(rows.float().unflatten(-1, (-1, 2)))
    return torch.view_as_real(pairs * rotation).flatten(-2).to(rows.dtype)


def folded_mask(length: int, before: int, shape: Shape, device: torch.device) -> Tensor:
    """What each query may look at: everything before its text, and its text up to itself; once for each query head of a group."""
    allowed = torch.ones(length, before + length, dtype=torch.bool, device=device).tril(before)
    mask = torch.zeros(length, before + length, device=device).masked_fill(~allowed, -math.inf)
    return mask.repeat(shape.heads // shape.key_heads, 1)


def attention(queries: Tensor, keys_values: Tensor, mask: Tensor) -> Tensor:
    """[texts, length, heads, head width] to [texts, length, width]. Query heads with the same keys are folded into one long text."""
    texts, length, heads, head_width = queries.shape
    keys, values = keys_values.transpose(1, 2).chunk(2, 1)
    key_heads = keys.shape[1]
    groups = heads // key_heads
    folded = queries.view(texts, length, key_heads, groups, head_width).permute(0, 2, 3, 1, 4)
    folded = folded.reshape(texts, key_heads, groups * length, head_width)
    mixed = functional.scaled_dot_product_attention(folded, keys, values, attn_mask=mask.to(folded.dtype))
    mixed = mixed.view(texts, key_heads, groups, length, head_width).permute(0, 3, 1, 2, 4)
    return mixed.reshape(texts, length, heads * head_width)


def frozen(tensor: Tensor) -> nn.Parameter:
    return nn.Parameter(tensor, requires_grad=False)


def read_model(path: Path) -> tuple[Shape, dict[str, Tensor]]:
    reader = GGUFReader(path)

    def value(key: str, otherwise: Any = None) -> Any:
        field = reader.fields.get(f"llama.{key}")
        if field is None and otherwise is None:
            raise ValueError(f"{path} has no llama.{key}: only GGUF files of the Llama architecture are understood.")
        return otherwise if field is None else field.contents()

    heads = value("attention.head_count")
    shape = Shape(
        layers=value("block_count"),
        width=value("embedding_length"),
        heads=heads,
        key_heads=value("attention.head_count_kv", heads),
        rope_base=value("rope.freq_base", 10000.0),
        epsilon=value("attention.layer_norm_rms_epsilon"),
    )
    return shape, {tensor.name: as_float(tensor.data, tensor.tensor_type) for tensor in reader.tensors}


def as_float(data: Any, kind: Any) -> Tensor:
    return torch.from_numpy(numpy.array(dequantize(data, kind), dtype=numpy.float32))


def save_adapter(model: Llama, path: Path, name: str) -> None:
    """Writes the adapters as llama.cpp reads them, in half precision, in place of the file that was there."""
    partial = path.with_name(path.name + ".partial")
    writer = GGUFWriter(partial, "llama")
    writer.add_string("general.type", "adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(model.alpha))
    writer.add_name(name)
    writer.add_license("apache-2.0")
    for tensor, a, b in model.adapters():
        for suffix, values in ((".lora_a", a), (".lora_b", b)):
            writer.add_tensor(tensor + suffix, values.detach().cpu().numpy().astype(numpy.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    partial.replace(path)


@torch.no_grad()
def load_adapter(model: Llama, path: Path) -> None:
    """Takes the adapters of a file over; the file must have exactly the model's, of the same rank and alpha."""
    reader = GGUFReader(path)
    alpha = reader.fields.get("adapter.lora.alpha")
    if alpha is None or alpha.contents() != model.alpha:
        raise ValueError(f"{path} is no adapter with alpha {model.alpha:g}.")
    tensors = {tensor.name: as_float(tensor.data, tensor.tensor_type) for tensor in reader.tensors}
    wanted = {name + suffix: value for name, a, b in model.adapters() for suffix, value in ((".lora_a", a), (".lora_b", b))}
    if {name: value.shape for name, value in tensors.items()} != {name: value.shape for name, value in wanted.items()}:
        raise ValueError(f"{path} has other tensors than an adapter of this model and rank.")
    for name, value in wanted.items():
        value.copy_(tensors[name])
