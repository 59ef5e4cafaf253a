"""What the runner counts: a line for each step, “ok” or “not ok”."""

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

# Characters of an error that are shown: the whole of a mail would hide the rest.
LONGEST = 2_000


class Walk:
    """The steps of one API in their order."""

    def __init__(self, api: str) -> None:
        self.api = api
        self.current = "begins"

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.current = name
        yield
        print(f"ok Python, {self.api}: {name}")


def walk(api: str, steps: Callable[[Walk], None]) -> None:
    """Runs the steps; the first that fails ends this API, and the next one goes on."""
    path = Walk(api)
    try:
        steps(path)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        here = [frame for frame in frames if Path(frame.filename).stem == api]
        line = f"{Path(here[-1].filename).name}:{here[-1].lineno}" if here else "?"
        why = f"{type(error).__name__}: {error}"[:LONGEST].replace("\n", "\n    ")
        print(f"not ok Python, {api}: {path.current}\n    {line}: {why}")
