"""SunSpec information models over Modbus, decoded from the alliance's own model files (``NOTICE.md``)."""
