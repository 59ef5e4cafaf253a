from datetime import UTC, datetime

from client import ACCOUNT, api, done, got, receiver, same
from report import Walk
from ringpost_client.api.webhooks import (
    create_webhook,
    delete_webhook,
    get_webhook,
    list_webhook_events,
    list_webhooks,
    test_webhook,
    update_webhook,
)
from ringpost_client.models import (
    ErrorEnvelope,
    EventKey,
    ListWebhooksIncluded,
    NewWebhook,
    NewWebhookData,
    NewWebhookDataAttributes,
    Scopes,
    TestResult,
    WebhookDocument,
    WebhookEventList,
    WebhookListDocument,
    WebhookPatch,
    WebhookPatchData,
    WebhookPatchDataAttributes,
    WebhookType,
)
from ringpost_client.types import Response, Unset

REDACTED = "••••••••"
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
KIND = WebhookType.NOTIFICATIONWEBHOOKS


def new(attributes: NewWebhookDataAttributes) -> NewWebhook:
    return NewWebhook(data=NewWebhookData(type_=KIND, attributes=attributes))


def scopes(webhook: WebhookDocument) -> dict[str, object] | None:
    there = webhook.data.attributes.scopes
    return None if isinstance(there, Unset) else there.to_dict()


def listed(answer: Response[ErrorEnvelope | WebhookListDocument]) -> WebhookListDocument:
    return got(200, WebhookListDocument, answer)


def names(answer: Response[ErrorEnvelope | WebhookListDocument]) -> list[str]:
    return sorted(str(webhook.attributes.name) for webhook in listed(answer).data)


def webhooks(walk: Walk) -> None:
    with walk.step("create two"):
        wide = Scopes()
        wide["integration_id"] = [42, 43]
        attributes = NewWebhookDataAttributes(
            name="Incident intake",
            url=f"{receiver.url}/incidents",
            secret="shared-hmac-secret",
            events=[EventKey.RUN_FAILED, EventKey.SYNC_FAILED],
            scopes=wide,
        )
        one = got(201, WebhookDocument, create_webhook.sync_detailed(client=api, body=new(attributes)))
        made = one.data.attributes
        same((one.data.type_, one.data.id, made.account_id), (KIND, str(made.id), ACCOUNT))
        same((made.name, made.url, made.secret), ("Incident intake", attributes.url, "shared-hmac-secret"))
        same((made.events, scopes(one)), (attributes.events, {"integration_id": [42, 43]}))
        assert isinstance(made.created_at, datetime) and made.created_at == made.updated_at
        other = NewWebhookDataAttributes(
            name="Billing", url=f"{receiver.url}/billing", events=[EventKey.TENANT_CREATED]
        )
        answer = create_webhook.sync_detailed(client=api, body=new(other), x_tenant_id=str(ACCOUNT))
        two = got(201, WebhookDocument, answer)
        assert str(two.data.attributes.secret).startswith("whsec_")
        first, second = int(one.data.id), int(two.data.id)

    with walk.step("list them sorted, paged and counted"):
        upper = listed(list_webhooks.sync_detailed(client=api, sort="-name", pagesize=1, count=True))
        same([webhook.id for webhook in upper.data], [str(first)])
        assert not isinstance(upper.meta, Unset)
        same(upper.meta.count, 2)
        lower = listed(list_webhooks.sync_detailed(client=api, sort="-name", pagesize=1, pagenumber=2))
        same([webhook.id for webhook in lower.data], [str(second)])

    with walk.step("list them by every filter"):
        find, both = list_webhooks.sync_detailed, ["Billing", "Incident intake"]
        same(names(find(client=api, filtername="Billing")), ["Billing"])
        same(names(find(client=api, filterid=first)), ["Incident intake"])
        same(names(find(client=api, filteridgt=first)), ["Billing"])
        same(names(find(client=api, filteraccount_id=ACCOUNT)), both)
        same(names(find(client=api, filterurl=f"{receiver.url}/billing")), ["Billing"])
        same(names(find(client=api, filterevents=EventKey.SYNC_FAILED)), ["Incident intake"])
        same(names(find(client=api, filterscopes="integration_id")), ["Incident intake"])
        same(names(find(client=api, filtercreated_atgte=NEW_YEAR)), both)
        same(names(find(client=api, filtercreated_atlt=NEW_YEAR)), [])
        same(names(find(client=api, filterupdated_atgt=NEW_YEAR)), both)
        same(names(find(client=api, filterupdated_atlte=NEW_YEAR)), [])

    with walk.step("list some fields, with the account included"):
        some = listed(
            list_webhooks.sync_detailed(
                client=api, fieldsnotificationwebhooks="name", included=ListWebhooksIncluded.ACCOUNT, sort="name"
            )
        )
        attributes_only = [webhook.attributes.to_dict() for webhook in some.data]
        same(attributes_only, [{"name": "Billing"}, {"name": "Incident intake"}])
        assert not isinstance(some.included, Unset)
        same([resource.to_dict()["type"] for resource in some.included], ["accounts"])

    with walk.step("read one"):
        read = got(200, WebhookDocument, get_webhook.sync_detailed(first, client=api)).data
        same((read.id, read.attributes.name, read.attributes.secret), (str(first), "Incident intake", REDACTED))

    with walk.step("change one"):
        patch = WebhookPatchDataAttributes(name="Intake", events=[EventKey.RUN_FAILED])
        body = WebhookPatch(data=WebhookPatchData(type_=KIND, id=str(first), attributes=patch))
        changed = got(200, WebhookDocument, update_webhook.sync_detailed(first, client=api, body=body))
        same((changed.data.attributes.name, changed.data.attributes.events), ("Intake", [EventKey.RUN_FAILED]))
        same(scopes(changed), {"integration_id": [42, 43]})

    with walk.step("list the events"):
        known = got(200, WebhookEventList, list_webhook_events.sync_detailed(client=api))
        assert "run_failed" in [event.attributes.wire_name for event in known.data]

    with walk.step("test one"):
        tested = got(200, TestResult, test_webhook.sync_detailed(first, client=api))
        same(tested.success, True)
        assert "answered 200" in tested.message, tested.message
        post = receiver.take("/incidents")
        same((post.headers["x-ringpost-test"], post.headers["x-ringpost-event"]), ("true", "run_failed"))

    with walk.step("read why one is refused"):
        wrong = new(NewWebhookDataAttributes(name="x", url="http://plain.example/"))
        error = got(422, ErrorEnvelope, create_webhook.sync_detailed(client=api, body=wrong)).error
        same((error.code, list(error.details.to_dict())), ("VALIDATION_FAILED", ["data.attributes.url"]))

    with walk.step("delete them"):
        for id in (first, second):
            done(delete_webhook.sync_detailed(id, client=api))
        same(listed(list_webhooks.sync_detailed(client=api)).data, [])
        gone = got(404, ErrorEnvelope, get_webhook.sync_detailed(first, client=api))
        same(gone.error.code, "NOT_FOUND")
