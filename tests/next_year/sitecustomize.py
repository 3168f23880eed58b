"""Set the clock of Python a year ahead: `make test-next-year` puts this folder on PYTHONPATH.

Every process of a test run loads it, workers and commands too. Times of files and SQLite's own clock stay as
they are.
"""

import datetime

import time_machine

_AHEAD = datetime.timedelta(days=366)
time_machine.travel(datetime.datetime.now(datetime.UTC) + _AHEAD, tick=True).start()
