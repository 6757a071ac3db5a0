"""The command line: the same as the console's lists, for scripts, and what is done without a screen.

Exit codes: 0 done, 1 it failed, 2 used wrongly or refused because read only, 3 not logged in, 5 a list is incomplete.
"""
