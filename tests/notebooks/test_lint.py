"""Every notebook keeps to the rules of .github/CONTRIBUTING.md."""

import base64
import json
import re
from collections import Counter

import nbformat
import pytest
import yaml

from dlcourse import notebooks

from .files import EXERCISES, LESSONS, ROOT, SOLUTIONS, name
from .lint import (
    BY_HAND,
    KNOWN_TAGS,
    MAX_FIGURE_BYTES,
    MAX_LINES,
    broken_links,
    has_class_definition,
    is_worked_out,
    numbers_in_output,
    numbers_in_prose,
    texts,
    troubles_of_test_cells,
    unlike_fences,
)

ALLOWED_NUMBERS = yaml.safe_load(
    (ROOT / "tests/notebooks/prose_numbers.yaml").read_text(encoding="utf-8")
)


def each(paths):
    return pytest.mark.parametrize("path", paths, ids=name)


@each(LESSONS + SOLUTIONS)
def test_schema_ids_and_metadata_are_normal(path):
    stored = path.read_text(encoding="utf-8")
    notebook = notebooks.read(path)
    nbformat.validate(notebook, relax_add_props=False)
    ids = Counter(cell.id for cell in notebook.cells)
    assert max(ids.values()) == 1, f"cell ids used twice: {ids.most_common(3)}"
    assert stored == notebooks.dumps(notebooks.normalise(notebook)), (
        "not in the normal form: run `make notebooks`"
    )


@each(LESSONS + SOLUTIONS)
def test_set_up_comes_first(path):
    cells = notebooks.read(path).cells
    code = next(cell for cell in cells if cell.cell_type == "code")
    assert notebooks.SETUP_TAG in code.metadata.get("tags", []), (
        f"the first code cell needs the tag {notebooks.SETUP_TAG!r}"
    )


@each(LESSONS + SOLUTIONS)
def test_cells_were_executed_in_order_and_have_outputs(path):
    code = [c for c in notebooks.read(path).cells if c.cell_type == "code"]
    counts = [c.execution_count for c in code]
    assert counts == list(range(1, len(code) + 1)), "run `make notebooks`"
    assert any(c.outputs for c in code), "no stored output at all: nothing to compare"


@each(LESSONS + SOLUTIONS)
def test_only_known_tags(path):
    tags = {t for c in notebooks.read(path).cells for t in c.metadata.get("tags", [])}
    assert tags <= KNOWN_TAGS, f"unknown tags {tags - KNOWN_TAGS}"


@each(LESSONS + SOLUTIONS)
def test_cells_are_short(path):
    for cell in notebooks.read(path).cells:
        if cell.cell_type != "code" or notebooks.SETUP_TAG in cell.metadata.get(
            "tags", []
        ):
            continue
        lines = cell.source.count("\n") + 1
        graded = cell.metadata.get("nbgrader", {})
        if not graded and not has_class_definition(cell.source):
            assert lines <= MAX_LINES, f"cell {cell.id} has {lines} lines"


@each(LESSONS + SOLUTIONS)
def test_errors_are_declared(path):
    for cell in notebooks.read(path).cells:
        errors = [o for o in cell.get("outputs", []) if o.output_type == "error"]
        declared = "raises-exception" in cell.metadata.get("tags", [])
        assert bool(errors) == declared, (
            f"cell {cell.id} stores an error exactly if it has the tag raises-exception"
        )


@each(LESSONS + SOLUTIONS)
def test_nothing_is_written_to_stderr(path):
    for cell in notebooks.read(path).cells:
        for output in cell.get("outputs", []):
            assert output.get("name") != "stderr", f"cell {cell.id}: {output.text}"


@each(LESSONS)
def test_figures_have_alt_text_and_a_caption(path):
    for cell in notebooks.read(path).cells:
        pictures = [
            o for o in cell.get("outputs", []) if "image/png" in o.get("data", {})
        ]
        if pictures:
            shown = cell.metadata.get("mystnb", {})
            alt = shown.get("image", {}).get("alt", "")
            caption = shown.get("figure", {}).get("caption", "")
            assert len(pictures) == 1, f"cell {cell.id} makes more than one figure"
            assert len(alt) >= 40, f"cell {cell.id}: alt text {alt!r}"
            assert len(caption) >= 20, f"cell {cell.id}: caption {caption!r}"


@each(LESSONS)
def test_figures_are_light(path):
    cells = notebooks.read(path).cells
    pngs = [png for c in cells for png in notebooks.figures(c.get("outputs", []))]
    total = sum(map(len, pngs))
    assert total <= MAX_FIGURE_BYTES, f"{total} bytes of figures"


