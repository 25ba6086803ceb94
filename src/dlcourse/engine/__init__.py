"""Testing a student's answers by value.

The student's cells run in one place, the test cells in another; between them pass
plain values and nothing else. What a student's notebook does to its own process can
therefore not change what a test sees, compares or concludes.

=========== =========================================================================
values      which values cross, and how they are written
wire        messages over a socket, with limits on size and time
endpoint    requests in both directions: calls, attributes, callbacks, gradients
objects     what a test holds in place of a student's function or object
student     runs cells and answers requests: the side that is not trusted
tests       runs test cells against names of the student: the side that is trusted
=========== =========================================================================

``dlcourse check`` has both sides in one process, ``dlcourse grade`` has them in two,
with walls between.
"""
