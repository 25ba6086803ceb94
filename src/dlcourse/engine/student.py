"""The side that runs a student's cells and answers requests. It is not trusted."""

import contextlib
import importlib.abc
import importlib.machinery
import io
import os
import random
import signal
import sys
import types
from typing import Any

import numpy as np

from .endpoint import Endpoint
from .errors import describe
from .objects import OPERATIONS
from .values import BadMessage, torch_if_loaded

MAX_STREAM = 100_000  # characters of one cell's output that are kept
MAX_FIGURE = 2_000_000  # bytes of one picture, base64
MAX_PICTURES = 5_000_000  # characters of all pictures and values of one cell
MAX_OUTPUTS = 50  # pictures and values of one cell that are kept


class StudentSide(Endpoint):
    """Answer requests about the names of a notebook.

    Parameters
    ----------
    namespace : dict
        The notebook's names.
    """

    reported = (BaseException,)

    def __init__(self, namespace: dict[str, Any]) -> None:
        super().__init__()
        self.namespace = namespace
        self.leaves: dict[int, Any] = {}

    def perform(self, do: str, parts: dict[str, Any]) -> Any:
        """Do what a test asks for."""
        return getattr(self, f"_do_{do}")(**parts)

    def _do_name(self, name: str) -> Any:
        try:
            return self.namespace[name]
        except KeyError:
            raise NameError(f"name {name!r} is not defined") from None

    def _do_call(self, target, args, kwargs, errors=None, gradients=True) -> Any:
        torch = torch_if_loaded()
        with contextlib.ExitStack() as stack:
            if errors:
                stack.enter_context(np.errstate(**errors))
            if torch and not gradients:
                stack.enter_context(torch.no_grad())
            return target(*args, **kwargs)

    def _do_get(self, target, name) -> Any:
        return getattr(target, name)

    def _do_set(self, target, name, value) -> None:
        setattr(target, name, value)

    def _do_operate(self, name, operands) -> Any:
        return OPERATIONS[name](*operands)

    def _do_next(self, target) -> Any:
        try:
            return (next(target),)
        except StopIteration:
            return ()

    def _do_backward(self, graph, gradient, leaves) -> list:
        torch = torch_if_loaded()
        tensors = [self.leaves[n] for n in leaves]
        for tensor in tensors:
            tensor.grad = None
        torch.autograd.backward([self.exports[graph]], [gradient], retain_graph=True)
        return [tensor.grad for tensor in tensors]

    def stand_in(self, number: int, description: list) -> Any:
        """Make the function that calls back a test's function."""

        def callback(*args, **kwargs):
            return self.ask("callback", number=number, args=args, kwargs=kwargs)

        callback.__name__ = callback.__qualname__ = description[2] or "function"
        return callback

    def export_graph(self, tensor: Any) -> int:
        """Keep a result that may be asked for gradients."""
        return self.export(tensor)[1]

    def resolve_graph(self, tensor: Any, identity: int) -> Any:
        """Remember an input by the number that the test gave it."""
        self.leaves[identity] = tensor
        return tensor


