"""A description's types in Python's words: for signatures and docstrings."""

import inspect
import keyword
import typing

_PLAIN = {"bool": bool, "int": int, "float": float, "str": str, "bytes": bytes, "dict": dict}


def annotation(type_):
    """bool, int, list[int], Literal['input', 'output'], …"""
    if type_.kind == "enum":
        return typing.Literal[tuple(type_.choices)]
    if type_.kind == "list":
        return list[annotation(type_.element[0])]
    return _PLAIN[type_.kind]


def words(type_):
    """What a value may be: "u8, 0 to 255"."""
    if type_.kind == "int":
        bits = 8 * type_.size
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if type_.signed else (0, (1 << bits) - 1)
        return f"{type_.text}, {low} to {high}"
    if type_.kind == "enum":
        return " or ".join(repr(name) for name in type_.choices)
    if type_.kind == "str":
        return f"text, at most {type_.size} bytes of UTF-8"
    if type_.kind == "bytes":
        return f"at most {type_.size} bytes"
    if type_.kind == "list":
        return f"a list of {type_.count}, each {words(type_.element[0])}"
    if type_.kind == "dict":
        inner = "; ".join(f"{field.name}: {words(field.type)}" for field in type_.fields)
        return f"a dict or a tuple of ({inner})"
    return type_.text


def parameter_name(field):
    """`from` cannot be written as a keyword argument; `from_` can."""
    return f"{field.name}_" if keyword.iskeyword(field.name) else field.name


def returned(command, reply):
    if not command.reply:
        return None
    return reply or annotation(command.reply[0].type)


def signature(command, reply, parameter=inspect.Parameter):
    """`reply`: the type of a reply of several values."""
    parameters = [parameter(parameter_name(field), parameter.POSITIONAL_OR_KEYWORD,
                            annotation=annotation(field.type)) for field in command.args]
    if all(field.name != "timeout" for field in command.args):
        parameters.append(parameter("timeout", parameter.KEYWORD_ONLY, default=None,
                                    annotation=float | None))
    return inspect.Signature(parameters, return_annotation=returned(command, reply))


def _rows(fields):
    return [f"    {parameter_name(field)}: {words(field.type)}"
            + (f", in {field.unit}" if field.unit else "") for field in fields]


def docstring(command):
    """Its help, its arguments and its reply, as the Pico describes them."""
    parts = [command.help or f"The command '{command.name}'."]
    if command.args:
        parts.append("\n".join(["Arguments:", *_rows(command.args)]))
    if command.reply:
        parts.append("\n".join(["Returns:", *_rows(command.reply)]))
    if command.max_time_ms > 1000:
        parts.append(f"It may take {command.max_time_ms / 1000:g} s.")
    return "\n\n".join(parts)
