// The settings form against the real server, with and without script.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { receiver, start, until } from './app.mjs';
import { launch } from './browser.mjs';
import { ADMIN, HOME, open as visitPage, press, save, setUp, signIn, testEmail, testWebhook, unfold, visit } from './steps.mjs';

const PAGE = `${HOME}/notifications`;
const URL_FIELD = 'Webhook URL';
const TOGGLE = 'Send Webhook for Run Failed';
const LIST = 'Email subscribers for Run Failed';

let app;
let site;
let browser;
let session;
let page;
let plain;
before(async () => {
  [app, site, browser] = await Promise.all([start(), receiver(), launch()]);
  const context = await browser.newContext();
  page = await context.newPage();
  await setUp(page, app);
  session = await context.storageState();
  plain = await (await browser.newContext({ storageState: session, javaScriptEnabled: false })).newPage();
});
after(() => Promise.all([app.stop(), site.stop(), browser.close()]));

// Every test starts from an account without settings.
beforeEach(async () => {
  site.status = 200;
  await open(plain, app, PAGE);
  await plain.getByLabel(URL_FIELD).fill('');
  for (const list of await plain.getByLabel(/^Email subscribers/).all()) await list.fill('');
  await save(plain);
  await open(page, app, PAGE);
  site.got.length = 0;
});

// Every row of the settings page is opened, so that each test can type at once.
async function open(where, server, path) {
  const answer = await visitPage(where, server, path);
  const rows = where.locator('.ev > details:not([open]) > summary');
  while (await rows.count()) await rows.first().click();
  return answer;
}

const field = (where, label) => where.getByLabel(label, { exact: true });
const focused = (where) => where.evaluate(() => document.activeElement.id || document.activeElement.className);

async function saveUrl(where) {
  await field(where, URL_FIELD).fill(site.url);
  assert.equal((await save(where)).status, 200);
}

test('toggles wake up while a URL is typed, and one Save keeps both', async () => {
  assert.equal(await field(page, TOGGLE).isEnabled(), false);
  await page.getByText('Webhooks are off until you').waitFor();
  await field(page, URL_FIELD).pressSequentially(site.url);
  await field(page, TOGGLE).check();
  await save(page);
  assert.equal(await field(page, URL_FIELD).inputValue(), site.url);
  assert.equal(await field(page, TOGGLE).isChecked(), true);
  assert.equal(await page.getByText('Webhooks are off until you').isVisible(), false);
});

test('without script the URL is saved first, then the toggles', async () => {
  await open(plain, app, PAGE);
  assert.equal(await field(plain, TOGGLE).isEnabled(), false);
  await saveUrl(plain);
  assert.match(await plain.getByRole('status').first().textContent(), /saved/);
  await field(plain, TOGGLE).setChecked(true);
  await save(plain);
  assert.equal(await field(plain, TOGGLE).isChecked(), true);
  await field(plain, TOGGLE).setChecked(false);
  await save(plain);
  assert.equal(await field(plain, TOGGLE).isChecked(), false, 'a toggle can be switched off without script');
});

test('an emptied URL keeps the choices for when it comes back', async () => {
  await saveUrl(plain);
  await field(plain, TOGGLE).setChecked(true);
  await save(plain);
  await field(plain, URL_FIELD).fill('');
  await save(plain);
  assert.equal(await field(plain, TOGGLE).isEnabled(), false);
  assert.equal(await field(plain, TOGGLE).isChecked(), true);
  await saveUrl(plain);
  assert.equal(await field(plain, TOGGLE).isChecked(), true);
});

