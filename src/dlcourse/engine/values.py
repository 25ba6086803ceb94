"""Which values cross between a test and a student's code, and how they are written.

A value becomes something that JSON can hold, with the contents of arrays set apart as
raw bytes. Reading builds only the types named here, from checked parts: nothing is
unpickled, evaluated or imported by name.
"""

import math
import sys
from typing import Any, Protocol

import numpy as np

MAX_DEPTH = 64  # of lists in lists
MAX_ITEMS = 1_000_000  # in all containers of one message
MAX_INT_BITS = 1 << 16
MAX_LENGTH = 1 << 31  # of one axis of an array
ARRAY_KINDS = "biufcSU"
GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
TORCH_TYPES = (
    "bool", "uint8", "int8", "int16", "int32", "int64",
    "float16", "bfloat16", "float32", "float64", "complex64", "complex128",
)  # fmt: skip
_JSON_INT = 1 << 53


class CannotCross(TypeError):
    """A value that is neither plain nor usable from afar."""


class BadMessage(Exception):
    """What came over the wire is not what the other side would have sent."""


class References(Protocol):
    """Where values that stay at home are kept, and those of the other side stand."""

    def export(self, value: Any) -> list:
        """Write a reference to a value that stays here."""

    def resolve(self, reference: list) -> Any:
        """Find, or stand in for, what a reference means."""

    def export_graph(self, tensor: Any) -> int | None:
        """Keep a tensor whose history may be asked for gradients."""

    def resolve_graph(self, tensor: Any, identity: int) -> Any:
        """Give a tensor the history that the other side keeps."""


def torch_if_loaded() -> Any:
    """Give the module torch, if this process has it (and not an empty one)."""
    torch = sys.modules.get("torch")
    return torch if hasattr(torch, "__version__") else None


def _is_torch(value: Any, name: str) -> bool:
    torch = torch_if_loaded()
    return torch is not None and isinstance(value, getattr(torch, name))


class Writer:
    """Write values of one message.

    Parameters
    ----------
    references : References
        What to do with functions and objects.

    Attributes
    ----------
    buffers : list of bytes
        The contents of the arrays written, in the order of their numbers.
    """

    def __init__(self, references: References) -> None:
        self.references = references
        self.buffers: list[bytes] = []
        self.items = 0
        self._arrays: dict[int, tuple[np.ndarray, list]] = {}

    def write(self, value: Any, depth: int = 0) -> Any:
        """Turn a value into what JSON can hold.

        Raises
        ------
        CannotCross
            If it, or something in it, cannot be sent: the text names the type.
        """
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return str.__str__(value) if type(value) is not str else value
        if isinstance(value, np.generic):
            return self._scalar(value)
        if isinstance(value, int):
            return self._int(int.__index__(value))
        if isinstance(value, float):
            return float.__float__(value)
        if isinstance(value, complex):
            return ["complex", value.real, value.imag]
        if isinstance(value, (bytes, bytearray)):
            return ["bytes", self._buffer(bytes(value))]
        if value is Ellipsis:
            return ["ellipsis"]
        if isinstance(value, slice):
            parts = (value.start, value.stop, value.step)
            return ["slice", *(self.write(p, depth + 1) for p in parts)]
        if isinstance(value, (list, tuple, set, frozenset, dict)):
            return self._container(value, depth)
        if isinstance(value, np.ndarray):
            if id(value) not in self._arrays:  # one array in two places stays one
                self._arrays[id(value)] = value, self._array(value)
            return self._arrays[id(value)][1]
        if isinstance(value, np.dtype):
            return ["dtype", self._dtype(value).str]
        if isinstance(value, np.random.Generator):
            return self._generator(value, depth)
        if _is_torch(value, "Tensor"):
            return self._tensor(value)
        if _is_torch(value, "dtype"):
            return ["torch.dtype", str(value).removeprefix("torch.")]
        return self.references.export(value)

    def _int(self, value: int) -> Any:
        if -_JSON_INT < value < _JSON_INT:
            return value
        if value.bit_length() > MAX_INT_BITS:
            raise CannotCross(f"an int of {value.bit_length()} bits is too long")
        return ["int", hex(value)]

    def _container(self, value: Any, depth: int) -> list:
        if depth >= MAX_DEPTH:
            raise CannotCross(
                f"a {type(value).__name__} is nested more than {MAX_DEPTH} deep, or "
                "contains itself"
            )
        self.items += len(value)
        if self.items > MAX_ITEMS:
            raise CannotCross(f"it has more than {MAX_ITEMS} entries")
        if isinstance(value, dict):
            pairs = dict.items(value)
            content = [
                [self.write(k, depth + 1), self.write(v, depth + 1)] for k, v in pairs
            ]
            return ["dict", content]
        for kind in (list, tuple, set, frozenset):
            if isinstance(value, kind):
                parts = kind.__iter__(value)
                return [kind.__name__, [self.write(v, depth + 1) for v in parts]]
        raise AssertionError(type(value))

    def _dtype(self, dtype: np.dtype) -> np.dtype:
        if dtype.kind not in ARRAY_KINDS or dtype.fields or dtype.subdtype:
            raise CannotCross(f"an array with entries of type {dtype}")
        return dtype.newbyteorder("=") if dtype.byteorder == ">" else dtype

    def _array(self, value: np.ndarray) -> list:
        value = value.view(np.ndarray)
        dtype = self._dtype(value.dtype)
        if dtype.itemsize == 0:
            dtype = np.dtype(dtype.kind + "1")
        content = np.ascontiguousarray(value, dtype)
        number = self._buffer(content.tobytes())
        return ["array", dtype.str, list(value.shape), number]

    def _scalar(self, value: np.generic) -> list:
        return ["scalar", *self._array(np.asarray(value))[1:]]

    def _tensor(self, value: Any) -> list:
        torch = sys.modules["torch"]
        with torch._C.DisableTorchFunctionSubclass():
            plain = value.detach()
            name = str(plain.dtype).removeprefix("torch.")
            if name not in TORCH_TYPES or plain.layout is not torch.strided:
                raise CannotCross(f"a {plain.layout} tensor of {plain.dtype}")
            plain = plain.cpu().contiguous().resolve_conj().resolve_neg()
            shape = list(plain.shape)
            flat = plain.reshape(-1)
            if name == "bfloat16":
                flat = flat.view(torch.int16)
            number = self._buffer(flat.numpy().tobytes())
            wanted = bool(value.requires_grad)
            graph = self.references.export_graph(value) if wanted else None
            gathered = value.grad if wanted and value.is_leaf else None
            gradient = None if gathered is None else self._tensor(gathered.detach())
        return ["tensor", name, shape, number, wanted, graph, gradient]

    def _generator(self, value: np.random.Generator, depth: int) -> list:
        bits = value.bit_generator
        name = type(bits).__name__
        if name not in GENERATORS:
            raise CannotCross(f"a random generator of type {name}")
        return ["generator", name, self.write(bits.state, depth + 1)]

    def _buffer(self, content: bytes) -> int:
        self.buffers.append(content)
        return len(self.buffers) - 1


