"""Requests in both directions between a test and a student's code."""

import functools
from collections.abc import Callable
from typing import Any

from .errors import describe, rebuild
from .values import BadMessage, CannotCross, Reader, Writer
from .wire import Channel

Exchange = Callable[[dict, list[bytes]], tuple[dict, list[bytes]]]


class Endpoint:
    """One side of a conversation.

    Each side keeps its functions and objects to itself and writes references to them;
    what the other side may do with a reference, :meth:`perform` decides.

    Attributes
    ----------
    exports : dict of int to object
        What the other side holds references to.
    """

    def __init__(self) -> None:
        self.exports: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._next = 0
        self._exchange: Exchange | None = None

    def connect(self, channel: Channel) -> None:
        """Talk over a channel from now on."""

        def exchange(message: dict, buffers: list[bytes]) -> tuple[dict, list[bytes]]:
            channel.send(message, buffers)
            while True:
                reply, contents = channel.receive()
                if not isinstance(reply, dict):
                    raise BadMessage("a message is no dict")
                if "do" not in reply:
                    return reply, contents
                channel.send(*self.answer(reply, contents))

        self._exchange = exchange

    def connect_here(self, other: "Endpoint") -> None:
        """Talk to an endpoint of this process from now on, and it to this one."""
        ends: list[BaseException] = []

        def exchange(message: dict, buffers: list[bytes]) -> tuple[dict, list[bytes]]:
            reply = other.answer(message, buffers)
            if ends:
                raise ends.pop()
            return reply

        def answer(message: dict, buffers: list[bytes]) -> tuple[dict, list[bytes]]:
            try:
                return self.answer(message, buffers)
            except BaseException as error:  # ends this side, whatever the other does
                ends.append(error)
                raise

        self._exchange, other._exchange = exchange, answer

    def ask(self, do: str, **parts: Any) -> Any:
        """Have something done on the other side.

        Parameters
        ----------
        do : str
            The name of the request.
        **parts
            What it needs; written by value.

        Returns
        -------
        object
            The result, read by value.

        Raises
        ------
        Exception
            What was raised over there, rebuilt here.
        """
        writer = Writer(self)
        written = {name: writer.write(part) for name, part in parts.items()}
        reply, buffers = self._exchange({"do": do, "with": written}, writer.buffers)
        if "error" in reply:
            raise rebuild(reply["error"])
        return Reader(self, buffers).read(reply.get("value"))

    def answer(self, request: dict, buffers: list[bytes]) -> tuple[dict, list[bytes]]:
        """Do what the other side asks for; the reply, to be sent back."""
        writer = Writer(self)
        try:
            written = request.get("with")
            if not isinstance(written, dict):
                raise BadMessage("a request is malformed")
            reader = Reader(self, buffers)
            parts = {name: reader.read(part) for name, part in written.items()}
            value = self.perform(str(request.get("do")), parts)
            return {"value": writer.write(value)}, writer.buffers
        except CannotCross as error:
            trouble = TypeError(f"the result cannot be handed over: {error}")
            return {"error": describe(trouble)}, []
        except self.reported as error:
            return {"error": describe(error)}, []

    reported: tuple[type[BaseException], ...] = (Exception,)

    def perform(self, do: str, parts: dict[str, Any]) -> Any:
        """Do what is asked for."""
        raise NotImplementedError

    def export(self, value: Any) -> list:
        """Write a reference to something that stays here."""
        number = self._numbers.get(id(value))
        if number is None:
            number, self._next = self._next, self._next + 1
            self._numbers[id(value)] = number
            self.exports[number] = value
        return ["theirs", number, self.description(value)]

    def description(self, value: Any) -> list:
        """Say what the other side may know of something that stays here."""
        return [type(value).__name__, callable(value), _name(value)]

    def resolve(self, reference: list) -> Any:
        """Find what a reference means."""
        kind, number, *description = reference
        if type(number) is not int:
            raise BadMessage("a reference is malformed")
        if kind == "yours":
            return self.exports[number]
        if kind == "theirs":
            return self.stand_in(number, *description)
        raise BadMessage(f"there is no kind of value {str(kind)[:20]!r}")

    def stand_in(self, number: int, description: list) -> Any:
        """Make what stands here for something of the other side."""
        raise NotImplementedError

    def export_graph(self, tensor: Any) -> int | None:
        """Keep a tensor whose history may be asked for gradients."""
        raise NotImplementedError

    def resolve_graph(self, tensor: Any, identity: int) -> Any:
        """Give a tensor the history that the other side keeps."""
        raise NotImplementedError


def _name(value: Any) -> str:
    name = getattr(value, "__name__", "")
    return name[:80] if isinstance(name, str) else ""


@functools.cache
def remote_history() -> Any:
    """Make the autograd function that asks the other side for gradients."""
    import torch

    class RemoteHistory(torch.autograd.Function):
        """A result computed on the other side, with its inputs from here."""

        @staticmethod
        def forward(ctx, data, endpoint, graph, numbers, *inputs):
            ctx.endpoint, ctx.graph, ctx.numbers = endpoint, graph, numbers
            ctx.save_for_backward(*inputs)
            return data.clone()

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, gradient):
            inputs = ctx.saved_tensors
            numbers = list(ctx.numbers)
            gradients = ctx.endpoint.ask(
                "backward", graph=ctx.graph, gradient=gradient, leaves=numbers
            )
            if not isinstance(gradients, list) or len(gradients) != len(numbers):
                raise BadMessage("the gradients are malformed")
            for given, tensor in zip(gradients, inputs, strict=False):
                fits = given is None or (
                    isinstance(given, torch.Tensor)
                    and given.shape == tensor.shape
                    and given.dtype == tensor.dtype
                )
                if not fits:
                    raise BadMessage("a gradient is not like its tensor")
            rest = [None] * (len(inputs) - len(numbers))
            return None, None, None, None, *gradients, *rest

    return RemoteHistory
