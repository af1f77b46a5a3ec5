#!/usr/bin/env python
"""Run a Django command. Commands that change the schema use the owner's role."""

import os
import sys

OWNER_COMMANDS = {"migrate", "sqlmigrate", "sqlflush", "flush", "dbshell", "showmigrations"}


def main() -> None:
    """Run the command line; ``migrate`` and its like connect as the database's owner."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prm.settings")
    owner = os.environ.get("DATABASE_OWNER_URL")
    if owner and len(sys.argv) > 1 and sys.argv[1] in OWNER_COMMANDS:
        os.environ["PRM_DATABASE_ROLE"] = "owner"
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
