import json
from datetime import UTC, datetime

from client import ACCOUNT, CONTACT, MAILS, api, done, got, receiver, same
from receiver import mail, text
from report import Walk
from ringpost_client.api.deliveries import list_deliveries, resend_deliveries
from ringpost_client.api.events import (
    explain_event,
    get_event,
    get_event_type,
    get_event_type_schema,
    list_event_types,
    list_events,
    post_event,
    post_events,
)
from ringpost_client.api.webhooks import create_webhook, delete_webhook
from ringpost_client.models import (
    AcceptedEvent,
    AcceptedItem,
    BatchedRunFailed,
    BatchResult,
    DeliveryList,
    ErrorEnvelope,
    EventDetail,
    EventExplanation,
    EventKey,
    EventList,
    EventType,
    EventTypeList,
    GetEventTypeSchemaResponse200,
    NewWebhookDataAttributes,
    PostedRunFailed,
    PostedRunFailedEventType,
    RefusedItem,
    ResendResults,
    ResendSeveralInput,
    Scopes,
    WebhookDocument,
)
from webhooks import new

RUN = "https://api.prod.example.com/v2/runs/9876"
RUN_FAILED = PostedRunFailed(
    event_type=PostedRunFailedEventType.RUN_FAILED,
    account_id=ACCOUNT,
    timestamp=datetime(2026, 5, 4, 12, tzinfo=UTC),
    run_id=9876,
    run_status="failed",
    admin_link="https://admin.prod.example.com/runs/9876/show",
    api_link=RUN,
    api_status_link=f"{RUN}/status",
    api_triggers_link=f"{RUN}/triggers",
    tenant_id=789,
    tenant_name="Widget Co",
    integration_id=42,
    integration_name="Shopify Integration",
)


def events(walk: Walk) -> None:
    """The rules that stand when this begins name /shared and ops@python.example for run_failed."""
    with walk.step("list the event types"):
        types = got(200, EventTypeList, list_event_types.sync_detailed(client=api)).data
        found = next(known for known in types if known.key is EventKey.RUN_FAILED)
        same((found.title, found.sample["run_id"]), ("Run Failed", 9876))

    with walk.step("read one, and its schema"):
        read = got(200, EventType, get_event_type.sync_detailed(EventKey.TENANT_CREATED, client=api))
        same((read.key, read.wire_name), (EventKey.TENANT_CREATED, "new_tenant_created"))
        schema = get_event_type_schema.sync_detailed(EventKey.TENANT_CREATED, client=api)
        same(got(200, GetEventTypeSchemaResponse200, schema)["type"], "object")

    with walk.step("post one; the webhooks, the subscriber and the contact hear of it"):
        narrow = Scopes()
        narrow["integration_id"] = [42]
        attributes = NewWebhookDataAttributes(
            name="Listener", url=f"{receiver.url}/listener", events=[EventKey.RUN_FAILED], scopes=narrow
        )
        listener = got(201, WebhookDocument, create_webhook.sync_detailed(client=api, body=new(attributes)))
        once = "run-9876-failed"
        accepted = got(202, AcceptedEvent, post_event.sync_detailed(client=api, body=RUN_FAILED, idempotency_key=once))
        same((accepted.event_type, accepted.deliveries), (EventKey.RUN_FAILED, 4))
        again = post_event.sync_detailed(client=api, body=RUN_FAILED, idempotency_key=once)
        same(got(202, AcceptedEvent, again), accepted)

        filled = {"environment": "prod-python", "account_name": "Account of python"}
        for path in ("/shared", "/listener"):
            post = receiver.take(path)
            same(post.headers["x-ringpost-event"], "run_failed")
            same(json.loads(post.body), {**RUN_FAILED.to_dict(), **filled, "timestamp": "2026-05-04T12:00:00Z"})
        assert "Widget Co" in text(mail(MAILS, "ops@python.example", "Run Failed"))
        assert "Widget Co" in text(mail(MAILS, CONTACT, "Run Failed"))
        same([post.path for post in receiver.posts], [])
        listed = got(200, EventList, list_events.sync_detailed(client=api, event="run_failed", limit=1)).events
        same([(event.id, len(event.deliveries)) for event in listed], [(accepted.id, 4)])
        event = got(200, EventDetail, get_event.sync_detailed(accepted.id, client=api))
        same((event.payload["run_id"], event.left_out), (9876, []))
        log = got(200, DeliveryList, list_deliveries.sync_detailed(client=api, limit=2)).deliveries
        same([delivery.event_id for delivery in log], [accepted.id] * 2)
        body = ResendSeveralInput(ids=[str(log[0].id)])
        resent = got(202, ResendResults, resend_deliveries.sync_detailed(client=api, body=body)).results
        same([result.delivery for result in resent], [None])
        done(delete_webhook.sync_detailed(int(listener.data.id), client=api))

    with walk.step("ask who would get one"):
        asked = got(200, EventExplanation, explain_event.sync_detailed(client=api, body=RUN_FAILED))
        same([target.sends for target in asked.targets], [True] * 3)
    with walk.step("post several; one that is refused takes no other with it"):
        good = {**RUN_FAILED.to_dict(), "idempotency_key": "run-9876-in-a-batch"}
        both = (good, {**good, "account_id": 999})
        posted = post_events.sync_detailed(client=api, body=[BatchedRunFailed.from_dict(one) for one in both])
        result = got(207, BatchResult, posted)
        same((result.accepted, result.refused), (1, 1))
        first, second = result.results
        assert isinstance(first, AcceptedItem) and isinstance(second, RefusedItem), result.results
        same((first.event.event_type, second.error.code), (EventKey.RUN_FAILED, "NOT_FOUND"))
        same(receiver.take("/shared").headers["x-ringpost-event"], "run_failed")

    with walk.step("read why an event is refused"):
        wrong = PostedRunFailed.from_dict({**RUN_FAILED.to_dict(), "account_id": 999})
        error = got(404, ErrorEnvelope, post_event.sync_detailed(client=api, body=wrong)).error
        same((error.code, error.status), ("NOT_FOUND", 404))
