from uuid import UUID

from client import api, got, same, stranger
from report import Walk
from ringpost_client.api.events import list_event_types
from ringpost_client.api.server import get_description, get_health, get_readiness, get_reference
from ringpost_client.models import (
    ErrorBodyType,
    ErrorEnvelope,
    GetDescriptionResponse200,
    Health,
    HealthStatus,
    Readiness,
    ReadinessStatus,
)


def server(walk: Walk) -> None:
    with walk.step("is alive and ready"):
        same(got(200, Health, get_health.sync_detailed(client=api)).status, HealthStatus.OK)
        same(got(200, Readiness, get_readiness.sync_detailed(client=api)).status, ReadinessStatus.OK)

    with walk.step("describes itself"):
        description = got(200, GetDescriptionResponse200, get_description.sync_detailed(client=api))
        same(description["openapi"], "3.1.0")
        assert got(200, str, get_reference.sync_detailed(client=api)).startswith("<!DOCTYPE html>")

    with walk.step("refuses a stranger in the envelope"):
        refused = got(401, ErrorEnvelope, list_event_types.sync_detailed(client=stranger))
        same(refused.success, False)
        error = refused.error
        same((error.code, error.type_, error.status), ("UNAUTHORIZED", ErrorBodyType.CLIENT_ERROR, 401))
        same(error.details.to_dict(), {})
        same(str(UUID(error.trace_id)), error.trace_id)
        assert error.timestamp.tzinfo is not None
