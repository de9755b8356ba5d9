"""The stubs say what the package has: the same names, and the same parameters."""

import ast
import inspect
import pathlib

import picoctl
import pytest

STUBS = ast.parse((pathlib.Path(picoctl.__file__).parent / "__init__.pyi").read_text())


def parameters(node):
    a = node.args
    return ([arg.arg for arg in a.posonlyargs + a.args], [arg.arg for arg in a.kwonlyargs],
            a.vararg and a.vararg.arg, a.kwarg and a.kwarg.arg)


def actual(function):
    kinds = {kind: [p.name for p in inspect.signature(function).parameters.values()
                    if p.kind is kind] for kind in inspect._ParameterKind}
    P = inspect.Parameter
    one = [kinds[P.VAR_POSITIONAL], kinds[P.VAR_KEYWORD]]
    return (kinds[P.POSITIONAL_ONLY] + kinds[P.POSITIONAL_OR_KEYWORD], kinds[P.KEYWORD_ONLY],
            *(names[0] if names else None for names in one))


def test_the_same_names():
    named = {node.name for node in STUBS.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    assert named == set(picoctl.__all__)


@pytest.mark.parametrize("node", [n for n in STUBS.body if isinstance(n, ast.FunctionDef)],
                         ids=lambda node: node.name)
def test_functions(node):
    assert parameters(node) == actual(getattr(picoctl, node.name))


@pytest.mark.parametrize("node", [n for n in STUBS.body if isinstance(n, ast.ClassDef)],
                         ids=lambda node: node.name)
def test_classes(node):
    cls = getattr(picoctl, node.name)
    assert [ast.unparse(base) for base in node.bases if ast.unparse(base) in picoctl.__all__] == [
        base.__name__ for base in cls.__bases__ if base.__name__ in picoctl.__all__]
    for member in node.body:
        if isinstance(member, ast.FunctionDef):
            there = inspect.getattr_static(cls, member.name)
            if member.name.startswith("__") or isinstance(there, property):
                continue
            there = getattr(there, "__func__", there)
            if node.name in ("Command",):
                continue
            assert parameters(member) == actual(there), member.name
    if issubclass(cls, tuple):
        assert [m.target.id for m in node.body if isinstance(m, ast.AnnAssign)] == list(cls._fields)


def test_pico_has_nothing_that_the_stubs_do_not_know():
    [node] = [n for n in STUBS.body if isinstance(n, ast.ClassDef) and n.name == "Pico"]
    known = {member.name for member in node.body if isinstance(member, ast.FunctionDef)}
    assert {name for name in vars(picoctl.Pico) if not name.startswith("_")} <= known


def test_the_package_is_typed():
    assert (pathlib.Path(picoctl.__file__).parent / "py.typed").exists()
