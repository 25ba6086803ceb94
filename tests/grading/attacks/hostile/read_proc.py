"""Reads everything in /proc: environments, command lines, memory, roots, open files.

Must hold: it finds itself and its like there, and no one else.
"""

# %% first
import glob
import os


def look():
    seen = []
    for pattern in (
        "/proc/*/environ", "/proc/*/cmdline", "/proc/*/maps", "/proc/*/mountinfo",
        "/proc/*/root/proc/*/environ", "/proc/*/fd/*", "/proc/keys", "/proc/net/unix",
        f"/proc/{WORLD['pid']}/environ", f"/proc/*/root{WORLD['course']}/*",
        f"/proc/*/cwd/{WORLD['course']}/*",
    ):  # fmt: skip
        for path in glob.glob(pattern):
            try:
                if os.path.isfile(path):
                    with open(path, "rb", buffering=0) as file:
                        seen.append(file.read(100_000).decode(errors="replace"))
            except OSError:
                pass
    return "\n".join(seen)


text = look()
where = text.find("CANARY")
print(text[where - 50 : where + 100] if where >= 0 else len(text) > 0)

# %% first
for line in open("/proc/self/maps"):
    place, rights = line.split()[:2]
    begin, end = (int(number, 16) for number in place.split("-"))
    if rights[0] == "r" and "v" not in line.split()[-1] and end - begin < 1 << 28:
        try:
            with open("/proc/self/mem", "rb", buffering=0) as memory:
                memory.seek(begin)
                content = memory.read(end - begin)
        except (OSError, ValueError, OverflowError):
            continue
        for word in (b"student has" + b" seen this", b"CAN" + b"ARY-"):
            where = content.find(word)
            if where >= 0:
                print(content[where - 20 : where + 60])


# %% answer standardise
def standardise(X):
    text = look()
    raise ValueError(text[text.find("CANARY") :][:200])
