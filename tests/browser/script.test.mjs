// What app.js adds to the pages, and what it must never break. Run over the gallery: `node --test`.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { launch } from './browser.mjs';
import { keyboard } from './checks.mjs';
import { serve } from './serve.mjs';

const FOLDER = fileURLToPath(new URL('../../target/gallery', import.meta.url));
let site;
let browser;
before(async () => {
  site = await serve(FOLDER);
  browser = await launch();
});
after(async () => {
  await browser.close();
  site.close();
});

async function open(name, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(`${site.origin}/${name}.html`);
  return page;
}

async function posted(count) {
  while (site.posts.length < count) await new Promise((next) => setImmediate(next));
  return site.posts.splice(0);
}

test('toggles and webhook tests follow the URL while it is typed', async () => {
  const page = await open('notifications-empty');
  const toggle = page.locator('.switch').first();
  for (const [typed, live] of [
    ['https://hooks.acme.example', true], ['hooks.acme.example', false], [' http://a.example/x ', true],
    ['ftp://a.example', false], ['https:', false], ['javascript:alert(1)', false], ['', false],
  ]) {
    await page.fill('#webhook_url', typed);
    assert.equal(await toggle.isEnabled(), live, typed);
    assert.equal(await page.locator("[formaction*='/webhook#']").first().isEnabled(), live, typed);
    assert.equal(await page.isVisible('#webhooks-off'), !live, typed);
    assert.equal(await toggle.getAttribute('aria-describedby'), live ? null : 'webhooks-off', typed);
  }
});

test('a form says whether its toggles were live', async () => {
  const page = await open('notifications-empty');
  await page.click('.btn-primary');
  assert.equal((await posted(1))[0].body.get('toggles'), null);
  await page.reload();
  await page.fill('#webhook_url', 'https://hooks.acme.example');
  await page.click('.btn-primary');
  assert.equal((await posted(1))[0].body.get('toggles'), 'live');
});

test('Enter in the URL field saves and sends no test', async () => {
  const page = await open('notifications');
  await page.press('#webhook_url', 'Enter');
  assert.equal((await posted(1))[0].path, '/accounts/100/notifications');
});

test('unsaved changes are marked, and unmarked when they are undone', async () => {
  const page = await open('notifications');
  const mark = page.locator('[data-unsaved]');
  assert.equal(await mark.isVisible(), false);
  await page.click('.switch >> nth=0');
  assert.equal(await mark.isVisible(), true);
  await page.click('.switch >> nth=0');
  assert.equal(await mark.isVisible(), false);
});

async function asksBeforeLeaving(page, leave) {
  let asked = false;
  page.on('dialog', (dialog) => { asked = true; return dialog.accept(); });
  await leave();
  return asked;
}

test('leaving asks when something would be lost, and only then', async () => {
  const leave = (page) => asksBeforeLeaving(page, () => page.goto(`${site.origin}/company.html`));
  assert.equal(await leave(await open('notifications')), false);
  const changed = await open('notifications');
  await changed.click('#event-run_failed > summary');
  await changed.fill('#subscribers-run_failed', 'new@acme.example');
  assert.equal(await leave(changed), true);
  const tested = await open('notifications-webhook-failed');
  await tested.click('h1');
  assert.equal(await leave(tested), true, 'a page that came back with typed values');
});

test('Discard does not ask', async () => {
  const page = await open('notifications');
  await page.fill('#webhook_url', 'https://other.example');
  assert.equal(await asksBeforeLeaving(page, () => page.click('[data-discard]')), false);
});

test('Ctrl+Enter in a field saves, and not with the first test', async () => {
  const page = await open('notifications');
  await page.click('#event-run_failed > summary');
  await page.press('#subscribers-run_failed', 'Control+Enter');
  assert.equal((await posted(1))[0].path, '/accounts/100/notifications');
});

test('a link to something in a closed row opens the row', async () => {
  const page = await open('notifications');
  await page.evaluate(() => { location.hash = 'subscribers-run_failed'; });
  await page.locator('#event-run_failed[open]').waitFor();
  await page.goto(`${site.origin}/notifications.html#event-tenant_created`);
  await page.reload();
  await page.locator('#event-tenant_created[open]').waitFor();
});

test('Save is within reach on a screen of 30rem, and no stop of the Tab key is behind it', async () => {
  const page = await open('notifications-all-on');
  await page.setViewportSize({ width: 1024, height: 480 });
  assert.ok(await page.locator('.savebar .btn-primary').evaluate((button) => button.getBoundingClientRect().bottom <= innerHeight));
  assert.deepEqual(await keyboard(page), []);
});

test('a double click posts once, and the form can be posted again', async () => {
  const page = await open('notifications');
  await page.click('#event-run_failed > summary');
  const button = page.locator("[formaction*='/run_failed/email#']");
  await button.dblclick();
  assert.equal((await posted(1)).length, 1);
  await page.waitForFunction((from) => performance.now() - from > 2000, await page.evaluate(() => performance.now()));
  await page.locator('.btn-primary').click();
  const [saved] = await posted(1);
  assert.equal(saved.path, '/accounts/100/notifications');
});

