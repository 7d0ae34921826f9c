"""Codecs without input or output: register words, telegrams and messages in, values of ``core.model`` out, and back."""
