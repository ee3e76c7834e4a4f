"""Signing people in by user name and password. Service accounts and deleted users never sign in (R17)."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from accounts.connections import give_back
from accounts.models import User


class PasswordBackend(BaseBackend):
    """Costs one Argon2 run whether the name exists or not, so that names cannot be told by time."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        if username is None or password is None:
            return None
        user = User.objects.filter(username=username, kind=User.Kind.PERSON, deleted_at=None).first()
        give_back()
        if user is None:
            User().set_password(password)
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: Any) -> User | None:
        """The session's user, unless deactivated or deleted since."""
        return User.objects.filter(pk=user_id, is_active=True, deleted_at=None).first()
