import { deepEqual, equal, match } from 'node:assert/strict';

import { api, got, refused, stranger } from './client.js';
import type { Step } from './report.js';

export async function server(step: Step): Promise<void> {
  await step('is alive and ready', async () => {
    equal(got(200, await api.GET('/healthz')).status, 'ok');
    const ready = got(200, await api.GET('/readyz'));
    deepEqual([ready.status, ready.database, ready.dispatcher], ['ok', 'ok', 'ok']);
  });

  await step('describes itself', async () => {
    const description = got(200, await api.GET('/api/openapi.json'));
    equal(description['openapi'], '3.1.0');
    match(got(200, await api.GET('/api/docs', { parseAs: 'text' })), /^<!DOCTYPE html>/i);
  });

  await step('refuses a stranger in the envelope', async () => {
    const { success, error } = refused(401, await stranger.GET('/api/v1/event-types'));
    equal(success, false);
    deepEqual([error.code, error.type, error.status], ['UNAUTHORIZED', 'client_error', 401]);
    deepEqual(error.details, {});
    match(error.trace_id, /^[0-9a-f-]{36}$/);
    equal(Number.isNaN(Date.parse(error.timestamp)), false);
  });
}
