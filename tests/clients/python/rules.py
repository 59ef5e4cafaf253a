from client import ACCOUNT, CONTACT, MAILS, api, got, receiver, same
from receiver import mail
from report import Walk
from ringpost_client.api.notification_rules import get_rules, patch_rules, put_rules, test_rules
from ringpost_client.models import (
    EmailRule,
    EmailRuleType,
    ErrorEnvelope,
    EventKey,
    NotificationRules,
    NotificationRulesInput,
    RulesTest,
    RulesTestNotificationType,
    RulesTestSuccess,
    WebhookRule,
    WebhookRuleInput,
    WebhookRuleInputType,
)
from ringpost_client.types import UNSET

ORGANIZATION = f"org_{ACCOUNT}"
OPS = "ops@python.example"


def webhook(url: str, *events: EventKey) -> WebhookRuleInput:
    return WebhookRuleInput(type_=WebhookRuleInputType.WEBHOOK, url=url, events=list(events))


def rules(walk: Walk) -> None:
    shared = f"{receiver.url}/shared"
    people = EmailRule(type_=EmailRuleType.EMAIL, email=OPS, events=[EventKey.RUN_FAILED])

    with walk.step("read them while there are none"):
        same(got(200, NotificationRules, get_rules.sync_detailed(ORGANIZATION, client=api)).notifications, [])

    with walk.step("put a webhook and an address"):
        body = NotificationRulesInput([webhook(shared, EventKey.RUN_FAILED, EventKey.SYNC_SUCCEEDED), people])
        put = got(200, NotificationRules, put_rules.sync_detailed(ORGANIZATION, client=api, body=body))
        same(put.warnings, UNSET)
        first, second = put.notifications
        assert isinstance(first, WebhookRule) and isinstance(second, EmailRule)
        same((first.url, first.events), (shared, [EventKey.RUN_FAILED, EventKey.SYNC_SUCCEEDED]))
        same((second.email, second.events), (OPS, [EventKey.RUN_FAILED]))
        same(got(200, NotificationRules, get_rules.sync_detailed(ORGANIZATION, client=api)), put)

    with walk.step("patch them"):
        body = NotificationRulesInput([webhook(shared, EventKey.RUN_FAILED), people])
        patched = got(200, NotificationRules, patch_rules.sync_detailed(ORGANIZATION, client=api, body=body))
        same([rule.events for rule in patched.notifications], [[EventKey.RUN_FAILED], [EventKey.RUN_FAILED]])

    with walk.step("test the saved webhook"):
        to_webhook = RulesTest(notification_type=RulesTestNotificationType.WEBHOOK)
        tested = got(200, RulesTestSuccess, test_rules.sync_detailed(ORGANIZATION, client=api, body=to_webhook))
        same(tested.success, True)
        assert "answered 200" in tested.message, tested.message
        post = receiver.take("/shared")
        same((post.headers["x-ringpost-test"], post.headers["x-ringpost-event"]), ("true", "sync_succeeded"))

    with walk.step("test by mail"):
        by_mail = RulesTest(notification_type=RulesTestNotificationType.EMAIL)
        tested = got(200, RulesTestSuccess, test_rules.sync_detailed(ORGANIZATION, client=api, body=by_mail))
        same((tested.success, CONTACT in str(mail(MAILS, CONTACT, "[Test]")["to"])), (True, True))

    with walk.step("read why rules are refused"):
        two = NotificationRulesInput(
            [webhook("https://one.example/", EventKey.RUN_FAILED), webhook("https://two.example/", EventKey.RUN_FAILED)]
        )
        error = got(400, ErrorEnvelope, put_rules.sync_detailed(ORGANIZATION, client=api, body=two)).error
        same((error.code, error.status), ("CONNECTOR_INVALID_CONFIG", 400))
        elsewhere = got(404, ErrorEnvelope, get_rules.sync_detailed("org_999", client=api))
        same(elsewhere.error.code, "NOT_FOUND")
