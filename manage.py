#!/usr/bin/env python
"""The door to every command: serve, apply, migrate, audit …"""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "authserver.settings")
    from django.core.management import execute_from_command_line

    from authserver.environment import EnvironmentFault

    try:
        execute_from_command_line(sys.argv)
    except EnvironmentFault as fault:
        sys.exit(f"authserver cannot start. {fault}")


if __name__ == "__main__":
    main()
