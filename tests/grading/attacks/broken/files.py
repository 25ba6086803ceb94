"""What happens to files on their way: encodings, formats, names, mix-ups."""

import codecs
import io
import json
import re
import zipfile

from tests.exercises.problems import ROOT

from . import FILE, Draft, case, code, text_of

RELEASED = ROOT / "exercises" / "concepts"
LESSONS = ROOT / "book" / "concepts"


@case()
def untouched(good):
    """Nothing happened."""
    return {FILE: good}


# -------------------------------------------------------------------------- encodings


@case("byte order mark")
def byte_order_mark(good):
    """An editor of Windows saved it with a byte order mark."""
    return {FILE: codecs.BOM_UTF8 + good}


@case()
def windows_line_ends(good):
    """Git or an editor turned every line end into CRLF, inside the cells too."""
    draft = Draft(good)
    for cell in draft.cells:
        cell["source"] = text_of(cell).replace("\n", "\r\n")
    (name, content), *_ = draft.file(indent=1).items()
    return {name: content.replace(b"\n", b"\r\n")}


@case()
def old_mac_line_ends(good):
    """Every line end in the cells is a lone carriage return."""
    draft = Draft(good)
    for cell in draft.cells:
        cell["source"] = text_of(cell).replace("\n", "\r")
    return draft.file()


@case("it is UTF-16")
def utf16(good):
    """PowerShell wrote it as UTF-16, with the mark."""
    return {FILE: good.decode().encode("utf-16")}


@case("it is UTF-16")
def utf16_little_endian_without_mark(good):
    """It is UTF-16 and nothing says so."""
    return {FILE: good.decode().encode("utf-16-le")}


@case("it is UTF-16")
def utf16_big_endian_without_mark(good):
    """It is UTF-16 in the other byte order and nothing says so."""
    return {FILE: good.decode().encode("utf-16-be")}


@case("it is UTF-32")
def utf32(good):
    """It is UTF-32."""
    return {FILE: good.decode().encode("utf-32")}


@case("it is Windows-1252")
def cp1252(good):
    """An old editor saved it in the code page of western Europe."""
    draft = Draft(good)
    draft.put('größe = "für später"')
    draft.put('assert größe[1] == "ü" and len(größe) == 10', before=3)
    (name, content), *_ = draft.file(ensure_ascii=False).items()
    return {name: content.decode().encode("cp1252", errors="replace")}


@case("characters are damaged")
def one_bad_byte(good):
    """A disk or a program spoilt one byte of a UTF-8 file that has Greek names."""
    draft = Draft(good)
    draft.put("θ = 0.5")
    source = text_of(draft.answer("step-neuron"))
    draft.answer("step-neuron")["source"] = source.replace(">= 0", ">= θ - 0.5")
    draft.cells[0]["source"] = "My answers, with one SPOILT letter"
    (name, content), *_ = draft.file(ensure_ascii=False).items()
    return {name: content.replace(b"SPOILT", b"\xff")}


@case()
def zeros_behind_the_end(good):
    """The laptop lost power: the file's last block is filled with zeros."""
    return {FILE: good + bytes(512)}


# ---------------------------------------------------------------------------- formats


@case("notebook format is 3")
def nbformat_3(good):
    """It was saved for the IPython of 2013: worksheets, inputs and headings."""
    return _worksheets(good, 3)


@case("notebook format is 2", "lost their metadata")
def nbformat_2(good):
    """It was saved for the IPython of 2011, whose cells have no metadata."""
    return _worksheets(good, 2)


def _worksheets(good, major):
    cells = []
    for cell in Draft(good).cells:
        if cell["cell_type"] == "code":
            old = {"cell_type": "code", "input": cell["source"], "language": "python"}
            old |= {"outputs": [], "collapsed": False, "prompt_number": 1}
        else:
            old = {"cell_type": "markdown", "source": cell["source"]}
        if major == 3:
            old["metadata"] = cell["metadata"]
        cells.append(old)
    cells.insert(0, {"cell_type": "heading", "level": 1, "source": "exit()"})
    notebook = {"nbformat": major, "nbformat_minor": 0, "metadata": {"name": "neuron"}}
    notebook["worksheets"] = [{"cells": cells[:7]}, {"cells": cells[7:]}]
    return {FILE: json.dumps(notebook).encode()}