class Fence(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Packages that are not to be had: importing them works, using them does not.

    A notebook may import a package for one problem and be forbidden it in another, so
    the import itself does no harm.

    Attributes
    ----------
    touched : set of str
        The packages that the notebook asked for.
    refuses : bool
        Whether using them raises. Otherwise it does nothing: a first cell that sets up
        torch out of habit costs nothing else.
    """

    def __init__(self, packages: list[str]) -> None:
        self.packages = frozenset(packages)
        self.touched: set[str] = set()
        self.refuses = True

    def find_spec(self, fullname, path=None, target=None):
        """Find an empty module in place of a fenced-off one."""
        package = fullname.partition(".")[0]
        if package not in self.packages:
            return None
        self.touched.add(package)
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        """Make the empty module."""
        from dlcourse.check import FencedOff

        module = types.ModuleType(spec.name)
        package = spec.name.partition(".")[0]

        def refuse(attribute):
            if attribute.startswith("__"):
                raise AttributeError(attribute)
            refusal = FencedOff(attribute, package)
            return refusal if self.refuses else Idle(self, refusal)

        module.__getattr__ = refuse
        return module

    def exec_module(self, module):
        """Leave the module empty."""


class Idle:
    """What stands for a name of a fenced-off package as long as the fence allows it."""

    def __init__(self, fence: Fence, refusal: Any) -> None:
        self.__dict__.update(_fence=fence, _refusal=refusal)

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return getattr(self._refusal, attribute) if self._fence.refuses else self

    def __setattr__(self, attribute: str, value: Any) -> None:
        pass

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse, or do nothing."""
        return self._refusal() if self._fence.refuses else self

    def __mro_entries__(self, bases: tuple) -> tuple:
        return ()


class Notebook:
    """Run a notebook's cells as Jupyter would, and keep what they show.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
        What runs them.
    """

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        shell._showtraceback = self._keep_traceback
        self._traceback: list[str] = []

    def run(self, source: str) -> list[dict[str, Any]]:
        """Run one cell.

        Returns
        -------
        list of dict
            Its outputs in the notebook format, reduced to text and pictures.
        """
        from IPython.core.displayhook import CapturingDisplayHook
        from IPython.core.displaypub import CapturingDisplayPublisher

        self._traceback = []
        publisher = CapturingDisplayPublisher()
        out, err = Beginning(), Beginning()
        saved = sys.stdout, sys.stderr, sys.displayhook, self.shell.display_pub
        sys.stdout, sys.stderr = out, err
        self.shell.display_pub = publisher
        sys.displayhook = CapturingDisplayHook(self.shell, publisher.outputs)
        try:
            result = self.shell.run_cell(source, store_history=True)
            error = result.error_before_exec or result.error_in_exec
        except BaseException as escaped:
            error = escaped
        finally:
            sys.stdout, sys.stderr, sys.displayhook, self.shell.display_pub = saved
        outputs = [
            {"output_type": "stream", "name": name, "text": stream.text()}
            for name, stream in (("stdout", out), ("stderr", err))
            if stream.text()
        ]
        room = MAX_PICTURES
        for output in map(_shown, publisher.outputs[:MAX_OUTPUTS]):
            room -= sum(map(len, output["data"].values()))
            if room >= 0:
                outputs.append(output)
        if error is not None:
            told = describe(error)
            outputs.append(
                {
                    "output_type": "error",
                    "ename": told["type"],
                    "evalue": told["text"],
                    "traceback": [str(line)[:20_000] for line in self._traceback],
                }
            )
        return outputs

    def _keep_traceback(self, etype, evalue, stb) -> None:
        self._traceback = list(stb)


class Beginning(io.TextIOBase):
    """A stream that keeps the beginning of what is written and counts the rest."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = self._lost = 0

    def writable(self) -> bool:
        """Say yes."""
        return True

    def write(self, text: str) -> int:
        """Keep the text while there is room."""
        kept = text[: MAX_STREAM - self._size]
        if kept:
            self._parts.append(kept)
        self._size += len(kept)
        self._lost += len(text) - len(kept)
        return len(text)

    def text(self) -> str:
        """Give what was kept."""
        lost = f"\n… {self._lost} more characters" if self._lost else ""
        return "".join(self._parts) + lost


def _shown(output: dict[str, Any]) -> dict[str, Any]:
    data = output["data"]
    kept = {}
    text = data.get("text/plain")
    if isinstance(text, str):
        kept["text/plain"] = text[:MAX_STREAM]
    picture = data.get("image/png")
    if isinstance(picture, bytes):
        import base64

        picture = base64.b64encode(picture).decode()
    if isinstance(picture, str) and len(picture) <= MAX_FIGURE:
        kept["image/png"] = picture
    return {"output_type": "display_data", "data": kept, "metadata": {}}


def seed_generators(seed: int) -> None:
    """Give the global random generators of a fresh process a state of its own."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - the global one is meant
    torch = torch_if_loaded()
    if torch:
        torch.manual_seed(seed % 2**63)


def serve(channel: Any, shell: Any, fence: Fence) -> None:
    """Run cells and answer requests until the other side hangs up.

    A ``"fork"`` request leaves behind a copy of the process as it is at that moment,
    which answers over a socket of its own: what one problem's tests do, or do to the
    process, reaches neither the cells that follow nor another problem's tests.
    """
    notebook = Notebook(shell)
    fence.refuses = False
    side = StudentSide(shell.user_ns)
    side.connect(channel)
    copies: list[int] = []
    while True:
        message, buffers = channel.receive()
        do = message.get("do")
        if do == "cell":
            with interruptible():
                outputs = notebook.run(message["source"])
            channel.send({"outputs": outputs})
        elif do == "fork":
            sock = channel.receive_socket()
            copies = [process for process in copies if _lives(process)]
            with contextlib.suppress(OSError):
                process = os.fork()
                copies.append(process)
                if process == 0:
                    channel.close()
                    channel = type(channel)(sock)
                    side.connect(channel)
                    copies = []
                    sys.stdout = sys.stderr = Beginning()
                    fence.refuses = True
                    channel.send({"process": os.getpid()})
                    continue
            sock.close()
        elif do == "touched":
            channel.send({"touched": sorted(fence.touched)})
        else:
            with interruptible():
                reply = side.answer(message, buffers)
            try:
                channel.send(*reply)
            except BadMessage as error:
                trouble = TypeError(f"the result cannot be handed over: {error}")
                channel.send({"error": describe(trouble)})


def _lives(process: int) -> bool:
    """Say whether a copy lives; one that has ended stops counting as a process."""
    try:
        return os.waitpid(process, os.WNOHANG)[0] == 0
    except ChildProcessError:
        return False


@contextlib.contextmanager
def interruptible():
    """Let the other side interrupt the student's code, but not the talk about it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
