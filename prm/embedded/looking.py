"""``./run shots`` and ``./run lighthouse``: a browser looks at the demo, started if need be."""

import sys

from prm.embedded.commands import ROOT, data_home, foreground
from prm.embedded.demo import Demo
from prm.embedded.instance import Busy, joined, staying


def at_the_demo(script: str, arguments: list[str]) -> int:
    """Run a script of ``.ci`` with the address of the demo, and return its exit code."""
    argv = [sys.executable, str(ROOT / ".ci" / script)]
    base = data_home() / "demo"
    demo = Demo(base, port=8000, empty=False)
    try:
        return demo.run(
            lambda: foreground(
                [*argv, demo.address, *arguments], demo.instance.env, demo.instance.tend
            )
        )
    except Busy as busy:
        address = busy.state.get("address")
        if not address:
            raise
        with staying(base):
            return foreground([*argv, str(address), *arguments], joined(busy.state), lambda: None)