@case()
def unknown_minor_format(good):
    """A newer Jupyter wrote format 4.99, with a field that nobody knows yet."""
    draft = Draft(good)
    draft.notebook["nbformat_minor"] = 99
    for cell in draft.cells:
        cell["mood"] = {"of": "the student"}
    return draft.file()


@case("notebook format is 5")
def unknown_major_format(good):
    """It says that it is format 5."""
    draft = Draft(good)
    draft.notebook |= {"nbformat": 5, "nbformat_minor": 0}
    return draft.file()


@case("notebook format is unknown")
def no_format(good):
    """The numbers of the format are gone."""
    draft = Draft(good)
    del draft.notebook["nbformat"], draft.notebook["nbformat_minor"]
    return draft.file()


@case("lost their metadata")
def metadata_null(good):
    """A converter wrote null where metadata was."""
    draft = Draft(good)
    draft.notebook["metadata"] = None
    for cell in draft.cells:
        cell["metadata"] = None
    return draft.file()


@case("lost their metadata")
def metadata_missing(good):
    """A converter left out all metadata."""
    draft = Draft(good)
    del draft.notebook["metadata"]
    for cell in draft.cells:
        del cell["metadata"]
    return draft.file()


@case()
def metadata_of_another_world(good):
    """The notebook says that it is in R, and its tags and names are of wrong types."""
    draft = Draft(good)
    kernel = {"name": "ir", "display_name": "R", "language": "R"}
    draft.notebook["metadata"] = {
        "kernelspec": kernel,
        "language_info": ["R"],
        "dlcourse": 7,
    }
    for cell in draft.cells:
        cell["metadata"] |= {"tags": "none", "name": None, "collapsed": "perhaps"}
    return draft.file()


@case("lost their metadata")
def colab_export(good):
    """Colab wrote its own metadata and none of nbgrader's."""
    draft = Draft(good)
    draft.notebook["metadata"]["colab"] = {"provenance": [], "toc_visible": True}
    for number, cell in enumerate(draft.cells):
        cell["metadata"] = {"id": f"kx_{number}", "executionInfo": {"status": "ok"}}
        cell.pop("id")
    return draft.file()


@case()
def vscode_export(good):
    """VS Code added metadata of its own and wrote sources as lists of lines."""
    draft = Draft(good)
    for cell in draft.cells:
        cell["metadata"]["vscode"] = {"languageId": "python"}
        cell["source"] = text_of(cell).splitlines(keepends=True)
    return draft.file(indent=2)


@case()
def cell_ids_gone_wrong(good):
    """Cell ids are missing, twice there, changed, and no strings."""
    draft = Draft(good)
    for number, cell in enumerate(draft.cells):
        cell["id"] = ("same", 7, None, "x" * 100)[number % 4]
    del draft.cells[4]["id"]
    return draft.file()


@case("lost their metadata")
def grade_ids_renamed(good):
    """Somebody renamed all cells in the nbgrader panel."""
    draft = Draft(good)
    for number, cell in enumerate(draft.cells):
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"]["grade_id"] = f"my-cell-{number}"
    return draft.file()


@case()
def outputs_of_60_mb(good):
    """A cell printed 60 MB and the notebook was saved with them."""
    draft = Draft(good)
    text = {"output_type": "stream", "name": "stdout", "text": "loss 0.1\n" * 6_500_000}
    draft.answer("step-neuron")["outputs"] = [text]
    return draft.file()


@case(status="unreadable", text=r"70 MiB, above 64; clear its outputs")
def notebook_of_70_mb(good):
    """It is larger than anything that is read."""
    return {FILE: good + b" " * (70 << 20)}


@case(status="unreadable", text=r"2517 cells, above 2000")
def thousands_of_cells(good):
    """A script appended an empty cell again and again."""
    draft = Draft(good)
    draft.cells += [code("")] * (2500 + 17 - len(draft.cells))
    return draft.file()


