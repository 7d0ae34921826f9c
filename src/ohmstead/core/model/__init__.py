"""The words of the house: values that every room may name. Import them from their module."""
