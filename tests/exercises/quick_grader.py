"""Grade answers to single problems fast: one forked child each, no kernel.

Run as a program: for each line of JSON on standard input, a list of jobs, it writes a
line of marks to standard output. It imports once and is asked often. The argument is
``plain`` or ``torch``: what holds torch takes three times as long to fork, so only the
jobs that import it go there. Used where thousands of answers are tried;
``test_bank.py`` shows that it marks the bank as nbgrader does.
"""

import json
import os
import resource
import select
import signal
import sys
import time

CPU_SECONDS = 4
WALL_SECONDS = 30
MEMORY = 4 << 30


def run(job: dict) -> tuple[bool, str]:
    """Run set-up, answer and test in this process; say whether the test passed."""
    import __main__

    os.environ["DLCOURSE_SEED"] = str(job["seed"])
    namespace = __main__.__dict__
    try:
        for part in ("setup", "answer", "test"):
            exec(compile(job[part], f"<{part}>", "exec"), namespace)
    except BaseException as error:
        return False, f"{type(error).__name__}: {error}"
    return True, ""


def child(job: dict, pipe: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):  # the jobs to come are nothing for an answer to read
        os.dup2(nowhere, standard)
    os.write(pipe, json.dumps(run(job)).encode()[:60000])
    os._exit(0)


def main() -> None:
    import numpy.ma  # noqa: F401 - once, before the children fork; np.unique wants it

    import dlcourse.check  # noqa: F401 - likewise
    from dlcourse.grading.warm import import_torch, settle

    if sys.argv[1] == "torch":
        import_torch()
    settle()
    for line in sys.stdin:
        print(json.dumps(grade(json.loads(line))), flush=True)


def grade(jobs: list[dict]) -> list:
    results: list = [None] * len(jobs)
    running: dict[int, tuple[int, int, float, bytearray]] = {}
    waiting = list(range(len(jobs)))[::-1]
    while waiting or running:
        while waiting and len(running) < 2:
            number = waiting.pop()
            read_end, write_end = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.close(read_end)
                child(jobs[number], write_end)
            os.close(write_end)
            running[read_end] = (number, pid, time.monotonic(), bytearray())
        ready, _, _ = select.select(list(running), [], [], 0.5)
        for pipe in list(running):
            number, pid, started, received = running[pipe]
            if pipe in ready and (piece := os.read(pipe, 1 << 16)):
                received += piece
            elif pipe in ready:
                os.close(pipe)
                _, status = os.waitpid(pid, 0)
                del running[pipe]
                results[number] = (
                    json.loads(received)
                    if received
                    else (False, f"ended with status {status}, no result")
                )
            elif time.monotonic() - started > WALL_SECONDS:
                os.kill(pid, signal.SIGKILL)
    return results


if __name__ == "__main__":
    main()