@each(LESSONS + SOLUTIONS)
def test_links_between_files_resolve(path):
    assert not broken_links(path)


@each(LESSONS)
def test_numbers_in_the_prose_come_from_the_outputs(path):
    notebook = notebooks.read(path)
    known = numbers_in_output(notebook) | set(ALLOWED_NUMBERS.get(name(path)) or {})
    missing = {
        f"{number} ({where})"
        for where, text in texts(notebook)
        for number in numbers_in_prose(text)
        if number not in known
    }
    assert not missing, f"in the prose, but in no output: {sorted(missing)}"


def test_allowed_numbers_are_needed_and_have_reasons():
    for path, numbers in ALLOWED_NUMBERS.items():
        notebook = notebooks.read(ROOT / path)
        used = {n for _, text in texts(notebook) for n in numbers_in_prose(text)}
        assert set(numbers) <= used - numbers_in_output(notebook), path
        assert all(numbers.values()), f"{path}: a number without a reason"
        for number, reason in numbers.items():
            if reason.startswith(BY_HAND):
                assert is_worked_out(number, reason), f"{path}: {number} is {reason}"


@each(LESSONS)
def test_a_lesson_has_what_every_lesson_has(path):
    cells = [c for c in notebooks.read(path).cells if c.cell_type == "markdown"]
    text = "\n".join(c.source for c in cells)
    for box in ("lesson-card", "misconception", "predict", "broken", "summary"):
        assert re.search(rf"^:class: {box}$", text, re.M), f"no box of class {box}"
    assert 3 <= len(re.findall(r"^:class: quiz$", text, re.M)) <= 5
    headings = re.findall(r"^## (.+)$", text, re.M)
    assert headings[-4:] == [
        "Summary",
        "Check yourself",
        "Exercises",
        "Further reading",
    ]
    summary = text.split("## Summary")[1].split("## Check yourself")[0]
    assert len(re.findall(r"^(?:\d+\.|[-*]) ", summary, re.M)) <= 5
    assert text.startswith("# ")


@each(LESSONS)
def test_a_lesson_has_no_word_that_talks_down(path):
    for where, text in texts(notebooks.read(path)):
        found = re.search(r"\b(obvious(ly)?|simply|trivial(ly)?|clearly)\b", text, re.I)
        assert not found, f"{where}: {found}"


def test_grade_ids_are_unique_in_the_course_and_well_formed():
    ids = Counter()
    for path in SOLUTIONS:
        for cell in notebooks.read(path).cells:
            meta = cell.metadata.get("nbgrader")
            if meta:
                assert re.fullmatch(
                    rf"{path.stem}--[a-z0-9]+(-[a-z0-9]+)*(--answer)?", meta.grade_id
                ), (
                    f"{meta.grade_id}: write <lesson>--<problem> for a test and add "
                    "--answer for its answer cell (nbgrader accepts no dots)"
                )
                ids[meta.grade_id] += 1
    assert ids and max(ids.values()) == 1, ids.most_common(3)


@each(SOLUTIONS)
def test_a_problem_has_what_every_problem_has(path):
    cells = notebooks.read(path).cells
    for i, cell in enumerate(cells):
        meta = cell.metadata.get("nbgrader", {})
        if not meta.get("grade"):
            continue
        answer, text = cells[i - 1], cells[i - 2].source
        assert answer.metadata.nbgrader.grade_id == meta.grade_id + "--answer"
        for needed in (
            r"^## \d+ · ",
            r"\*\*Goal\.\*\*",
            r"(Easy|Medium|Hard) · \d+ minutes · "
            + f"{meta.points:g} point{'s' if meta.points != 1 else ''}"
            + r"\b",
            r"\*\*Example",
            "<summary>Hint 1 · concept</summary>",
            "<summary>Hint 2 · method</summary>",
            "<summary>Hint 3 · near-code</summary>",
        ):
            assert re.search(needed, text, re.M), f"{meta.grade_id}: no {needed!r}"
        assert '"""' in answer.source, f"{meta.grade_id}: no docstring"
        assert "### BEGIN SOLUTION" in answer.source
        assert "### BEGIN HIDDEN TESTS" in cell.source
        assert f'fresh_rng("{meta.grade_id}")' in cell.source
        assert cell.source.rstrip().endswith(f'print("{meta.grade_id}: passed")')
        visible = cell.source.split("### BEGIN HIDDEN TESTS")[0]
        assert "expect_call(" in visible or "assert " in visible


