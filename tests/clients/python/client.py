"""The client that is tested: the generated package, and what it is told."""

import os
from pathlib import Path
from typing import TypeVar

from receiver import Receiver
from ringpost_client import AuthenticatedClient
from ringpost_client.types import Response

ACCOUNT = int(os.environ["CLIENT_ACCOUNT"])
CONTACT = os.environ["CLIENT_CONTACT"]
MAILS = Path(os.environ["CLIENT_MAILS"])

receiver = Receiver(Path(os.environ["CLIENT_KEY"]), Path(os.environ["CLIENT_CERTIFICATE"]))

P = TypeVar("P")
T = TypeVar("T")


def bearer(token: str) -> AuthenticatedClient:
    return AuthenticatedClient(base_url=os.environ["CLIENT_URL"], token=token, raise_on_unexpected_status=True)


api = bearer(Path(os.environ["CLIENT_TOKEN"]).read_text().strip())
stranger = bearer("rp_nobody")


def got(status: int, kind: type[T], answer: Response[P]) -> T:
    """What was parsed from an answer that has this status."""
    assert answer.status_code == status, f"{status} expected, got {answer.status_code}: {answer.content!r}"
    assert isinstance(answer.parsed, kind), f"not a {kind.__name__}: {answer.parsed!r}"
    return answer.parsed


def done(answer: Response[P]) -> None:
    """An answer without a body."""
    assert answer.status_code == 204, f"204 expected, got {answer.status_code}: {answer.content!r}"


def same(found: object, expected: object) -> None:
    assert found == expected, f"{expected!r} expected, got {found!r}"
