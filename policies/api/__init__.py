"""The scope catalogue and the registered APIs, as the management API shows and changes them."""

from policies.api import apis, scopes

OPERATIONS = (*scopes.OPERATIONS, *apis.OPERATIONS)
