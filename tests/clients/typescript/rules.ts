import { deepEqual, equal, match } from 'node:assert/strict';

import { account, api, contact, got, mails, receiver, refused } from './client.js';
import { mail } from './receiver.js';
import type { Step } from './report.js';

const RULES = '/v1/organizations/{organization_id}/knowledge/connectors/notifications';
const TEST = '/v1/organizations/{organization_id}/knowledge/connectors/notifications/test';
const params = { path: { organization_id: `org_${account}` } };

export async function rules(step: Step, endpoint: string): Promise<void> {
  await step('read them while there are none', async () => {
    const { notifications } = got(200, await api.GET(RULES, { params }));
    deepEqual(notifications, []);
  });

  await step('put a webhook and an address', async () => {
    const { notifications, warnings } = got(200, await api.PUT(RULES, {
      params,
      body: {
        notifications: [
          { type: 'webhook', url: `${endpoint}/shared`, events: ['sync_succeeded', 'run_failed'] },
          { type: 'email', email: 'ops@typescript.example', events: ['run_failed'] },
        ],
      },
    }));
    equal(warnings, undefined);
    deepEqual(notifications.map((rule) => (rule.type === 'webhook' ? rule.url : rule.email)),
      [`${endpoint}/shared`, 'ops@typescript.example']);
    deepEqual(notifications[1]?.events, ['run_failed']);
    deepEqual(got(200, await api.GET(RULES, { params })).notifications, notifications);
  });

  await step('patch them', async () => {
    const { notifications } = got(200, await api.PATCH(RULES, {
      params,
      body: {
        notifications: [
          { type: 'webhook', url: `${endpoint}/shared`, events: ['run_failed'] },
          { type: 'email', email: 'ops@typescript.example', events: ['run_failed'] },
        ],
      },
    }));
    deepEqual(notifications[0]?.events, ['run_failed']);
  });

  await step('test the saved webhook', async () => {
    const result = got(200, await api.POST(TEST, { params, body: { notification_type: 'webhook' } }));
    equal(result.success, true);
    match(result.message, /^127\.0\.0\.1:\d+ answered 200/);
    const post = await receiver.take('/shared');
    deepEqual([post.headers['x-ringpost-test'], post.headers['x-ringpost-event']], ['true', 'sync_succeeded']);
  });

  await step('test by mail', async () => {
    equal(got(200, await api.POST(TEST, { params, body: { notification_type: 'email' } })).success, true);
    match(await mail(mails, contact, '[Test]'), /Sync Succeeded/);
  });

  await step('read why rules are refused', async () => {
    const { error } = refused(400, await api.PUT(RULES, {
      params,
      body: {
        notifications: [
          { type: 'webhook', url: 'https://one.example/', events: ['run_failed'] },
          { type: 'webhook', url: 'https://two.example/', events: ['run_failed'] },
        ],
      },
    }));
    deepEqual([error.code, error.type, error.status], ['CONNECTOR_INVALID_CONFIG', 'client_error', 400]);
    const elsewhere = await api.GET(RULES, { params: { path: { organization_id: 'org_999' } } });
    equal(refused(404, elsewhere).error.code, 'NOT_FOUND');
  });
}
