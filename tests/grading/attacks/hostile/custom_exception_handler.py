"""Has IPython swallow every exception of a cell.

Must hold: failed assertions do not pass through the student's shell.
"""
# kernel: standardise, squared-error, derivative, value, describe, loss

# %% first
import sys

shell = get_ipython()
shell.set_custom_exc((Exception,), lambda *args, **kwargs: None)
shell.showtraceback = shell._showtraceback = lambda *args, **kwargs: None
sys.excepthook = lambda *args: None
real_run_code = shell.run_code


async def run_code(code, result=None, *, async_=False):
    await real_run_code(code, None, async_=async_)
    return False


shell.run_code = run_code
