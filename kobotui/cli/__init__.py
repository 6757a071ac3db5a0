"""The command line: the same as the console's lists, for scripts, and what is done without a screen.

Exit codes: 0 all done, 1 it failed or some of it did, 2 used wrongly or refused because read only, 3 not logged in,
4 conflicts, 5 in doubt or incomplete, 128 + n after signal n.
"""
