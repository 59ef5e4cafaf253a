"""jsonapi-client: sessions, resources and links of JSON:API, with a schema of the resource and nothing else of ours."""

import os
import traceback
from pathlib import Path

import requests
from jsonapi_client import Inclusion, Modifier, Session

BASE = f"{os.environ['CLIENT_URL']}/api/v3"
TYPE = "notification/webhooks"
HEADERS = {"Authorization": f"Bearer {Path(os.environ['CLIENT_TOKEN']).read_text().strip()}"}


def maybe(kind: str) -> dict[str, object]:
    return {"type": [kind, "null"]}


WEBHOOK = {
    "id": maybe("integer"),
    "account_id": maybe("integer"),
    "name": maybe("string"),
    "url": maybe("string"),
    "secret": maybe("string"),
    "events": maybe("array"),
    "scopes": maybe("object"),
    "created_at": maybe("string"),
    "updated_at": maybe("string"),
    "account": {"relation": "to-one", "resource": ["accounts"]},
}
ACCOUNT = {"name": maybe("string"), "environment": maybe("string")}
SCHEMA = {TYPE: {"properties": WEBHOOK}, "accounts": {"properties": ACCOUNT}}


def session() -> Session:
    return Session(BASE, schema=SCHEMA, request_kwargs={"headers": HEADERS})


def creates() -> None:
    with session() as api:
        for name in ("Audit", "Billing"):
            webhook = api.create(TYPE, name=name, url="https://127.0.0.1/hook", events=["run_failed"])
            webhook.commit()
            assert webhook.secret.startswith("whsec_"), webhook.json
            assert webhook.links.self.href.endswith(f"/{webhook.id}")


def reads() -> None:
    with session() as api:
        first = api.get(TYPE, Inclusion("account") + Modifier("sort=name&page[size]=1"))
        assert [webhook.name for webhook in first.resources] == ["Audit"]
        assert first.resources[0].account.name == "Account of json-api"
        assert [webhook.name for webhook in first.links.next.fetch().resources] == ["Billing"]


def changes() -> None:
    with session() as api:
        webhook = api.get(TYPE, Modifier("filter[name]=Billing")).resource
        webhook.name = "Accounting"
        webhook.commit()
    with session() as api:
        assert [webhook.name for webhook in api.get(TYPE, Modifier("sort=name")).resources] == ["Accounting", "Audit"]


def deletes() -> None:
    with session() as api:
        for webhook in api.get(TYPE).resources:
            # Its own delete() reads the body of a 204, which has none.
            assert requests.delete(webhook.links.self.href, headers=HEADERS, timeout=30).status_code == 204
    with session() as api:
        assert list(api.get(TYPE).resources) == []


for step in (creates, reads, changes, deletes):
    try:
        step()
        print(f"ok jsonapi-client: {step.__name__}")
    except Exception:
        print(f"not ok jsonapi-client: {step.__name__}\n    " + traceback.format_exc().replace("\n", "\n    "))
        break
