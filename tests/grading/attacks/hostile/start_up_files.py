"""Leaves files that Python runs when it starts: sitecustomize, usercustomize, .pth.

Must hold: the folders of packages are read-only.
"""

# %% first
import os
import site
import sys
import sysconfig

line = f"import os; open('{WORLD['course']}/{WORLD['mark']}', 'w')\n"
places = [
    *sys.path,
    *site.getsitepackages(),
    site.getusersitepackages(),
    "/box",
    "/tmp",
]
places += [sysconfig.get_paths()["purelib"], sys.prefix, sys.base_prefix]
for place in filter(None, places):
    for name in ("sitecustomize.py", "usercustomize.py", WORLD["mark"] + ".pth"):
        path = os.path.join(place, name)
        if place.startswith(("/box", "/tmp")) or not os.path.exists(path):
            try:
                os.makedirs(place, exist_ok=True)
                with open(path, "w") as file:
                    file.write(line)
            except OSError:
                pass
import dlcourse

for path in (dlcourse.__file__, __import__("numpy").__file__):
    try:
        with open(path, "a") as file:
            file.write(f"# {WORLD['mark']}\n")
        print("leaked: wrote", path)
    except OSError:
        pass


# %% answer standardise
def standardise(X):
    import subprocess
    import sys

    return float(subprocess.run([sys.executable, "-c", "print(1)"]).returncode)
