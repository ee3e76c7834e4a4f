"""What the registry's refusals mean at the API."""

from __future__ import annotations

from collections.abc import Iterable

from accounts.rest.refusals import Fault, Refusal, Translation, changed_meanwhile, invalid
from clients.documents.document import DocumentFault, fault_at
from clients.documents.planning import DocumentRefused
from clients.life.protection import NoReason, NotProtected, SystemOwned, Unchangeable
from clients.namespaces import NamespaceRefused
from clients.ownership import HandOverRefused
from clients.writing import ChangedMeanwhile, Refused


def _document(found: Iterable[DocumentFault]) -> Refusal:
    """A document's paths begin with the client that they are about; here there is one alone."""
    return invalid(Fault(path=fault.path.partition(".")[2], message=fault.message, line=fault.line) for fault in found)


def _refused(error: Refused) -> Refusal:
    return _document(fault_at(fault, path="client") for fault in error.faults)


def _unchangeable(error: Unchangeable) -> Refusal:
    codes = {SystemOwned: "system_owned", NotProtected: "not_protected"}
    return Refusal(409, codes.get(type(error), "protected"), str(error))


def _namespace(error: NamespaceRefused) -> Refusal:
    return invalid(Fault(path=key, message=message) for key, message in error.faults)


TRANSLATIONS = (
    Translation(DocumentRefused, lambda error: _document(error.faults)),
    Translation(Refused, _refused),
    Translation(ChangedMeanwhile, lambda _: changed_meanwhile()),
    Translation(Unchangeable, _unchangeable),
    Translation(NoReason, lambda error: invalid([Fault(path="reason", message=str(error))])),
    Translation(NamespaceRefused, _namespace),
    Translation(HandOverRefused, lambda error: Refusal(409, "owns_clients", str(error))),
)
