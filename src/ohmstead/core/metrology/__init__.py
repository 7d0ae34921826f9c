"""Blocks of voltage and current samples to RMS, power, harmonics, power quality and energy."""
