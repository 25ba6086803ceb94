"""What honest programs do that a grader has to get along with."""

from . import Draft, case, code, text_of

FUNCTION = "def step_neuron(X, w, b):\n"


def with_cell(good, source):
    """The good hand-in with one more cell above the answers."""
    draft = Draft(good)
    draft.put(source)
    return draft.file()


def with_lines(good, *lines):
    """The good hand-in with more lines at the beginning of an answer's function."""
    draft = Draft(good)
    inside = "".join(f"    {line}\n" for line in lines)
    source = FUNCTION + inside + "    return np.where(X @ w + b >= 0, 1, 0)"
    draft.answer("step-neuron")["source"] = source
    return draft.file()


# ------------------------------------------------------------------------------- noise


@case()
def writes_to_stderr(good):
    """Cells and answers print to the error stream, warn and log."""
    noise = [
        "import logging, sys, warnings",
        'print("careful", file=sys.stderr)',
        'warnings.warn("deprecated", DeprecationWarning)',
        'logging.warning("epoch %d", 1)',
    ]
    return with_lines(good, *noise) | with_cell(
        with_lines(good, *noise)["neuron.ipynb"], "\n".join(noise)
    )


@case()
def prints_without_end(good):
    """A cell prints 20 MB, an answer more with every call."""
    files = with_lines(good, 'print("z =", X @ w + b, "." * 100_000)')
    return with_cell(
        files["neuron.ipynb"], 'for _ in range(200):\n    print("x" * 100_000)'
    )


@case()
def magics(good):
    """Magic commands of IPython and of the shell."""
    draft = Draft(good)
    draft.put("%matplotlib inline\n%config InlineBackend.figure_format = 'retina'")
    draft.put("%load_ext autoreload\n%autoreload 2\n!ls\nfiles = !ls\n%pwd")
    draft.put("%timeit -n 1 -r 1 sum(range(10))\n%time x = 1\nx?")
    draft.put("%%capture said\nprint('hidden')")
    draft.put("%%writefile own.py\ndef twice(x):\n    return 2 * x")
    draft.put("from own import twice\nassert twice(2) == 4")
    draft.put("%%bash\necho hello")
    answer = draft.answer("step-neuron")
    answer["source"] = "%%time\n" + text_of(answer)
    return draft.file()


@case()
def installs_a_package(good):
    """A cell wants to install something, which cannot be had here."""
    return with_cell(good, "%pip install --no-index --quiet left-pad-for-neurons")


@case()
def mounts_a_drive(good):
    """Colab's own cells stay in: there is no google.colab here."""
    return with_cell(
        good, "from google.colab import drive\ndrive.mount('/content/drive')"
    )


@case()
def waits_at_the_top_level(good):
    """A cell awaits something outside of any function."""
    draft = Draft(good)
    draft.put("import asyncio\nawait asyncio.sleep(0.01)\nthreshold = 0")
    source = FUNCTION + "    return np.where(X @ w + b >= threshold, 1, 0)"
    draft.answer("step-neuron")["source"] = source
    return draft.file()


@case()
def asks_for_input(good):
    """A cell asks a question that nobody answers."""
    return with_cell(good, "name = input('Who are you? ')")


@case()
def draws_figures(good):
    """Many figures, shown and left open, in cells and in an answer."""
    draw = "import matplotlib.pyplot as plt; fig, ax = plt.subplots(); ax.plot([1, 2])"
    files = with_lines(good, draw)
    return with_cell(
        files["neuron.ipynb"], f"for _ in range(4):\n    {draw}\nplt.show()"
    )


@case()
def last_lines_show_values(good):
    """Cells end with values, use Out and display them."""
    draft = Draft(good)
    draft.put("1 + 1")
    draft.put("display(_, Out, {'a': [1]}, np.zeros((500, 500)))")
    return draft.file()


# ---------------------------------------------------------------------- what goes wrong


@case()
def cell_raises(good):
    """A cell of the student's own raises; the next ones still run."""
    return with_cell(good, "1 / 0")


@case("cell 3 timed out")
def endless_loop(good):
    """A cell never ends: it is stopped, and the rest runs."""
    return with_cell(good, "while True:\n    pass")


@case("cell 3 timed out")
def sleeps_too_long(good):
    """A cell waits for an hour."""
    return with_cell(good, "import time\ntime.sleep(3600)")


