// devour-client: a client that knows JSON:API and a model, and nothing else of ours.
import { deepEqual, equal, match } from 'node:assert/strict';

import devour from 'devour-client';

import { ACCOUNT, BASE, TYPE, token, walk } from './walk.mjs';

const step = walk('devour');
const api = new (devour.default ?? devour)({ apiUrl: BASE, bearer: token, logger: false, pluralize: false });
const attributes = { name: '', url: '', secret: '', events: [], scopes: {} };
const account = { jsonApi: 'hasOne', type: 'accounts' };
api.define(TYPE, { ...attributes, account }, { collectionPath: TYPE, readOnly: [] });
api.define('accounts', { name: '', environment: '' });

const ids = await step('creates', async () => {
  const made = [];
  for (const name of ['Incident intake', 'Billing', 'Audit']) {
    const { data } = await api.create(TYPE, { name, url: 'https://127.0.0.1/hook', events: ['run_failed'] });
    equal(data.name, name);
    match(data.secret, /^whsec_/);
    made.push(String(data.id));
  }
  return made;
});

await step('reads pages by their links, with what is included', async () => {
  const names = [];
  const first = await api.findAll(TYPE, { include: 'account', sort: 'name', page: { size: 2 } });
  names.push(...first.data.map((webhook) => webhook.name));
  deepEqual(first.data[0].account, { id: ACCOUNT, type: 'accounts', name: `Account of json-api`, environment: 'prod-json-api' });
  const { data } = await api.request(first.links.next, 'GET');
  names.push(...data.map((webhook) => webhook.name));
  deepEqual(names, ['Audit', 'Billing', 'Incident intake']);
});

await step('changes what it has read', async () => {
  const { data } = await api.find(TYPE, ids[1]);
  const changed = await api.update(TYPE, { id: data.id, name: 'Accounting', events: data.events });
  deepEqual([changed.data.name, changed.data.events, changed.data.secret], ['Accounting', ['run_failed'], '••••••••']);
});

await step('deletes', async () => {
  for (const id of ids) await api.destroy(TYPE, id);
  deepEqual((await api.findAll(TYPE)).data, []);
});
