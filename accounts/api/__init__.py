"""What the management API does with people, groups, settings and the audit trail (which stands below the frame)."""

from accounts.api import events, groups, people, settings

OPERATIONS = (*people.OPERATIONS, *groups.OPERATIONS, *settings.OPERATIONS, *events.OPERATIONS)
