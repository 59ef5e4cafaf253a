import { deepEqual, equal, match, ok } from 'node:assert/strict';

import { account, api, contact, got, mails, receiver, refused } from './client.js';
import { mail } from './receiver.js';
import type { Step } from './report.js';

// The rules that stand when this begins name /shared and ops@typescript.example for run_failed.
export async function events(step: Step, endpoint: string): Promise<void> {
  await step('list the event types', async () => {
    const { data } = got(200, await api.GET('/api/v1/event-types'));
    ok(data.some((type) => type.key === 'run_failed' && type.title === 'Run Failed' && type.sample['run_id'] === 9876));
  });

  await step('read one, and its schema', async () => {
    const type = got(200, await api.GET('/api/v1/event-types/{key}', { params: { path: { key: 'tenant_created' } } }));
    deepEqual([type.key, type.wire_name], ['tenant_created', 'new_tenant_created']);
    const schema = got(200, await api.GET('/api/v1/event-types/{key}/schema', { params: { path: { key: type.key } } }));
    equal(schema['type'], 'object');
  });

  await step('post one; the webhooks, the subscriber and the contact hear of it', async () => {
    const webhook = got(201, await api.POST('/api/v3/notification/webhooks', {
      body: {
        data: {
          type: 'notification/webhooks',
          attributes: { name: 'Listener', url: `${endpoint}/listener`, events: ['run_failed'], scopes: { integration_id: [42] } },
        },
      },
    }));
    const post = () => api.POST('/api/v1/events', {
      params: { header: { 'Idempotency-Key': 'run-9876-failed' } },
      body: {
        event_type: 'run_failed',
        account_id: account,
        timestamp: '2026-05-04T12:00:00Z',
        run_id: 9876,
        run_status: 'failed',
        admin_link: 'https://admin.prod.example.com/runs/9876/show',
        api_link: 'https://api.prod.example.com/v2/runs/9876',
        api_status_link: 'https://api.prod.example.com/v2/runs/9876/status',
        api_triggers_link: 'https://api.prod.example.com/v2/runs/9876/triggers',
        tenant_id: 789,
        tenant_name: 'Widget Co',
        integration_id: 42,
        integration_name: 'Shopify Integration',
      },
    });
    const accepted = got(202, await post());
    deepEqual([accepted.event_type, accepted.deliveries], ['run_failed', 4]);
    deepEqual(got(202, await post()), accepted);

    for (const path of ['/shared', '/listener']) {
      const { headers, text } = await receiver.take(path);
      equal(headers['x-ringpost-event'], 'run_failed');
      deepEqual(JSON.parse(text), {
        event_type: 'run_failed',
        environment: 'prod-typescript',
        account_id: account,
        account_name: 'Account of typescript',
        timestamp: '2026-05-04T12:00:00Z',
        run_id: 9876,
        run_status: 'failed',
        admin_link: 'https://admin.prod.example.com/runs/9876/show',
        api_link: 'https://api.prod.example.com/v2/runs/9876',
        api_status_link: 'https://api.prod.example.com/v2/runs/9876/status',
        api_triggers_link: 'https://api.prod.example.com/v2/runs/9876/triggers',
        tenant_id: 789,
        tenant_name: 'Widget Co',
        integration_id: 42,
        integration_name: 'Shopify Integration',
      });
    }
    match(await mail(mails, 'ops@typescript.example', 'Run Failed'), /Widget Co/);
    match(await mail(mails, contact, 'Run Failed'), /Widget Co/);
    deepEqual(receiver.left(), []);
    const listed = got(200, await api.GET('/api/v1/events', { params: { query: { event: 'run_failed', limit: 1 } } }));
    deepEqual([listed.events[0]?.id, listed.events[0]?.deliveries.length], [accepted.id, 4]);
    const event = got(200, await api.GET('/api/v1/events/{id}', { params: { path: { id: accepted.id } } }));
    deepEqual([event.payload['run_id'], event.left_out], [9876, []]);
    const log = got(200, await api.GET('/api/v1/deliveries', { params: { query: { channel: 'webhook', limit: 2 } } }));
    deepEqual(log.deliveries.map((delivery) => delivery.event_id), [accepted.id, accepted.id]);
    const resent = got(202, await api.POST('/api/v1/deliveries/resend', { body: { ids: [log.deliveries[0]?.id ?? ''] } }));
    equal(resent.results[0]?.error?.code, 'NOT_RESENDABLE');
    const resource_id = Number(webhook.data.id);
    const deleted = await api.DELETE('/api/v3/notification/webhooks/{resource_id}', { params: { path: { resource_id } } });
    equal(deleted.response.status, 204);
  });

  await step('ask who would get one', async () => {
    const asked = await api.POST('/api/v1/events/explain', {
      body: { event_type: 'tenant_archived', account_id: account, tenant_id: 1, tenant_name: 'Widget Co', integration_id: 1, integration_name: 'x' },
    });
    const { targets } = got(200, asked);
    deepEqual(targets.filter((target) => target.sends).map((target) => target.recipient), [contact]);
  });

  await step('post several; one that is refused takes no other with it', async () => {
    const { accepted, results } = got(207, await api.POST('/api/v1/events/batch', {
      body: [account, 999].map((account_id) => ({
        event_type: 'tenant_archived', account_id, tenant_id: 1, tenant_name: 'Widget Co', integration_id: 42,
        integration_name: 'Shopify Integration', idempotency_key: `tenant-1-of-${account_id}`,
      })),
    }));
    equal(accepted, 1);
    deepEqual(
      results.map((result) => ('error' in result ? result.error.code : result.event.event_type)),
      ['tenant_archived', 'NOT_FOUND'],
    );
  });

  await step('read why an event is refused', async () => {
    const wrong = await api.POST('/api/v1/events', {
      body: { event_type: 'tenant_archived', account_id: account, tenant_id: 1, tenant_name: '', integration_id: 1, integration_name: 'x', timestamp: 'yesterday' },
    });
    const { error } = refused(422, wrong);
    deepEqual(Object.keys(error.details), ['timestamp']);
  });
}