for (const script of [true, false]) {
  test(`a refused form keeps everything typed and says why, ${script ? 'with' : 'without'} script`, async () => {
    const where = script ? page : plain;
    await open(where, app, PAGE);
    await field(where, URL_FIELD).fill('ftp://hooks.acme.example/x');
    await field(where, LIST).fill('ops@acme.example, oncall@acme');
    const { status } = await save(where);
    assert.equal(status, 422);
    assert.match(await where.title(), /^Error: /);
    assert.equal(await field(where, URL_FIELD).inputValue(), 'ftp://hooks.acme.example/x');
    assert.equal(await field(where, LIST).inputValue(), 'ops@acme.example, oncall@acme');
    const links = where.locator('.summary a');
    assert.equal(await links.count(), 2);
    assert.match(await links.nth(1).textContent(), /oncall@acme/);
    if (script) assert.equal(await focused(where), 'summary');
    for (const [index, label] of [URL_FIELD, LIST].entries()) {
      assert.equal(await field(where, label).getAttribute('aria-invalid'), 'true');
      await links.nth(index).click();
      assert.equal(await focused(where), await field(where, label).getAttribute('id'));
    }
    // What was refused was not stored either.
    const fresh = await where.context().newPage();
    await open(fresh, app, PAGE);
    assert.equal(await field(fresh, LIST).inputValue(), '');
    await fresh.close();
  });
}

test('leaving with unsaved changes asks, and keeps them if told to stay', async () => {
  await field(page, LIST).fill('new@acme.example');
  await page.getByText('Unsaved changes').waitFor();
  const asked = page.waitForEvent('dialog');
  // Nobody waits for this click: it ends in a question.
  const clicked = page.getByRole('link', { name: 'Deliveries', exact: true }).click({ noWaitAfter: true });
  const dialog = await asked;
  assert.equal(dialog.type(), 'beforeunload');
  await dialog.dismiss();
  await clicked;
  assert.equal(page.url(), `${app.origin}${PAGE}`);
  assert.equal(await field(page, LIST).inputValue(), 'new@acme.example');
  await visit(page, () => page.getByRole('link', { name: 'Discard' }).click());
  assert.equal(await field(page, LIST).inputValue(), '');
});

for (const script of [true, false]) {
  test(`Enter in the URL field saves and sends no test, ${script ? 'with' : 'without'} script`, async () => {
    const where = script ? page : plain;
    await open(where, app, PAGE);
    await field(where, URL_FIELD).fill(site.url);
    await visit(where, () => field(where, URL_FIELD).press('Enter'));
    assert.equal(where.url(), `${app.origin}${PAGE}`);
    assert.equal(await field(where, URL_FIELD).inputValue(), site.url);
    assert.equal(site.got.length, 0);
  });
}

for (const script of [true, false]) {
  test(`a test uses what is on screen, saves nothing and is sent once, ${script ? 'with' : 'without'} script`, async () => {
    const where = script ? page : plain;
    if (!script) await saveUrl(where);
    await open(where, app, PAGE);
    const typed = `${site.url}&unsaved`;
    await field(where, URL_FIELD).fill(typed);
    assert.equal((await testWebhook(where, 'Run Failed')).status, 200);
    const result = where.locator('#result-run_failed');
    assert.match(await result.textContent(), /Test webhook delivered\.\s.*answered 200 OK in \d.*The URL you tested is not saved yet\./);
    if (script) assert.equal(await focused(where), 'result-run_failed');
    assert.equal(await where.locator('[id^=result-]').count(), 1, 'the result is in its row only');
    assert.equal(await field(where, URL_FIELD).inputValue(), typed);
    assert.equal(site.got.length, 1);
    assert.equal(site.got[0].headers['x-ringpost-test'], 'true');
    assert.equal(site.got[0].path, '/hook?token=abc&unsaved');

    where.once('dialog', (dialog) => dialog.accept());
    assert.equal((await visit(where, () => where.reload())).status, 200);
    assert.match(await result.textContent(), /Test webhook delivered/);
    assert.equal(site.got.length, 1, 'a reload shows the same result and sends nothing');
    assert.equal(await where.getByText('Unsaved changes').isVisible(), true);
  });
}

test('a failed test says what was answered, and links to its delivery', async () => {
  site.status = 500;
  await field(page, URL_FIELD).fill(site.url);
  await testWebhook(page, 'Tenant Created');
  assert.match(await page.locator('#result-tenant_created').textContent(), /was not delivered\.\s.*500 Internal Server Error/);
  page.once('dialog', (dialog) => dialog.accept());
  const { status } = await visit(page, () => page.locator('#result-tenant_created a').click());
  assert.equal(status, 200);
  await page.getByText('told to fail').waitFor();
});

