"""The one error of a benchmark."""


class Broken(Exception):
    """It could not be carried out; the text says why."""
