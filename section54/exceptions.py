"""What a command tells its user in one sentence instead of a traceback."""


class InputError(Exception):
    """An input that cannot be read; the message names the file, row or address."""
