"""The product's source as trees, and the order of its packages."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
# Imports go one way, from the left to the right.
ORDER = ("authserver", "tokens", "policies", "clients", "accounts", "audit")


@dataclass(frozen=True)
class Module:
    """One file. `name` is dotted; a package's is that of its folder."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def package(self) -> str:
        return self.name.partition(".")[0]

    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and dotted name of everything imported, wherever in the file: in functions, under TYPE_CHECKING."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._absolute(node)
                yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)

    def strings(self) -> Iterator[tuple[int, str]]:
        """Every string that the code holds."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.lineno, node.value

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        depth = node.level - (self.path.name == "__init__.py")
        return ".".join([*parts[: len(parts) - depth], *([node.module] if node.module else [])])


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the product except migrations, which say what once was."""
    found = (path for package in ORDER for path in sorted((ROOT / package).rglob("*.py")))
    return tuple(_read(path) for path in found if "migrations" not in path.parts)


def above(package: str) -> tuple[str, ...]:
    """The packages that `package` must not know."""
    return ORDER[: ORDER.index(package)]


def imports_any(module: Module, roots: tuple[str, ...]) -> bool:
    return any(name == root or name.startswith(f"{root}.") for _, name in module.imports() for root in roots)


def _read(path: Path) -> Module:
    parts = path.relative_to(ROOT).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Module(name=name, path=path, tree=ast.parse(path.read_text(), filename=str(path)))
