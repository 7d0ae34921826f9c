"""Modbus meters as data: one TOML table per model, walked by one codec (``docs/add-a-meter.md``)."""
