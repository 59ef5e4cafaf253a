import { deepEqual, equal, match, ok } from 'node:assert/strict';

import type { paths } from '../out/api.js';
import { account, api, done, got, receiver, refused } from './client.js';
import type { Step } from './report.js';

const WEBHOOKS = '/api/v3/notification/webhooks';
const ONE = '/api/v3/notification/webhooks/{resource_id}';

type Query = NonNullable<paths[typeof WEBHOOKS]['get']['parameters']['query']>;
const list = async (query: Query) => got(200, await api.GET(WEBHOOKS, { params: { query } }));

export async function webhooks(step: Step, endpoint: string): Promise<void> {
  const { first, second } = await step('create two', async () => {
    const one = got(201, await api.POST(WEBHOOKS, {
      body: {
        data: {
          type: 'notification/webhooks',
          attributes: {
            name: 'Incident intake',
            url: `${endpoint}/incidents`,
            secret: 'shared-hmac-secret',
            events: ['run_failed', 'sync_failed'],
            scopes: { integration_id: [42, 43] },
          },
        },
      },
    }));
    equal(one.data.type, 'notification/webhooks');
    const { id, created_at, updated_at, ...attributes } = one.data.attributes;
    deepEqual(attributes, {
      account_id: account,
      name: 'Incident intake',
      url: `${endpoint}/incidents`,
      secret: 'shared-hmac-secret',
      events: ['run_failed', 'sync_failed'],
      scopes: { integration_id: [42, 43] },
    });
    equal(one.data.id, String(id));
    equal(created_at, updated_at);
    // In the type that JSON:API clients send.
    const two = got(201, await api.POST(WEBHOOKS, {
      headers: { 'Content-Type': 'application/vnd.api+json', Accept: 'application/vnd.api+json' },
      params: { header: { 'X-Tenant-Id': String(account) } },
      body: {
        data: { type: 'notification/webhooks', attributes: { name: 'Billing', url: `${endpoint}/billing`, events: ['tenant_created'] } },
      },
    }));
    match(two.data.attributes.secret ?? '', /^whsec_/);
    return { first: Number(one.data.id), second: Number(two.data.id) };
  });

  await step('list them sorted, paged and counted', async () => {
    const query = { sort: '-name', 'page[size]': 1, count: true };
    const upper = got(200, await api.GET(WEBHOOKS, { params: { query } }));
    deepEqual(upper.data.map((webhook) => webhook.attributes.name), ['Incident intake']);
    equal(upper.meta?.count, 2);
    const lower = got(200, await api.GET(WEBHOOKS, { params: { query: { ...query, 'page[number]': 2 } } }));
    deepEqual(lower.data.map((webhook) => webhook.id), [String(second)]);
  });

  await step('list them by every filter', async () => {
    const names = async (filter: Query) =>
      (await list(filter)).data.map((webhook) => webhook.attributes.name).sort();
    const both = ['Billing', 'Incident intake'];
    deepEqual(await names({ 'filter[name]': 'Billing' }), ['Billing']);
    deepEqual(await names({ 'filter[id]': first }), ['Incident intake']);
    deepEqual(await names({ 'filter[id][gt]': first }), ['Billing']);
    deepEqual(await names({ 'filter[account_id]': account }), both);
    deepEqual(await names({ 'filter[url]': `${endpoint}/billing` }), ['Billing']);
    deepEqual(await names({ 'filter[events]': 'sync_failed' }), ['Incident intake']);
    deepEqual(await names({ 'filter[scopes]': 'integration_id' }), ['Incident intake']);
    deepEqual(await names({ 'filter[created_at][gte]': '2026-01-01T00:00:00Z' }), both);
    deepEqual(await names({ 'filter[created_at][lt]': '2026-01-01T00:00:00Z' }), []);
    deepEqual(await names({ 'filter[updated_at][gt]': '2026-01-01T00:00:00Z' }), both);
    deepEqual(await names({ 'filter[updated_at][lte]': '2026-01-01T00:00:00Z' }), []);
  });

  await step('list some fields, with the account included', async () => {
    const answer = await list({ 'fields[notification/webhooks]': 'name,url', included: 'account', sort: 'name' });
    deepEqual(answer.data.map((webhook) => webhook.attributes), [
      { name: 'Billing', url: `${endpoint}/billing` },
      { name: 'Incident intake', url: `${endpoint}/incidents` },
    ]);
    deepEqual(answer.included?.map((resource) => [resource.type, resource.id]), [['accounts', String(account)]]);
  });

  await step('read one', async () => {
    const { data } = got(200, await api.GET(ONE, { params: { path: { resource_id: first } } }));
    deepEqual([data.id, data.attributes.name, data.attributes.secret], [String(first), 'Incident intake', '••••••••']);
  });

  await step('change one', async () => {
    const { data } = got(200, await api.PATCH(ONE, {
      params: { path: { resource_id: first } },
      body: { data: { type: 'notification/webhooks', id: String(first), attributes: { name: 'Intake', events: ['run_failed'] } } },
    }));
    deepEqual([data.attributes.name, data.attributes.events], ['Intake', ['run_failed']]);
    deepEqual(data.attributes.scopes, { integration_id: [42, 43] });
  });

  await step('list the events', async () => {
    const { data } = got(200, await api.GET('/api/v3/notification/webhooks/events'));
    ok(data.some((event) => event.type === 'notification/events' && event.id === 'run_failed'
      && event.attributes.wire_name === 'run_failed'));
  });

  await step('test one', async () => {
    const result = got(200, await api.POST('/api/v3/notification/webhooks/test/{id}', { params: { path: { id: first } } }));
    equal(result.success, true);
    match(result.message, /^127\.0\.0\.1:\d+ answered 200/);
    const post = await receiver.take('/incidents');
    deepEqual([post.headers['x-ringpost-test'], post.headers['x-ringpost-event']], ['true', 'run_failed']);
  });

  await step('read why one is refused', async () => {
    const { error } = refused(422, await api.POST(WEBHOOKS, {
      body: { data: { type: 'notification/webhooks', attributes: { name: 'x', url: 'http://plain.example/' } } },
    }));
    equal(error.code, 'VALIDATION_FAILED');
    deepEqual(Object.keys(error.details), ['data.attributes.url']);
  });

  await step('delete them', async () => {
    for (const resource_id of [first, second]) done(await api.DELETE(ONE, { params: { path: { resource_id } } }));
    deepEqual((await list({})).data, []);
    const gone = refused(404, await api.GET(ONE, { params: { path: { resource_id: first } } }));
    equal(gone.error.code, 'NOT_FOUND');
  });
}
