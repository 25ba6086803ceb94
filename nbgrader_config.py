"""nbgrader's settings for this course; nbgrader looks for them here, at the root."""

import os

from nbgrader.converters import GenerateAssignment, GenerateFeedback

from dlcourse.grading.feedback import FILTERS, FeedbackExporter, Harmless, HideTests
from dlcourse.grading.release import StampVersion
from dlcourse.grading.submissions import set_aside_unreadable

c = get_config()  # noqa: F821 - nbgrader provides it

c.CourseDirectory.course_id = "deep-learning"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"

# A released answer cell says what to do with itself.
c.ClearSolutions.code_stub = {
    "python": "# Write your answer here, in place of the next line.\n"
    "raise NotImplementedError()"
}
# exercises/ is committed, so it is always there: never skip because of that.
c.GenerateAssignment.force = True
c.GenerateAssignment.preprocessors = [
    *GenerateAssignment.preprocessors.default(),
    StampVersion,
]

# How hand-ins are named in a platform's download; change it to what yours makes.
# Here: concepts_<student>_<year-month-day-hour-minute-second>_attempt_1_neuron.ipynb
c.FileNameCollectorPlugin.named_regexp = (
    r"[^_]+_(?P<student_id>[^_]+)_(?P<timestamp>\d{4}(?:-\d\d){5})_attempt_\d+_"
    r"(?P<file_id>[\w-]+)"
)

c.Autograde.pre_convert_hook = set_aside_unreadable
c.Execute.timeout = 60
c.Execute.shutdown_kernel = "immediate"  # a graceful goodbye takes 1 s a notebook

# Cells that share cores must not start a thread for each of them: measured elsewhere,
# oversubscribed loops ran into the time limit and became zeros.
os.environ["OMP_NUM_THREADS"] = "1"

# What students wrote must not run in anybody's browser: neither in feedback nor in
# formgrader. Feedback shows no hidden tests, and its pages call nobody.
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.filters = FILTERS
c.HTMLExporter.preprocessors = [Harmless]
c.GenerateFeedback.exporter_class = FeedbackExporter
c.GenerateFeedback.preprocessors = [
    *GenerateFeedback.preprocessors.default(),
    HideTests,
]

c.ExportApp.plugin_class = "dlcourse.grading.export.CsvExport"
