// From a server that nobody can sign in to, to the first event that arrived.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RUN_FAILED, header, post, receiver, start, until } from './app.mjs';
import { launch } from './browser.mjs';
import { complaints } from './checks.mjs';
import { HOME, open, press, save, setUp, unfold, visit } from './steps.mjs';

test('from the one-time code to the first delivered event', async (t) => {
  const [app, site, browser] = await Promise.all([start(), receiver(), launch()]);
  t.after(() => Promise.all([app.stop(), site.stop(), browser.close()]));
  const page = await browser.newPage();
  const heard = complaints(page);

  assert.equal((await open(page, app, '/')).status, 200);
  assert.equal(page.url(), `${app.origin}/setup`, 'a server without people leads to its setup');
  assert.equal((await setUp(page, app)).status, 200);
  assert.equal(page.url(), `${app.origin}${HOME}/welcome`);
  await page.getByText('0 of 5 done.').waitFor();

  await visit(page, () => page.getByRole('link', { name: 'Company' }).click());
  assert.equal(await page.getByLabel('Email', { exact: true }).inputValue(), 'dana@acme.example', 'whoever sets up is the primary contact');

  await visit(page, () => page.getByRole('link', { name: 'Notifications & Webhooks' }).click());
  await page.getByLabel('Webhook URL').fill(site.url);
  await page.getByLabel('Send Webhook for Run Failed').check();
  await unfold(page, 'Run Failed');
  await page.getByLabel('Email subscribers for Run Failed').fill('ops@acme.example; oncall@acme.example');
  assert.equal((await save(page)).status, 200);
  await page.getByText('Changes saved.').waitFor();
  assert.equal(await page.getByLabel('Email subscribers for Run Failed').inputValue(), 'ops@acme.example, oncall@acme.example');

  await visit(page, () => page.getByRole('link', { name: 'API tokens' }).click());
  await page.getByLabel('Name').fill('platform');
  await page.getByLabel('Ingest').check();
  await press(page, 'Create token');
  const token = await page.getByLabel('API token', { exact: true }).inputValue();
  assert.match(token, /^rp_/);

  const answer = await post(app, token, RUN_FAILED);
  assert.equal(answer.status, 202);
  assert.equal((await answer.json()).deliveries, 4, 'one webhook, the primary contact, two subscribers');

  await until('four deliveries to end', async () => {
    await open(page, app, `${HOME}/deliveries`);
    return await page.locator('.hop').filter({ hasText: /Delivered|Written to file/ }).count() === 4;
  });
  assert.equal(site.got.length, 1);
  const [{ method, path, headers, body }] = site.got;
  assert.deepEqual([method, path, headers['content-type']], ['POST', '/hook?token=abc', 'application/json']);
  assert.equal(body, JSON.stringify(RUN_FAILED), 'exactly the payload, in its order');
  assert.equal(headers['x-ringpost-event'], 'run_failed');
  const mails = await app.mails();
  const recipients = mails.map((mail) => header(mail, 'To')).sort();
  assert.equal(recipients.length, 3);
  for (const [index, address] of ['dana@', 'oncall@', 'ops@'].entries()) assert.match(recipients[index], new RegExp(address));

  await open(page, app, `${HOME}/welcome`);
  await page.getByText('3 of 5 done.').waitFor();
  await open(page, app, `${HOME}/deliveries`);

  const hops = page.locator('.hop');
  assert.equal(await hops.filter({ hasText: 'Email' }).filter({ hasText: 'Written to file' }).count(), 3);
  await page.getByText('1 other delivered').click();
  const webhook = hops.filter({ hasText: 'Webhook' }).filter({ hasText: 'Delivered' });
  assert.equal(await webhook.count(), 1);
  await visit(page, () => webhook.getByRole('link').click());
  await page.getByText('answered 200 OK').first().waitFor();
  await page.getByText(headers['x-ringpost-delivery']).first().waitFor();
  await page.getByRole('region', { name: 'Request' }).getByText('Shopify Integration').waitFor();
  await page.getByRole('region', { name: 'Answer' }).getByText('received').waitFor();
  assert.deepEqual(heard, []);
});
