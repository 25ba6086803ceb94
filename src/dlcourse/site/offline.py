"""Pack the built site into one file, to be read from a disk without a network.

``python -m dlcourse.site.offline SITE ARCHIVE`` (``make offline``). The pages are those
of the site: all their links are relative, their scripts are classic ones, and the
search loads its index as a script, so that everything works from a folder, search
included. Only what a browser refuses there is taken out: fonts fetched ahead of time.
"""

import re
import sys
import zipfile
from pathlib import Path

FOLDER = "deep-learning-principles-and-practice"
START = "index.html"
PRELOAD = re.compile(rb'\s*<link rel="preload"[^>]*>')


def pack(site: Path, archive: Path) -> None:
    """Write the archive.

    Parameters
    ----------
    site : Path
        The folder of a built site.
    archive : Path
        The file to write.

    Raises
    ------
    FileNotFoundError
        If there is no site in the folder.
    """
    if not (site / START).is_file():
        raise FileNotFoundError(
            f"{site / START} is not there: build the site first (make book)."
        )
    part = archive.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(p for p in site.rglob("*") if p.is_file()):
            name = f"{FOLDER}/{path.relative_to(site).as_posix()}"
            content = path.read_bytes()
            if path.suffix == ".html":
                content = PRELOAD.sub(b"", content)
            file.writestr(name, content)
    part.replace(archive)


if __name__ == "__main__":
    target = Path(sys.argv[2])
    pack(Path(sys.argv[1]), target)
    print(
        f"{target}: {target.stat().st_size / 1e6:.1f} MB. Unpack it and open "
        f"{FOLDER}/{START}."
    )
