import hashlib
import hmac
import json
from uuid import UUID, uuid4

from client import ACCOUNT, MAILS, api, done, got, receiver, same
from receiver import mail
from report import Walk
from ringpost_client.api.providers import (
    create_provider,
    delete_provider,
    get_provider,
    list_providers,
    send_notification,
    test_provider,
    update_provider,
)
from ringpost_client.models import (
    CreateProviderXRequestedWith,
    DeleteProviderXRequestedWith,
    ErrorEnvelope,
    Kind,
    NewOpsEmailProvider,
    NewOpsEmailProviderKind,
    NewSlackProvider,
    NewSlackProviderKind,
    NewTeamsProvider,
    NewTeamsProviderKind,
    NewWebhookProvider,
    NewWebhookProviderKind,
    Notification,
    NotificationField,
    OpsEmailConfig,
    OpsEmailProvider,
    ProviderList,
    ProviderPatch,
    ProviderRecord,
    ProviderTestSuccess,
    Send,
    SendNotificationXRequestedWith,
    SendResults,
    Severity,
    SlackConfig,
    SlackProvider,
    TeamsConfig,
    TeamsProvider,
    TestProviderXRequestedWith,
    UpdateProviderXRequestedWith,
    WebhookConfig,
    WebhookConfigHeadersType0,
    WebhookConfigPatch,
    WebhookConfigPatchHeadersType0,
    WebhookProvider,
)
from ringpost_client.types import UNSET, Unset

REDACTED = "••••••••"
SECRET = "shared-hmac-secret"
ON_CALL = "oncall@python.example"

NewProvider = NewSlackProvider | NewTeamsProvider | NewWebhookProvider | NewOpsEmailProvider


def create(body: NewProvider, tenant: str | Unset = UNSET) -> ProviderRecord:
    answer = create_provider.sync_detailed(
        client=api, body=body, x_requested_with=CreateProviderXRequestedWith.XMLHTTPREQUEST, x_tenant_id=tenant
    )
    return got(201, ProviderRecord, answer)


def change(id: UUID, body: ProviderPatch) -> ProviderRecord:
    answer = update_provider.sync_detailed(
        id, client=api, body=body, x_requested_with=UpdateProviderXRequestedWith.XMLHTTPREQUEST
    )
    return got(200, ProviderRecord, answer)


