"""Plain data and pure rules: projects, access, forms, submissions, text. No I/O, no screen.

Models keep the server's text exactly as it came; ``text.shown`` cleans it for the eye.
"""