@each(SOLUTIONS)
def test_test_cells_can_run_by_value(path):
    assert not troubles_of_test_cells(notebooks.read(path))


@each(SOLUTIONS)
def test_a_problem_forbids_in_its_text_what_its_test_fences_off(path):
    assert not unlike_fences(notebooks.read(path))


@each(EXERCISES)
def test_a_released_notebook_holds_no_solution_and_no_hidden_test(path):
    text = path.read_text(encoding="utf-8")
    assert "BEGIN SOLUTION" not in text and "HIDDEN TESTS" not in text
    notebook = json.loads(text)
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", notebook["metadata"]["dlcourse"]["version"])


def test_every_lesson_is_in_the_table_of_contents():
    contents = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    for path in LESSONS + EXERCISES:
        assert name(path).removesuffix(".ipynb") in contents


def test_the_repository_is_named_once():
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert config["repository"]["url"] == notebooks.REPOSITORY


def code_cell(notebook):
    """Pick a code cell with an output, beyond the set-up and the imports."""
    return [c for c in notebook.cells if c.cell_type == "code" and c.outputs][-1]


def figure_cell(notebook):
    cells = [c for c in notebook.cells if c.cell_type == "code"]
    return next(
        c for c in cells if any("image/png" in o.get("data", {}) for o in c.outputs)
    )


def strip_outputs(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


def repeat_an_id(notebook):
    notebook.cells[1].id = notebook.cells[0].id


def add_timing(notebook):
    code_cell(notebook).metadata["execution"] = {"iopub.status.busy": "2027-01-01"}


def misspell_a_tag(notebook):
    code_cell(notebook).metadata["tags"] = ["raise-exception"]


def make_a_cell_long(notebook):
    code_cell(notebook).source = "\n".join(["x = 1"] * 26)


def store_an_error(notebook):
    error = nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])
    code_cell(notebook).outputs.append(error)


def declare_an_error_in_vain(notebook):
    code_cell(notebook).metadata["tags"] = ["raises-exception"]


def warn_on_stderr(notebook):
    warning = nbformat.v4.new_output("stream", name="stderr", text="deprecated")
    code_cell(notebook).outputs.append(warning)


def drop_alt_text(notebook):
    del figure_cell(notebook).metadata["mystnb"]["image"]


def drop_the_set_up(notebook):
    notebook.cells = [
        c
        for c in notebook.cells
        if notebooks.SETUP_TAG not in c.metadata.get("tags", [])
    ]


def swap_execution_counts(notebook):
    notebook.cells = notebook.cells[::-1]


def drop_the_misconception(notebook):
    for cell in notebook.cells:
        cell.source = cell.source.replace(":class: misconception", "")


def talk_down(notebook):
    notebook.cells[0].source += "\n\nThis is obviously right."


def a_test_cell(notebook):
    graded = (c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade"))
    return next(graded)


def look_at_the_source_of_an_answer(notebook):
    a_test_cell(notebook).source += "\nimport inspect\ninspect.getsource(step_neuron)"


def use_what_the_set_up_imports(notebook):
    cell = a_test_cell(notebook)
    cell.source = cell.source.replace("import numpy as np\n", "")


def forget_the_end_of_a_hidden_part(notebook):
    cell = a_test_cell(notebook)
    cell.source = cell.source.replace("### END HIDDEN TESTS", "")


def change_the_header(old, new):
    def plant(notebook):
        cells = notebook.cells
        text = cells[cells.index(a_test_cell(notebook)) - 2]
        assert old in text.source
        text.source = text.source.replace(old, new, 1)

    return plant


def open_the_fence(notebook):
    cell = a_test_cell(notebook)
    cell.source = cell.source.replace('without("torch", ', "without(", 1)


def fence_off_one_more(notebook):
    cell = a_test_cell(notebook)
    cell.source = cell.source.replace("without(", 'without("scipy", ', 1)


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (
            change_the_header("no torch, ", ""),
            r"\['sklearn'\], the test \['sk.*'torch'",
        ),
        (change_the_header("no torch", "no SciPy"), r"forbids \['scipy', 'sklearn'"),
        (change_the_header(" · from scratch: no torch, no scikit-learn", ""), "four"),
        (open_the_fence, r"'torch'\], the test \['sklearn'\]"),
        (fence_off_one_more, r"'torch'\], the test \['scipy', "),
    ],
)
def test_a_fence_unlike_the_text_is_found(plant, words, tmp_path):
    notebook = notebooks.read(next(p for p in SOLUTIONS if p.stem == "neuron"))
    plant(notebook)
    notebooks.write(notebook, tmp_path / "planted.ipynb")
    with pytest.raises(AssertionError, match=words):
        test_a_problem_forbids_in_its_text_what_its_test_fences_off(
            tmp_path / "planted.ipynb"
        )


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (look_at_the_source_of_an_answer, "`inspect.getsource` sees a stand-in"),
        (use_what_the_set_up_imports, "`np` is made neither here"),
        (forget_the_end_of_a_hidden_part, "begins and never ends"),
    ],
)
def test_trouble_planted_in_a_test_cell_is_found(plant, words, tmp_path):
    notebook = notebooks.read(next(p for p in SOLUTIONS if p.stem == "neuron"))
    plant(notebook)
    notebooks.write(notebook, tmp_path / "planted.ipynb")
    with pytest.raises(AssertionError, match=words):
        test_test_cells_can_run_by_value(tmp_path / "planted.ipynb")


