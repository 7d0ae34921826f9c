"""The Power Box of a sub-metering system over Modbus: 28 slots of current transformers, as one table."""