class Reader:
    """Read values of one message.

    Parameters
    ----------
    references : References
        What to do with functions and objects.
    buffers : list of bytes
        The contents of the message's arrays.
    """

    def __init__(self, references: References, buffers: list[bytes]) -> None:
        self.references = references
        self.buffers = buffers
        self.items = 0
        self._arrays: dict[int, tuple[list, np.ndarray]] = {}

    def read(self, written: Any, depth: int = 0) -> Any:
        """Build the value that was written.

        Raises
        ------
        BadMessage
            If it is nothing that a :class:`Writer` writes.
        """
        if written is None or isinstance(written, (bool, int, float, str)):
            return written
        if not isinstance(written, list) or not written or depth > MAX_DEPTH + 2:
            raise BadMessage("a value is malformed")
        kind, *parts = written
        name = _KINDS.get(kind) if isinstance(kind, str) else None
        try:
            if name is None:
                return self.references.resolve(written)
            return getattr(self, name)(depth, *parts)
        except BadMessage:
            raise
        except (
            TypeError, ValueError, IndexError, OverflowError, KeyError, AttributeError
        ) as error:  # fmt: skip
            raise BadMessage(f"a {str(kind)[:20]} is malformed: {error}") from error

    def _list(self, written: Any, depth: int) -> list:
        if not isinstance(written, list):
            raise BadMessage("a container is malformed")
        self.items += len(written)
        if self.items > 2 * MAX_ITEMS:
            raise BadMessage("a message has too many entries")
        return [self.read(part, depth + 1) for part in written]

    def _read_int(self, depth: int, digits: str) -> int:
        if len(digits) > MAX_INT_BITS // 4 + 3:
            raise BadMessage("an int is too long")
        return int(digits, 16)

    def _read_complex(self, depth: int, real: float, imag: float) -> complex:
        return complex(float(real), float(imag))

    def _read_bytes(self, depth: int, number: int) -> bytes:
        return bytes(self._buffer(number))

    def _read_ellipsis(self, depth: int) -> Any:
        return Ellipsis

    def _read_slice(self, depth: int, *parts: Any) -> slice:
        start, stop, step = self._list(list(parts), depth)
        return slice(start, stop, step)

    def _read_list(self, depth: int, parts: list) -> list:
        return self._list(parts, depth)

    def _read_tuple(self, depth: int, parts: list) -> tuple:
        return tuple(self._list(parts, depth))

    def _read_set(self, depth: int, parts: list) -> set:
        return set(self._list(parts, depth))

    def _read_frozenset(self, depth: int, parts: list) -> frozenset:
        return frozenset(self._list(parts, depth))

    def _read_dict(self, depth: int, pairs: list) -> dict:
        content = {}
        for pair in pairs:
            key, value = self._list(pair, depth)
            content[key] = value
        return content

    def _read_array(self, depth: int, name: str, shape: list, number: int) -> Any:
        known = self._arrays.get(number) if type(number) is int else None
        if known is None or known[0] != [name, shape]:
            array = self._new_array(name, shape, number)
            known = self._arrays[number] = [name, shape], array
        return known[1]

    def _new_array(self, name: str, shape: list, number: int) -> np.ndarray:
        dtype = _numpy_type(name)
        content = self._buffer(number)
        shape = self._shape(shape, dtype.itemsize, len(content))
        if dtype.kind == "b":  # a byte that is neither 0 nor 1 makes a strange bool
            return (np.frombuffer(content, np.uint8) != 0).reshape(shape)
        letters = np.frombuffer(content, np.uint32) if dtype.kind == "U" else ()
        if len(letters) and letters.max() > sys.maxunicode:
            raise BadMessage("an array holds what is no text")
        return np.frombuffer(content, dtype).reshape(shape).copy()

    def _read_scalar(self, depth: int, name: str, shape: list, number: int) -> Any:
        if shape != []:
            raise BadMessage("a scalar has no shape")
        return self._new_array(name, shape, number)[()]

    def _read_dtype(self, depth: int, name: str) -> np.dtype:
        return _numpy_type(name)

    def _read_tensor(
        self,
        depth: int,
        name: str,
        shape: list,
        number: int,
        requires_grad: bool,
        graph: int | None,
        gradient: list | None = None,
    ) -> Any:
        import torch

        if name not in TORCH_TYPES:
            raise BadMessage(f"a tensor of {str(name)[:20]}")
        dtype = getattr(torch, name)
        content = self._buffer(number)
        shape = self._shape(shape, dtype.itemsize, len(content))
        if content and dtype == torch.bool:
            flat = torch.frombuffer(bytearray(content), dtype=torch.uint8) != 0
        elif content:
            flat = torch.frombuffer(bytearray(content), dtype=dtype)
        else:
            flat = torch.empty(0, dtype=dtype)
        tensor = flat.reshape(shape)
        if requires_grad is True and (dtype.is_floating_point or dtype.is_complex):
            tensor.requires_grad_()
            if graph is not None:
                if type(graph) is not int:
                    raise BadMessage("a tensor's history is malformed")
                tensor = self.references.resolve_graph(tensor, graph)
            if gradient is not None:
                self._give_gradient(tensor, self.read(gradient, depth + 1))
        return tensor

    def _give_gradient(self, tensor: Any, gradient: Any) -> None:
        """Give a tensor the gradient that the other side's has gathered."""
        same_kind = type(gradient) is type(tensor) and gradient.dtype == tensor.dtype
        if not same_kind or gradient.shape != tensor.shape:
            raise BadMessage("a gradient is not like its tensor")
        if not tensor.is_leaf:
            tensor.retain_grad()
        tensor.grad = gradient.detach()

    def _read_torch_dtype(self, depth: int, name: str) -> Any:
        import torch

        if name not in TORCH_TYPES:
            raise BadMessage(f"a torch type {str(name)[:20]}")
        return getattr(torch, name)

    def _read_generator(self, depth: int, name: str, state: Any) -> Any:
        if name not in GENERATORS:
            raise BadMessage("an unknown random generator")
        bits = getattr(np.random, name)(0)
        state = self.read(state, depth + 1)
        places = {"MT19937": (624, state["state"].get("pos"))}
        places["Philox"] = 4, state.get("buffer_pos")
        last, place = places.get(name, (0, 0))
        if type(place) is not int or not 0 <= place <= last:  # NumPy does not look
            raise BadMessage("the state of a random generator is malformed")
        bits.state = state
        return np.random.Generator(bits)

    def _buffer(self, number: int) -> bytes:
        if type(number) is not int or number < 0:
            raise BadMessage("an array has no contents")
        return self.buffers[number]

    def _shape(self, shape: list, itemsize: int, size: int) -> tuple[int, ...]:
        good = isinstance(shape, list) and len(shape) <= 32 and all(
            type(n) is int and 0 <= n < MAX_LENGTH for n in shape
        )  # fmt: skip
        if not good or math.prod(shape) * itemsize != size:
            raise BadMessage("an array's shape does not fit its contents")
        return tuple(shape)


def _numpy_type(name: str) -> np.dtype:
    if not isinstance(name, str) or len(name) > 20:
        raise BadMessage("an array's type is malformed")
    dtype = np.dtype(name)
    if dtype.kind not in ARRAY_KINDS or not dtype.isnative:
        raise BadMessage(f"an array of {dtype}")
    return dtype


_KINDS = {
    name.removeprefix("_read_"): name for name in vars(Reader) if name[:6] == "_read_"
}
_KINDS["torch.dtype"] = _KINDS.pop("torch_dtype")