@pytest.mark.parametrize(
    ("plant", "rule"),
    [
        (strip_outputs, test_cells_were_executed_in_order_and_have_outputs),
        (swap_execution_counts, test_cells_were_executed_in_order_and_have_outputs),
        (repeat_an_id, test_schema_ids_and_metadata_are_normal),
        (add_timing, test_schema_ids_and_metadata_are_normal),
        (misspell_a_tag, test_only_known_tags),
        (make_a_cell_long, test_cells_are_short),
        (store_an_error, test_errors_are_declared),
        (declare_an_error_in_vain, test_errors_are_declared),
        (warn_on_stderr, test_nothing_is_written_to_stderr),
        (drop_alt_text, test_figures_have_alt_text_and_a_caption),
        (drop_the_set_up, test_set_up_comes_first),
        (drop_the_misconception, test_a_lesson_has_what_every_lesson_has),
        (talk_down, test_a_lesson_has_no_word_that_talks_down),
    ],
)
def test_a_planted_fault_is_found(plant, rule, tmp_path):
    notebook = notebooks.read(LESSONS[0])
    plant(notebook)
    path = tmp_path / LESSONS[0].name
    path.write_text(json.dumps(notebook), encoding="utf-8")  # nbformat would repair
    with pytest.raises((AssertionError, notebooks.NotebookError)):
        rule(path)


class TestTheLintItself:
    """The helpers find what they look for."""

    def test_a_number_that_no_output_has_is_found(self):
        assert numbers_in_prose(
            "an accuracy of 97.5 % and $x = 0.25$, 12% in 1986"
        ) == {
            "97.5",
            "0.25",
            "12",
        }

    def test_versions_links_and_code_are_no_results(self):
        text = "torch 2.13.0, `0.75`, [a](https://x.org/1.5), section 2.1.3"
        assert numbers_in_prose(text) == set()

    def test_the_number_of_a_quiz_is_a_claim_and_its_tolerance_is_none(self):
        text = "1. ✓ 0.25 ± 0.005: because\n2. ✗ 0.5: 3.0 ± 0.1 was meant"
        assert numbers_in_prose(text) == {"0.25", "0.5", "3.0", "0.1"}

    def test_a_number_by_hand_is_worked_out_to_its_digits(self):
        assert is_worked_out("4.61", "by hand: log(100)")
        assert is_worked_out("8", "by hand: 100 / 12")
        assert not is_worked_out("4.60", "by hand: log(100)")
        assert not is_worked_out("8.4", "by hand: 100 / 12")

    def test_numbers_of_the_outputs_are_found(self):
        output = nbformat.v4.new_output("stream", text="loss -0.693 (50%)\n")
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(outputs=[output])]
        )
        assert {"0.693", "50"} <= numbers_in_output(notebook)

    def test_a_broken_link_is_found(self, tmp_path):
        cell = nbformat.v4.new_markdown_cell("[gone](nowhere.ipynb) [web](https://a.b)")
        notebooks.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "a.ipynb")
        assert broken_links(tmp_path / "a.ipynb") == ["nowhere.ipynb"]

    def test_a_changed_figure_is_found(self):
        import io

        from PIL import Image, ImageDraw

        def png(width):
            picture = Image.new("RGB", (200, 100), "white")
            ImageDraw.Draw(picture).rectangle((20, 20, width, 60), fill="navy")
            file = io.BytesIO()
            picture.save(file, "PNG")
            return file.getvalue()

        assert notebooks.figure_difference(png(100), png(100)) is None
        assert "pixels changed" in notebooks.figure_difference(png(100), png(102))
        assert base64.b64encode(png(100))
