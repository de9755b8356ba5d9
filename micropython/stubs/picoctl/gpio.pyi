from . import Target

def add_to(target: Target) -> None:
    """Adds the commands gpio.mode, gpio.write, gpio.read, gpio.write_group, gpio.read_group."""
