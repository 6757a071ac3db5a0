"""The embedded KoboToolbox stand-in: a server of its own, sharing no code with the client.

A wrong rule on one side must show as a disagreement, so nothing here imports from the rest of
kobotui, and nothing but ``__main__`` and the tests imports this package.
"""
