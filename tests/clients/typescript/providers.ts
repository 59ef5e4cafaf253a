import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { createHmac } from 'node:crypto';

import { account, api, done, got, mails, receiver, refused } from './client.js';
import { mail } from './receiver.js';
import type { Step } from './report.js';

const PROVIDERS = '/api/v1/notifications/providers';
const ONE = '/api/v1/notifications/providers/{id}';
const REDACTED = '••••••••';
const SECRET = 'shared-hmac-secret';
const header: { 'X-Requested-With': 'XMLHttpRequest' } = { 'X-Requested-With': 'XMLHttpRequest' };
const alarm = {
  title: 'Alert: acceptance rate drop',
  body: 'acceptance_rate < 0.05',
  fields: [{ label: 'Observed', value: '0.04' }],
  sourceUrl: 'https://app.example.com/dashboards/operations',
};

export async function providers(step: Step, endpoint: string): Promise<void> {
  const slack = await step('create a Slack destination', async () => {
    const record = got(201, await api.POST(PROVIDERS, {
      params: { header },
      body: { kind: 'slack', name: '#ops-alerts', config: { webhookUrl: `${endpoint}/slack` } },
    }));
    deepEqual([record.kind, record.name, record.enabled, record.warnings], ['slack', '#ops-alerts', true, undefined]);
    equal(record.createdAt, record.updatedAt);
    return record.id;
  });

  const teams = await step('create a Teams destination, paused', async () => {
    const record = got(201, await api.POST(PROVIDERS, {
      params: { header: { ...header, 'X-Tenant-Id': `org_${account}` } },
      body: { kind: 'teams', name: 'Operations', enabled: false, config: { webhookUrl: `${endpoint}/teams` } },
    }));
    deepEqual([record.kind, record.enabled], ['teams', false]);
    return record.id;
  });

  const webhook = await step('create a signed webhook', async () => {
    const record = got(201, await api.POST(PROVIDERS, {
      params: { header },
      body: {
        kind: 'webhook',
        name: 'Alert intake',
        config: { url: `${endpoint}/signed`, secret: SECRET, headers: { 'X-Token': 'abc', 'X-Other': 'def' } },
      },
    }));
    equal(record.kind, 'webhook');
    return record.id;
  });

  const opsEmail = await step('create an operations mail', async () => {
    const record = got(201, await api.POST(PROVIDERS, {
      params: { header },
      body: {
        kind: 'ops_email',
        name: 'On call',
        config: { fromEmail: 'ops-alerts@example.com', toEmails: ['oncall@typescript.example'], replyTo: 'support@example.com' },
      },
    }));
    equal(record.kind, 'ops_email');
    return record.id;
  });

  await step('list them, and which kinds there are', async () => {
    const { data, kinds } = got(200, await api.GET(PROVIDERS));
    deepEqual(new Set(data.map((provider) => provider.id)), new Set([slack, teams, webhook, opsEmail]));
    ok(kinds.some((known) => known.kind === 'slack' && known.displayName === 'Slack'));
  });

  await step('read each with its configuration, secrets redacted', async () => {
    for (const id of [slack, teams, webhook, opsEmail]) {
      const provider = got(200, await api.GET(ONE, { params: { path: { id } } }));
      switch (provider.kind) {
        case 'slack':
        case 'teams':
          equal(provider.config.webhookUrl, REDACTED);
          match(provider.configSummary, /^127\.0\.0\.1/);
          break;
        case 'webhook':
          equal(provider.config.secret, REDACTED);
          deepEqual(provider.config.headers, { 'X-Token': REDACTED, 'X-Other': REDACTED });
          break;
        case 'ops_email':
          deepEqual(provider.config.toEmails, ['oncall@typescript.example']);
          equal(provider.config.replyTo, 'support@example.com');
          break;
        default:
          throw new Error(`an unknown kind: ${JSON.stringify(provider)}`);
      }
    }
  });

  await step('change a name, resume, and take one header away', async () => {
    const params = { path: { id: webhook }, header };
    const body = { name: 'Incident intake', config: { headers: { 'X-Other': null } } };
    equal(got(200, await api.PATCH(ONE, { params, body })).name, 'Incident intake');
    const resumed = await api.PATCH(ONE, { params: { path: { id: teams }, header }, body: { enabled: true } });
    equal(got(200, resumed).enabled, true);
    const changed = got(200, await api.GET(ONE, { params: { path: { id: webhook } } }));
    if (changed.kind !== 'webhook') throw new Error(`it became a ${changed.kind}`);
    deepEqual(changed.config.headers, { 'X-Token': REDACTED });
    equal(changed.config.secret, REDACTED);
  });

  await step('test one', async () => {
    const result = got(200, await api.POST('/api/v1/notifications/providers/{id}/test', {
      params: { path: { id: slack }, header },
    }));
    deepEqual(result, { success: true, detail: 'Test message sent to Slack.' });
    match((await receiver.take('/slack')).text, /\[Test\]/);
  });

  await step('send an ad-hoc notification to all', async () => {
    const { results } = got(200, await api.POST('/api/v1/notifications/send', {
      params: { header },
      body: { providerIds: [slack, teams, webhook, opsEmail], notification: { ...alarm, severity: 'warning' } },
    }));
    deepEqual(results.map((result) => [result.providerId, result.kind, result.success, result.error]), [
      [slack, 'slack', true, undefined],
      [teams, 'teams', true, undefined],
      [webhook, 'webhook', true, undefined],
      // A mail in a file has not reached anybody.
      [opsEmail, 'ops_email', false, 'no mail server is set: the mail was written to a file'],
    ]);
    match(results[0]?.providerMessageId ?? '', /^slack-/);
    match((await receiver.take('/slack')).text, /"text":"Warning: Alert: acceptance rate drop\\n/);
    match((await receiver.take('/teams')).text, /"type":"AdaptiveCard"/);
    const signed = await receiver.take('/signed');
    const expected = createHmac('sha256', SECRET).update(signed.text).digest('hex');
    equal(signed.headers['x-ringpost-signature'], `sha256=${expected}`);
    equal(signed.headers['x-token'], 'abc');
    equal(signed.headers['x-other'], undefined);
    match(signed.text, /"title":"Alert: acceptance rate drop"/);
    match(await mail(mails, 'oncall@typescript.example', 'acceptance rate drop'), /^Reply-To: support@example\.com/m);
  });

  await step('read why a configuration is refused', async () => {
    const { error } = refused(422, await api.POST(PROVIDERS, {
      params: { header },
      body: { kind: 'slack', name: '', config: { webhookUrl: 'http://plain.example/' } },
    }));
    deepEqual([error.code, error.status], ['VALIDATION_FAILED', 422]);
    deepEqual(Object.keys(error.details).sort(), ['config.webhookUrl', 'name']);
  });

  await step('delete each', async () => {
    for (const id of [slack, teams, webhook, opsEmail]) {
      done(await api.DELETE(ONE, { params: { path: { id }, header } }));
    }
    deepEqual(got(200, await api.GET(PROVIDERS)).data, []);
    const gone = refused(404, await api.GET(ONE, { params: { path: { id: slack } } }));
    equal(gone.error.code, 'NOT_FOUND');
  });
}
