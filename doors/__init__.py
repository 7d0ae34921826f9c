"""The doors of the repository: what stands behind ``./dev``.

In comes a command line; out comes a prepared environment and the command run inside it. Only the standard library is
used here, because these modules run before anything is installed.
"""