@case(status="unreadable", text=r"more than 4 MiB of text")
def data_pasted_into_a_cell(good):
    """A whole data set stands in a cell as numbers."""
    draft = Draft(good)
    draft.put(f"data = [{'0.123456, ' * 500_000}]")
    return draft.file()


# ------------------------------------------------------------------- no notebook at all


@case(status="unreadable", text=r"neuron\.ipynb: the file is empty")
def empty_file(good):
    """The upload broke off at once."""
    return {FILE: b""}


@case(status="unreadable", text="the file is empty")
def only_white_space(good):
    """There are some line ends in it."""
    return {FILE: b" \n\r\n\t "}


@case(status="unreadable", text="the file is empty")
def only_zeros(good):
    """The laptop lost power while it saved: as many zeros as the file had bytes."""
    return {FILE: bytes(len(good))}


@case(status="unreadable", text="it is damaged: it ends too early")
def cut_off(good):
    """The upload broke off in the middle."""
    return {FILE: good[: len(good) // 2]}


@case(status="unreadable", text="it is damaged: .*line 8 column 1")
def merge_conflict(good):
    """It holds the marks of a merge that was never finished."""
    lines = good.decode().splitlines()
    lines[7:8] = ["<<<<<<< HEAD", lines[7], "=======", lines[7], ">>>>>>> theirs"]
    return {FILE: "\n".join(lines).encode()}


@case(status="unreadable", text="no notebook but a web page")
def web_page(good):
    """The page that shows the notebook was saved in its place."""
    return {FILE: b"<!DOCTYPE html>\n<html><head><title>neuron</title></head></html>"}


@case(status="unreadable", text="no notebook but a zip archive; it has to be unpacked")
def zip_archive(good):
    """A zip archive was renamed."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(FILE, good)
    return {FILE: archive.getvalue()}


@case(status="unreadable", text="no notebook but a script")
def python_script(good):
    """A Python script was renamed."""
    sources = [text_of(c) for c in Draft(good).cells if c["cell_type"] == "code"]
    return {FILE: "\n\n".join(sources).encode()}


@case(status="unreadable", text=r"neuron\.py: it is no notebook but a script")
def jupytext_script(good):
    """The notebook was kept as a paired text file, and that was handed in."""
    parts = ["# ---\n# jupyter:\n#   jupytext:\n#     formats: ipynb,py:percent\n# ---"]
    parts += [f"# %%\n{text_of(c)}" for c in Draft(good).cells]
    return {"neuron.py": "\n\n".join(parts).encode()}


@case(status="unreadable", text="something that begins with b'%PDF-1.7")
def printed_page(good):
    """It was printed to a file."""
    return {FILE: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"}


@case(status="unreadable", text="something that begins with b'\\[")
def json_list(good):
    """It is JSON, but a list: of the cells alone."""
    return {FILE: json.dumps(Draft(good).cells).encode()}


@case(status="unreadable", text="it has no cells")
def other_json(good):
    """It is JSON, but a package list."""
    return {FILE: b'{"name": "neuron", "version": "1.0.0", "dependencies": {}}'}


@case(status="unreadable", text="it is damaged: it is nested too deeply")
def deep_nesting(good):
    """It is brackets in brackets."""
    return {FILE: b'{"cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"}


# ----------------------------------------------------------------------- strange JSON


@case("notebook format is unknown")
def nesting_that_json_still_reads(good):
    """Metadata and the format's number are lists in lists, as deep as JSON is read."""
    draft = Draft(good)
    draft.notebook["metadata"]["deep"] = draft.notebook["nbformat"] = "DEEP"
    content = draft.file()[FILE]
    return {FILE: content.replace(b'"DEEP"', b"[" * 900 + b"]" * 900)}


@case()
def not_a_number(good):
    """A program wrote NaN and infinities, which JSON does not know."""
    draft = Draft(good)
    draft.notebook["metadata"]["scores"] = [float("nan"), float("inf"), -float("inf")]
    return draft.file()


@case()
def keys_twice(good):
    """Every key of the notebook is there twice; as in Jupyter the last one counts."""
    return {FILE: b'{"cells": [], "metadata": 1, "nbformat": 9, ' + good.strip()[1:]}


@case()
def huge_whole_numbers(good):
    """Execution counts have thousands of digits, and one number no float can hold."""
    draft = Draft(good)
    for cell in draft.cells:
        cell["execution_count"] = "HUGE"
    content = draft.file()[FILE].replace(b'"HUGE"', b"9" * 5000, 9)
    return {FILE: content.replace(b'"HUGE"', b"1e99999")}


@case()
def sources_with_other_things_in_them(good):
    """Among the lines of the cells there are numbers, nulls and lists."""
    draft = Draft(good)
    for cell in draft.cells:
        lines = text_of(cell).splitlines(keepends=True)
        cell["source"] = [None, 7, *lines, ["x"], {"y": 1}]
    return draft.file()


@case("test cells were changed", lost={"step-neuron": "failed"})
def source_null(good):
    """A program lost the text of an answer, of a test and of a text cell."""
    draft = Draft(good)
    draft.answer("step-neuron")["source"] = None
    draft.test("signed-distance")["source"] = None
    draft.cells[0]["source"] = None
    return draft.file()


@case()
def surrogates_and_nul_characters(good):
    """Half characters, zeros and control characters stand in cells and metadata."""
    draft = Draft(good)
    draft.cells[0]["source"] = "half a smile: \ud83d, a zero: \0, a bell: \7"
    draft.put('smile = "\ud83d"\0\nbell = "\7"')
    draft.notebook["metadata"]["dlcourse"]["mood"] = "\ud83d\0"
    draft.answer("step-neuron")["source"] = text_of(draft.answer("step-neuron")) + "\0"
    return draft.file()


@case()
def raw_line_ends_in_strings(good):
    """A careless program wrote control characters into the JSON as they are."""
    return {FILE: good.replace(rb"\n", b"\n")}


@case("cells that hold no text: 4")
def cells_that_are_none(good):
    """Between the cells there are numbers, strings, lists and nulls."""
    draft = Draft(good)
    draft.cells[4:4] = [None, 7, "def step_neuron(): pass", [code("exit()")]]
    return draft.file()


@case()
def cell_types_gone(good):
    """A converter left out what kind of cell it is."""
    draft = Draft(good)
    for number, cell in enumerate(draft.cells):
        cell["cell_type"] = (None, "script", ["code"], 7)[number % 4]
    return draft.file()


# -------------------------------------------------------------------- names and mix-ups


@case(r"name is neuron \(1\)\.ipynb")
def downloaded_twice(good):
    """The browser numbered the download."""
    return {"neuron (1).ipynb": good}


@case("name is Copy of neuron")
def copy_of(good):
    """Colab or a file manager made a copy."""
    return {"Copy of neuron.ipynb": good}


@case("name is final_neuron_v2")
def final_version(good):
    """The student keeps versions."""
    return {"final_neuron_v2.ipynb": good}


@case("name is NEURON")
def upper_case(good):
    """A memory stick knows capitals only."""
    return {"NEURON.IPYNB": good}


@case("name is concepts/neuron")
def in_a_folder(good):
    """The whole folder was handed in."""
    return {"concepts/neuron.ipynb": good}


@case("name is concepts/neuron")
def in_a_folder_of_windows(good):
    """The folder was packed by a program that writes backslashes."""
    return {"concepts\\neuron.ipynb": good}


@case(r"name is b\?nd\?\?e\.ipynb")
def name_that_cannot_be_printed(good):
    """The file's name has control characters and half characters."""
    return {"b\nnd\x1b\udcffe.ipynb": good}


@case(status="unreadable", text=r"neuron \(1\)\.ipynb: it is damaged")
def damaged_under_another_name(good):
    """The file is cut off, and the browser numbered it."""
    return {"neuron (1).ipynb": good[:1000]}


@case(
    r"homework.*damaged", status="unreadable", text="homework.ipynb may be it: .*damag"
)
def damaged_under_a_name_that_says_nothing(good):
    """The file is cut off and is called homework: it is not as if nothing came."""
    return {"homework.ipynb": good[:1000]}


@case("other files .* do not count: neuron copy")
def the_same_twice(good):
    """The same notebook came twice; one was opened and saved in another form."""
    return {FILE: good, **Draft(good).file("neuron copy.ipynb", indent=7)}


@case("other files .* do not count: neuron-old")
def two_versions(good):
    """An older version lies beside the one with the right name."""
    draft = Draft(good)
    draft.answer("step-neuron")["source"] = "def step_neuron(X, w, b):\n    return 0"
    return {FILE: good, **draft.file("neuron-old.ipynb")}


@case(status="unreadable", text="several files .* different text: neuron-a.*, neuron-b")
def two_versions_and_neither_has_the_right_name(good):
    """Which one is meant, only the student knows."""
    draft = Draft(good)
    draft.answer("step-neuron")["source"] = "def step_neuron(X, w, b):\n    return 0"
    return {"neuron-b.ipynb": good, **draft.file("neuron-a.ipynb")}


@case("name is neuron_done", "other files .* do not count: neuron.ipynb")
def released_notebook_beside_the_answers(good):
    """The right name is that of the untouched exercise; the answers have another."""
    return {FILE: (RELEASED / FILE).read_bytes(), "neuron_done.ipynb": good}


@case("._neuron.ipynb: programs make such files", "neuron-checkpoint.ipynb: programs")
def leavings_of_programs(good):
    """Jupyter's checkpoint and a file of macOS came along."""
    draft = Draft(good)
    draft.answer("step-neuron")["source"] = "def step_neuron(X, w, b):\n    return 0"
    checkpoint = draft.file(".ipynb_checkpoints/neuron-checkpoint.ipynb")
    return {"._neuron.ipynb": b"\0\5\x16\7", FILE: good} | checkpoint


@case(status="unreadable", text="neuron.ipynb: it has no cells of this assignment's ex")
def the_lesson_was_handed_in(good):
    """The chapter's text has the same file name."""
    return {FILE: (LESSONS / FILE).read_bytes()}


@case(
    status={"representation-and-depth": "unreadable"},
    text="it has no cells of this assignment's ex",
)
def the_lesson_with_a_function_of_the_same_name(good):
    """A lesson that defines one function of its exercise is still not the exercise."""
    name = "representation-and-depth.ipynb"
    return {name: (LESSONS / name).read_bytes()}


@case("layers.ipynb: it has no cells", status="missing")
def another_exercise(good):
    """It is the exercise of another chapter."""
    return {"layers.ipynb": (RELEASED / "layers.ipynb").read_bytes()}


@case(
    "other files hold this exercise and do not count: neuron.ipynb",
    status={"neuron": "unreadable", "layers": "run"},
    text="neuron.ipynb: its cells are those of layers",
)
def another_exercise_under_this_name(good):
    """One exercise was handed in twice, once under the other's name."""
    layers = (RELEASED / "layers.ipynb").read_bytes()
    return {FILE: layers, "layers.ipynb": layers}


@case("name is layers", "name is neuron", status={"neuron": "run", "layers": "run"})
def names_swapped(good):
    """Two exercises have each other's names."""
    return {"layers.ipynb": good, FILE: (RELEASED / "layers.ipynb").read_bytes()}


@case(status={"neuron": "run", "layers": "missing"})
def one_is_missing(good):
    """One of two exercises was not handed in."""
    return {FILE: good}


@case(status="missing")
def nothing(good):
    """There is a folder, and nothing in it."""
    return {}


@case(
    "data.csv: it is no notebook",
    "scratch.ipynb: it has no cells",
    "photo.png: it is no notebook",
    "helpers.py: it is no notebook but a script",
)
def other_files(good):
    """Data, a picture, an own module and a scratch notebook came along."""
    scratch = {"cells": [code("1 + 1")], "metadata": {}, "nbformat": 4}
    return {
        "data.csv": b"x,y\n1,2\n",
        "photo.png": b"\x89PNG\r\n\x1a\n\0\0",
        "helpers.py": b"import numpy as np\n",
        "scratch.ipynb": json.dumps(scratch).encode(),
        FILE: good,
    }


@case(status="other release", text="99.0")
def another_release(good):
    """It was made from a release of next year."""
    return {FILE: re.sub(rb'("version": )"[\d.]+"', rb'\1"99.0"', good)}
