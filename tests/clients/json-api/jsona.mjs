// jsona: reads and writes documents of JSON:API; the calls are fetch.
import { deepEqual, equal } from 'node:assert/strict';

import { Jsona } from 'jsona';

import { ACCOUNT, BASE, TYPE, token, walk } from './walk.mjs';

const step = walk('jsona');
const jsona = new Jsona();
const media = 'application/vnd.api+json';

async function call(method, url, model) {
  const headers = { Authorization: `Bearer ${token}`, Accept: media };
  const body = model && JSON.stringify(jsona.serialize({ stuff: model, includeNames: [] }));
  const answer = await fetch(url, { method, headers: body ? { ...headers, 'Content-Type': media } : headers, body });
  if (answer.status === 204) return { answer };
  const document = await answer.json();
  if (!answer.ok) throw new Error(JSON.stringify(document));
  equal(answer.headers.get('content-type'), media);
  return { answer, model: jsona.deserialize(document), document };
}

const place = await step('creates, and is told where', async () => {
  const owner = { type: 'accounts', id: ACCOUNT };
  const { answer, model } = await call('POST', `${BASE}/${TYPE}`, {
    type: TYPE, name: 'Intake', url: 'https://127.0.0.1/hook', scopes: { integration_id: [42] }, account: owner, relationshipNames: ['account'],
  });
  equal(answer.status, 201);
  equal(answer.headers.get('location'), model.links.self);
  return model.links.self;
});

await step('reads it with its account', async () => {
  const { model } = await call('GET', `${place}?include=account&fields[accounts]=name`);
  deepEqual([model.name, model.scopes, model.account.name], ['Intake', { integration_id: [42] }, 'Account of json-api']);
});

await step('sends it back changed, whole', async () => {
  const { model } = await call('GET', place);
  const changed = await call('PATCH', place, { ...model, name: 'Incidents' });
  deepEqual([changed.model.name, changed.model.url], ['Incidents', 'https://127.0.0.1/hook']);
});

await step('deletes', async () => {
  equal((await call('DELETE', place)).answer.status, 204);
  deepEqual((await call('GET', `${BASE}/${TYPE}`)).model, []);
});