def providers(walk: Walk) -> None:
    with walk.step("create a Slack destination"):
        config = SlackConfig(webhook_url=f"{receiver.url}/slack")
        record = create(NewSlackProvider(kind=NewSlackProviderKind.SLACK, name="#ops-alerts", config=config))
        same((record.kind, record.name, record.enabled), (Kind.SLACK, "#ops-alerts", True))
        same((record.created_at, record.warnings), (record.updated_at, UNSET))
        slack = record.id

    with walk.step("create a Teams destination, paused"):
        body = NewTeamsProvider(
            kind=NewTeamsProviderKind.TEAMS,
            name="Operations",
            config=TeamsConfig(webhook_url=f"{receiver.url}/teams"),
            enabled=False,
        )
        record = create(body, f"org_{ACCOUNT}")
        same((record.kind, record.enabled), (Kind.TEAMS, False))
        teams = record.id

    with walk.step("create a signed webhook"):
        headers = WebhookConfigHeadersType0()
        headers.additional_properties = {"X-Token": "abc", "X-Other": "def"}
        signed = WebhookConfig(url=f"{receiver.url}/signed", secret=SECRET, headers=headers)
        record = create(NewWebhookProvider(kind=NewWebhookProviderKind.WEBHOOK, name="Alert intake", config=signed))
        same(record.kind, Kind.WEBHOOK)
        webhook = record.id

    with walk.step("create an operations mail"):
        letters = OpsEmailConfig(
            from_email="ops-alerts@example.com", to_emails=[ON_CALL], reply_to="support@example.com"
        )
        record = create(NewOpsEmailProvider(kind=NewOpsEmailProviderKind.OPS_EMAIL, name="On call", config=letters))
        same(record.kind, Kind.OPS_EMAIL)
        ops_email = record.id

    with walk.step("list them, and which kinds there are"):
        listed = got(200, ProviderList, list_providers.sync_detailed(client=api))
        same({provider.id for provider in listed.data}, {slack, teams, webhook, ops_email})
        assert (Kind.SLACK, "Slack") in [(known.kind, known.display_name) for known in listed.kinds]

    with walk.step("read each with its configuration, secrets redacted"):
        read = got(200, SlackProvider, get_provider.sync_detailed(slack, client=api))
        same(read.config.webhook_url, REDACTED)
        assert read.config_summary.startswith("127.0.0.1"), read.config_summary
        same(got(200, TeamsProvider, get_provider.sync_detailed(teams, client=api)).config.webhook_url, REDACTED)
        hook = got(200, WebhookProvider, get_provider.sync_detailed(webhook, client=api)).config
        assert not isinstance(hook.headers, Unset)
        same((hook.secret, hook.headers.to_dict()), (REDACTED, {"X-Token": REDACTED, "X-Other": REDACTED}))
        people = got(200, OpsEmailProvider, get_provider.sync_detailed(ops_email, client=api)).config
        same((people.to_emails, people.reply_to), ([ON_CALL], "support@example.com"))

    with walk.step("change a name, resume, and take one header away"):
        without = WebhookConfigPatchHeadersType0()
        without["X-Other"] = None
        patch = ProviderPatch(name="Incident intake", config=WebhookConfigPatch(headers=without))
        same(change(webhook, patch).name, "Incident intake")
        same(change(teams, ProviderPatch(enabled=True)).enabled, True)
        hook = got(200, WebhookProvider, get_provider.sync_detailed(webhook, client=api)).config
        assert not isinstance(hook.headers, Unset)
        same((hook.secret, hook.headers.to_dict()), (REDACTED, {"X-Token": REDACTED}))

    with walk.step("test one"):
        tested = test_provider.sync_detailed(
            slack, client=api, x_requested_with=TestProviderXRequestedWith.XMLHTTPREQUEST
        )
        same(got(200, ProviderTestSuccess, tested).detail, "Test message sent to Slack.")
        assert b"[Test]" in receiver.take("/slack").body

    with walk.step("send an ad-hoc notification to all"):
        alarm = Notification(
            title="Alert: acceptance rate drop",
            body="acceptance_rate < 0.05",
            severity=Severity.WARNING,
            fields=[NotificationField(label="Observed", value="0.04")],
            source_url="https://app.example.com/dashboards/operations",
        )
        ids = [slack, teams, webhook, ops_email]
        sent = send_notification.sync_detailed(
            client=api,
            body=Send(provider_ids=ids, notification=alarm),
            x_requested_with=SendNotificationXRequestedWith.XMLHTTPREQUEST,
        )
        results = got(200, SendResults, sent).results
        outcomes = [(result.provider_id, result.success, result.error) for result in results]
        # A mail in a file has not reached anybody.
        in_a_file = "no mail server is set: the mail was written to a file"
        arrived = [(str(id), True, UNSET) for id in (slack, teams, webhook)]
        same(outcomes, [*arrived, (str(ops_email), False, in_a_file)])
        same([result.kind for result in results], [Kind.SLACK, Kind.TEAMS, Kind.WEBHOOK, Kind.OPS_EMAIL])
        assert str(results[0].provider_message_id).startswith("slack-")
        assert json.loads(receiver.take("/slack").body)["text"].startswith("Warning: Alert: acceptance rate drop\n")
        same(json.loads(receiver.take("/teams").body)["type"], "message")
        post = receiver.take("/signed")
        digest = hmac.new(SECRET.encode(), post.body, hashlib.sha256).hexdigest()
        same(post.headers["x-ringpost-signature"], f"sha256={digest}")
        same((post.headers["x-token"], post.headers.get("x-other")), ("abc", None))
        same(json.loads(post.body)["title"], "Alert: acceptance rate drop")
        same(mail(MAILS, ON_CALL, "acceptance rate drop")["reply-to"], "support@example.com")

    with walk.step("read why a configuration is refused"):
        wrong = NewSlackProvider(
            kind=NewSlackProviderKind.SLACK, name="", config=SlackConfig(webhook_url="http://plain.example/")
        )
        answer = create_provider.sync_detailed(
            client=api, body=wrong, x_requested_with=CreateProviderXRequestedWith.XMLHTTPREQUEST
        )
        error = got(422, ErrorEnvelope, answer).error
        same((error.code, error.status), ("VALIDATION_FAILED", 422))
        same(set(error.details.to_dict()), {"config.webhookUrl", "name"})
        unknown = got(404, ErrorEnvelope, get_provider.sync_detailed(uuid4(), client=api))
        same(unknown.error.code, "NOT_FOUND")

    with walk.step("delete each"):
        for id in (slack, teams, webhook, ops_email):
            done(
                delete_provider.sync_detailed(
                    id, client=api, x_requested_with=DeleteProviderXRequestedWith.XMLHTTPREQUEST
                )
            )
        same(got(200, ProviderList, list_providers.sync_detailed(client=api)).data, [])
