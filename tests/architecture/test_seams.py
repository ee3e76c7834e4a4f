"""What a lower room needs from an upper one goes through a list that the lower declares and the upper fills."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.source import Module, modules

pytestmark = pytest.mark.once

# Every such list: where it is declared, and which apps fill it in `AppConfig.ready`.
SEAMS: dict[str, set[str]] = {
    "audit.maintenance_jobs.JOBS": {"accounts", "audit", "authserver", "clients", "policies", "tokens"},
    "accounts.continuing.READERS": {"authserver", "tokens"},
    "accounts.holdings.ALLOWED_SCOPE_RULES": {"policies"},
    "accounts.holdings.SCOPE_HOLDING_RULES": {"policies"},
    "accounts.leaving.ENDS_WITH_PERSON": {"tokens"},
    "accounts.my_account.SECTIONS": {"accounts", "clients", "tokens"},
    "accounts.owning.OWNED": {"clients"},
    "accounts.owning.PANELS": {"clients"},
    "accounts.people.BEFORE_DEACTIVATION": {"clients"},
    "accounts.rest.refusals.TRANSLATIONS": {"accounts", "clients", "policies", "tokens"},
    "accounts.usernames.ALSO_TAKEN_BY": {"clients"},
    "clients.linter.catalogue.READERS": {"policies"},
    "clients.linter.catalogue.USE_READERS": {"policies"},
    "clients.linter.catalogue.USED_READERS": {"policies"},
    "clients.life.lifecycle.BLAST_RADIUS": {"policies", "tokens"},
    "clients.life.lifecycle.REMAINS": {"tokens"},
    "clients.life.lifecycle.BLAST_RADIUS_TOGETHER": {"tokens"},
    "clients.overview_panels.PANELS": {"tokens"},
    "clients.writing.AFTER_CHANGE": {"clients"},
    "clients.rules.validation.ALLOWED_SCOPE_RULES": {"policies"},
}


def declared(module: Module) -> set[str]:
    """Lists that begin empty: `NAME: list[…] = []` at the top of a module."""
    return {
        f"{module.name}.{node.target.id}"
        for node in module.tree.body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and node.target.id.isupper()
        and isinstance(node.value, ast.List)
        and not node.value.elts
    }


def filled(module: Module) -> set[str]:
    """Lists that an `apps.py` appends to, by their full names."""
    known = {name.rpartition(".")[2]: name for _, name in module.imports()}
    found = set()
    for node in ast.walk(module.tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("append", "extend")
        ):
            written = ast.unparse(node.func.value)
            head, _, rest = written.partition(".")
            found.add(f"{known.get(head, head)}.{rest}" if rest else known.get(head, head))
    return found


def test_every_list_that_lower_rooms_declare_is_named_here() -> None:
    assert {name for module in modules() for name in declared(module)} == set(SEAMS)


def test_every_list_is_filled_by_the_apps_named_here_and_by_no_other() -> None:
    by_list: dict[str, set[str]] = {}
    for module in modules():
        if module.name.endswith(".apps"):
            for name in filled(module):
                by_list.setdefault(name, set()).add(module.package)
    assert by_list == SEAMS


def test_no_other_module_fills_a_seam() -> None:
    """Filled once, when Django is ready: a list that grows later would mean different things in two workers."""
    strays = {
        module.name: sorted(filled(module) & set(SEAMS))
        for module in modules()
        if not module.name.endswith(".apps") and filled(module) & set(SEAMS)
    }
    assert strays == {}
