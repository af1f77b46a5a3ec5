"""`.ci/messages.py` as a module: the tests read the texts of the sources as the command does."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

SCRIPT = Path(__file__).resolve().parents[2] / ".ci" / "messages.py"


def load() -> ModuleType:
    """The command, loaded once."""
    if "prm_messages" not in sys.modules:
        spec = importlib.util.spec_from_file_location("prm_messages", SCRIPT)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules["prm_messages"] = module
        spec.loader.exec_module(module)
    return sys.modules["prm_messages"]