test('the reader starts at the problems, the notice or the result', async () => {
  for (const [name, selector] of [
    ['notifications-refused', '.summary'], ['notifications-saved', '.notice-ok'], ['notifications-webhook-failed', '#result-tenant_created'],
  ]) {
    const page = await open(name);
    assert.ok(await page.evaluate((s) => document.activeElement.matches(s), selector), name);
  }
});

// A page that looks again by itself, with the pause put behind it, and what it is told.
async function watching(name, change) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.clock.install();
  await page.goto(`${site.origin}/${name}.html`);
  const source = await readFile(`${FOLDER}/${name}.html`, 'utf8');
  site.watched.push(change(source));
  return page;
}

test('what is under way is shown as it goes on, and what the reader has done stays', async () => {
  const page = await watching('deliveries', (source) => source.replace('</svg>Sending</span>', '</svg>Delivered</span>')
    .replaceAll('data-refresh', ''));
  const rows = page.locator('.log tbody tr');
  const row = rows.nth(1);
  await row.locator('summary').click();
  const box = page.locator('[name^="resend."]').first();
  await box.check();
  await page.locator('#q').fill('half a se');
  await row.locator('a.title').focus();
  assert.equal(await rows.first().getByText('Sending', { exact: true }).count(), 2);
  await page.clock.runFor(3_500);
  await rows.first().getByText('Delivered', { exact: true }).first().waitFor();
  assert.ok(await row.locator('details').evaluate((details) => details.open));
  assert.ok(await box.isChecked());
  assert.equal(await page.locator('#q').inputValue(), 'half a se');
  assert.ok(await row.locator('a.title').evaluate((link) => link === document.activeElement));
  // Nothing is under way any more: it does not ask again.
  site.watched.push('unasked');
  await page.clock.runFor(120_000);
  assert.equal(site.watched.length, 1);
  site.watched.length = 0;
});

test('a slash goes to the search, and is a letter where somebody types', async () => {
  const page = await open('deliveries');
  const box = page.locator('[name^="resend."]').first();
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'q');
  await page.keyboard.type('a/b');
  assert.equal(await page.locator('#q').inputValue(), 'a/b');
  await box.focus();
  await page.keyboard.press('/');
  assert.ok(await box.evaluate((element) => element === document.activeElement), 'the box keeps the focus');
});

test('time that goes by is shown, and is no reason to ask sooner', async () => {
  const page = await watching('deliveries', (source) => source);
  const source = site.watched.pop();
  assert.match(source, /3 minutes ago/);
  for (let minute = 4; minute < 24; minute += 1) site.watched.push(source.replaceAll('3 minutes ago', `${minute} minutes ago`));
  // Where something happens it asks twenty times a minute; where nothing does, eight times or nine.
  for (let second = 0; second < 60; second += 1) {
    await page.clock.runFor(1_000);
    await page.waitForLoadState('networkidle');
  }
  const asked = 20 - site.watched.length;
  assert.ok(asked > 1 && asked <= 10, `it asked ${asked} times`);
  await page.getByText(`${asked + 3} minutes ago`).first().waitFor();
  site.watched.length = 0;
});

test('a selection is not taken from under the reader', async () => {
  const page = await watching('recovery', (source) => source.replace('22 of 37 sent', '30 of 37 sent'));
  await page.locator('#h-progress').selectText();
  await page.clock.runFor(20_000);
  assert.equal(site.watched.length, 1, 'it waits');
  assert.equal(await page.evaluate(() => getSelection().toString().trim()), '22 of 37 sent, 5 under way');
  await page.evaluate(() => getSelection().removeAllRanges());
  await page.clock.runFor(30_000);
  await page.getByText('30 of 37 sent').first().waitFor();
});

test('where the Refresh link had the focus, its place has it once nothing is under way', async () => {
  const stopped = await readFile(`${FOLDER}/recovery-stopped.html`, 'utf8');
  const page = await watching('recovery', () => stopped);
  await page.locator('[data-refresh]').focus();
  await page.clock.runFor(3_500);
  await page.getByText('Stopped after 5 failures in a row').first().waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'live-recovery');
});

test('Copy copies, and without permission selects', async () => {
  const page = await open('token-created', { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.click('[data-copy]');
  await page.getByText('Copied', { exact: true }).waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^rp_/);

  const denied = await open('token-created');
  await denied.evaluate(() => { navigator.clipboard.writeText = () => Promise.reject(new Error('denied')); });
  await denied.click('[data-copy]');
  await denied.getByText('Press Ctrl+C to copy').waitFor();
  assert.match(await denied.evaluate(() => getSelection().toString()), /^rp_/);
});

test('Copy is not offered without script', async () => {
  const page = await open('token-created', { javaScriptEnabled: false });
  const buttons = await page.locator('[data-copy]').all();
  assert.equal(buttons.length, 2);
  for (const button of buttons) assert.equal(await button.isVisible(), false);
});
