"""Who looks at the pages that are measured. Runs on the server's own store."""

from accounts.models import Group, User
from tests.bench.pages import NAME, PASSWORD


def let_in() -> None:
    """An administrator who may sign in."""
    administrator = User.objects.create_user(NAME, password=PASSWORD, is_superuser=True)
    administrator.groups.set(Group.objects.filter(name="Administrator"))
