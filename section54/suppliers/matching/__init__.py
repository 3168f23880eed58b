"""The second room: which organisation a supplier's name and number mean. Uses reading."""
