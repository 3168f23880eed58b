"""Check a supplier list. The rooms follow one another: reading, matching, deciding, judging, report."""