@case("cell 3 timed out: .* could not be stopped")
def endless_loop_that_catches_everything(good):
    """A cell never ends and lets nothing stop it: it is left out."""
    loop = "    try:\n        time.sleep(60)\n    except BaseException: pass"
    return with_cell(good, "import time\nwhile True:\n" + loop)


@case(lost={"step-neuron": "timed out"})
def endless_loop_in_an_answer(good):
    """An answer never ends: that costs its problem and nothing else."""
    return with_lines(good, "while True: pass")


@case(lost={"step-neuron": "timed out"})
def answer_that_sleeps(good):
    """An answer waits for an hour."""
    return with_lines(good, "import time", "time.sleep(3600)")


@case("cell 3 crashed")
def cell_ends_python(good):
    """A cell ends the process: it is left out, and the rest runs."""
    return with_cell(good, "import os\nos._exit(0)")


@case("cell 3 crashed")
def cell_crashes_python(good):
    """A cell reads address 0."""
    return with_cell(good, "import ctypes\nctypes.string_at(0)")


@case("cell 3 crashed", "cell 4 crashed", "cell 5 crashed")
def three_cells_crash(good):
    """Three cells end the process one after the other."""
    draft = Draft(good)
    for _ in range(3):
        draft.put("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    return draft.file()


@case(lost={"step-neuron": "crashed"})
def answer_crashes_python(good):
    """An answer reads address 0: that costs its problem and nothing else."""
    return with_lines(good, "import ctypes", "ctypes.string_at(0)")


@case()
def leaves(good):
    """Cells call exit, quit and sys.exit, which end a script but no notebook."""
    draft = Draft(good)
    draft.put("exit()")
    draft.put("quit()")
    draft.put("import sys\nsys.exit('done')")
    draft.put("raise SystemExit")
    draft.put("raise KeyboardInterrupt")
    return draft.file()


@case(lost={"step-neuron": "failed"})
def answer_leaves(good):
    """An answer calls sys.exit."""
    return with_lines(good, "import sys", "sys.exit(0)")


@case(lost={"step-neuron": "failed"})
def recursion_without_end(good):
    """A cell and an answer call themselves until Python gives up."""
    files = with_lines(good, "return step_neuron(X, w, b)")
    cell = "def f():\n    return f()\ntry:\n    f()\nexcept RecursionError:\n    pass"
    return with_cell(files["neuron.ipynb"], cell)


@case("cell 3 crashed")
def recursion_that_breaks_python(good):
    """A cell raises the limit and calls itself until the stack is full."""
    function = "f = lambda: max([0], key=lambda _: f())"
    return with_cell(good, f"import sys\nsys.setrecursionlimit(10**9)\n{function}\nf()")


@case()
def memory_asked_for_at_once(good):
    """A cell wants an array that no machine can hold."""
    return with_cell(good, "import numpy as np\nnp.ones((10**7, 10**7))")


@case("cell 3 out of memory")
def memory_filled_by_processes(good):
    """A cell's processes fill more memory than there is: it is left out."""
    return with_cell(
        good,
        "import multiprocessing, time\n"
        "def fill(number):\n"
        "    room = bytearray(300 << 20)\n"
        "    time.sleep(60)\n"
        "with multiprocessing.Pool(3) as pool:\n"
        "    pool.map(fill, range(3))",
    )


@case(lost={"step-neuron": "failed"})
def memory_filled_by_an_answer(good):
    """An answer wants an array that no machine can hold."""
    return with_lines(good, "np.ones((10**7, 10**7))")


# -------------------------------------------------------------------- what stays behind


@case()
def other_folder(good):
    """A cell changes the working directory."""
    return with_cell(
        good, "import os\nos.makedirs('deep/er')\nos.chdir('deep/er')\n%cd /tmp"
    )


@case()
def files_left_behind(good):
    """Cells write files, some with names of modules."""
    names = "('numpy.py', 'json.py', 'torch.py')"
    return with_cell(good, f"for name in {names}:\n    open(name, 'w').write('1/0')")


@case()
def torch_at_the_top(good):
    """The first cell sets up torch, as the student always does; no answer uses it."""
    draft = Draft(good)
    source = (
        "import torch\nfrom torch import nn\n"
        "torch.manual_seed(0)\ntorch.set_num_threads(4)\n"
        "torch.backends.cudnn.deterministic = True\n"
        "device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')\n"
        "class Net(nn.Module):\n    pass\n\n"
    )
    draft.cells[2]["source"] = source + text_of(draft.cells[2])
    return draft.file()


@case()
def threads_and_processes(good):
    """Cells use a thread, a pool of threads, a process and a pool of processes."""
    draft = Draft(good)
    draft.put(
        "import threading\n"
        "done = []\n"
        "thread = threading.Thread(target=done.append, args=(1,))\n"
        "thread.start()\nthread.join()\nassert done == [1]\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(4) as pool:\n"
        "    assert list(pool.map(abs, [-1, -2])) == [1, 2]\n"
        "import multiprocessing\n"
        "with multiprocessing.Pool(2) as pool:\n"
        "    threshold = pool.map(abs, [0])[0]\n"
    )
    source = FUNCTION + "    return np.where(X @ w + b >= threshold, 1, 0)"
    draft.answer("step-neuron")["source"] = source
    return draft.file()


@case()
def answer_with_a_thread(good):
    """An answer computes in a pool of threads that a cell above has made and used."""
    draft = Draft(good)
    draft.put("from concurrent.futures import ThreadPoolExecutor")
    lines = (
        "    with ThreadPoolExecutor(2) as pool:\n"
        "        return np.array(list(pool.map(lambda x: int(x @ w + b >= 0), X)))"
    )
    draft.answer("step-neuron")["source"] = FUNCTION + lines
    return draft.file()


@case()
def thread_that_goes_on(good):
    """A thread in the background never ends."""
    source = (
        "import threading, time\n"
        "def watch():\n"
        "    while True:\n"
        "        time.sleep(0.01)\n"
        "threading.Thread(target=watch).start()"
    )
    return with_cell(good, source)


@case()
def settings_changed(good):
    """Warnings are errors, NumPy raises, seeds are fixed, signals and hooks are set."""
    return with_cell(
        good,
        "import numpy as np, random, signal, sys, warnings, gc, os\n"
        "warnings.filterwarnings('error')\nnp.seterr(all='raise')\n"
        "np.set_printoptions(precision=1)\nnp.random.seed(0)\nrandom.seed(0)\n"
        "signal.alarm(0)\nsys.setrecursionlimit(500)\ngc.disable()\n"
        "os.environ['PYTHONHASHSEED'] = '0'\nsys.path.insert(0, '.')\n"
        "sys.stdout = sys.__stdout__",
    )


@case()
def guarded_main(good):
    """The answers stand behind `if __name__ == "__main__":`."""
    draft = Draft(good)
    answer = draft.answer("step-neuron")
    lines = text_of(answer).splitlines()
    inside = "\n".join("    " + line for line in lines)
    answer["source"] = f'if __name__ == "__main__":\n{inside}'
    return draft.file()


@case()
def answers_that_are_no_functions_of_def(good):
    """Answers are a lambda, a partial, an object, and a wrapped function."""
    draft = Draft(good)
    source = "step_neuron = lambda X, w, b: np.where(X @ w + b >= 0, 1, 0)"
    draft.answer("step-neuron")["source"] = source
    source = (
        "from functools import partial\n"
        "def distance(norm, X, w, b):\n    return (X @ w + b) / norm(w)\n"
        "signed_distance = partial(distance, np.linalg.norm)"
    )
    draft.answer("signed-distance")["source"] = source
    source = (
        "class Pattern:\n"
        "    def __call__(self, pattern):\n"
        "        return 2 * pattern - 1, 0.5 - pattern.sum()\n"
        "pattern_neuron = Pattern()"
    )
    draft.answer("pattern-neuron")["source"] = source
    answer = draft.answer("fit-perceptron")
    decorator = (
        "import functools\n"
        "def logged(f):\n"
        "    @functools.wraps(f)\n"
        "    def inner(*args):\n        print(f.__name__)\n        return f(*args)\n"
        "    return inner\n\n@logged\n"
    )
    answer["source"] = decorator + text_of(answer)
    return draft.file()


@case("cell 18 timed out")
def trials_at_the_end(good):
    """Below everything there are trials: unfinished, failing, endless."""
    draft = Draft(good)
    draft.cells += [code("step_neuron(1"), code("oops"), code("while True: pass")]
    return draft.file()
