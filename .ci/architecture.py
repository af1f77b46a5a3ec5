"""What import-linter cannot see: relations between tables, and what is loaded at start-up.

python .ci/architecture.py relations | startup
"""

import os
import sys

# From the ground up; each app may point at itself and at what stands before it.
LAYERS = ("django", "common", "partners", "kpis")
GROUND = {"auth", "contenttypes", "sessions", "admin", "account", "mfa", "messages"}
HEAVY = {"pandas", "plotly", "numpy"}


def _rank(app_label: str) -> int:
    return 0 if app_label in GROUND else LAYERS.index(app_label)


def upward_relations() -> list[str]:
    """Every relation of our models that points at a higher app."""
    from django.apps import apps

    found = []
    for model in apps.get_models(include_auto_created=True):
        label = model._meta.app_label
        if label not in LAYERS:
            continue
        for field in model._meta.get_fields():
            target = field.related_model if field.is_relation and field.concrete else None
            if target and _rank(target._meta.app_label) > _rank(label):
                found.append(f"{label}.{model.__name__}.{field.name} points up at {target}")
    return found


def loaded_at_startup() -> list[str]:
    """The heavy packages that loading all URLs brings in; they belong inside functions."""
    import prm.urls  # noqa: F401

    return sorted(HEAVY & set(sys.modules))


def main() -> str | None:
    """What is wrong, or None."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prm.settings")
    django.setup()
    if sys.argv[1] == "relations":
        return "\n".join(upward_relations()) or None
    heavy = loaded_at_startup()
    return f"Loading prm.urls also loads {', '.join(heavy)}." if heavy else None


if __name__ == "__main__":
    sys.path.insert(0, os.getcwd())  # noqa: PTH109 (as python -m does)
    sys.exit(main())