test('a test that outlives its page says so, and Refresh shows the end without sending again, with and without script', async () => {
  let release;
  site.held = new Promise((done) => { release = done; });
  await saveUrl(plain);
  const wheres = [page, plain];
  await Promise.all(wheres.map((where) => open(where, app, PAGE)));
  const answers = await Promise.all(wheres.map((where) => testWebhook(where, 'Run Failed')));
  assert.deepEqual(answers.map(({ status }) => status), [202, 202]);
  for (const where of wheres) {
    await field(where, LIST).fill('typed@acme.example');
    assert.equal((await press(where, 'Refresh the result of this test')).status, 202);
    assert.match(await where.locator('#result-run_failed').textContent(), /Test webhook is being sent\.\s.*has not answered yet\./);
  }
  release();
  site.held = null;
  for (const where of wheres) {
    const result = where.locator('#result-run_failed');
    await until('the end of the test', async () => {
      await press(where, 'Refresh the result of this test');
      return (await result.getByRole('button').count()) === 0;
    });
    assert.match(await result.textContent(), /Test webhook delivered\./);
    assert.equal(await field(where, LIST).inputValue(), 'typed@acme.example');
  }
  assert.equal(site.got.length, 2, 'each page sent one');
});

test('a test email goes to the primary contact and the row', async () => {
  await field(page, LIST).fill('ops@acme.example');
  assert.equal((await testEmail(page, 'Run Failed')).status, 200);
  const result = page.locator('#result-run_failed');
  assert.match(await result.textContent(), /No mail left this server\./);
  assert.match(await result.textContent(), /dana@acme\.example.*ops@acme\.example/s);
  const subjects = (await app.mails()).map((mail) => /^Subject: (.*)$/m.exec(mail)[1]);
  assert.equal(subjects.length, 2);
  for (const subject of subjects) assert.match(subject, /^\[Test\] /);
});

test('a bad address in another row does not block a test', async () => {
  await field(page, URL_FIELD).fill(site.url);
  await field(page, 'Email subscribers for Sync Failed').fill('nobody');
  assert.equal((await testWebhook(page, 'Run Failed')).status, 200);
  await field(page, LIST).fill('nobody');
  assert.equal((await testWebhook(page, 'Run Failed')).status, 422);
  assert.equal(site.got.length, 1);
});

test('a double click sends one test', async () => {
  await field(page, URL_FIELD).fill(site.url);
  await visit(page, () => page.getByRole('button', { name: 'Send test webhook for Run Failed' }).dblclick({ noWaitAfter: true }));
  assert.match(await page.locator('#result-run_failed').textContent(), /delivered/);
  assert.equal(site.got.length, 1);
});

test('coming back finds a form that can be sent', async () => {
  await saveUrl(page);
  await open(page, app, `${HOME}/deliveries`);
  await page.goBack();
  await unfold(page, 'Run Failed');
  const button = page.getByRole('button', { name: 'Send test webhook for Run Failed' });
  assert.equal(await button.isEnabled(), true);
  assert.equal(await button.getAttribute('aria-busy'), null);
  await visit(page, () => button.click());
  assert.equal(site.got.length, 1);
  assert.match(await page.locator('#result-run_failed').textContent(), /delivered/);
});

test('what was saved while a page was left is not shown to somebody who signed out', async () => {
  const other = await (await browser.newContext()).newPage();
  await signIn(other, app, ADMIN);
  await press(other, 'Sign out');
  await other.goBack();
  await other.getByRole('heading', { name: 'Sign in to Ringpost' }).waitFor();
  await other.context().close();
});

test('Copy copies the organization’s id', async () => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(page, app, `${HOME}/company`);
  await page.getByRole('button', { name: 'Copy organization ID' }).click();
  await page.getByText('Copied', { exact: true }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), '100');
});
