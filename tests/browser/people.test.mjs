// What people do about their own way in, and what operators read of it: each without and with script.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { header, start, until } from './app.mjs';
import { launch } from './browser.mjs';
import { complaints } from './checks.mjs';
import { ADMIN, HOME, code, open, press, save, setUp, signIn, unfold, visit } from './steps.mjs';

// A step that takes longer will not come.
const PATIENCE = 15_000;
const LEE = { name: 'Lee Park', email: 'lee@acme.example', password: 'staple horse battery' };

let app;
let browser;
before(async () => {
  [app, browser] = await Promise.all([start('--confirm-subscribers'), launch()]);
  await setUp(await visitor(true), app);
});
after(() => Promise.all([app.stop(), browser.close()]));

async function visitor(javaScriptEnabled) {
  const context = await browser.newContext({ javaScriptEnabled, acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.heard = complaints(page);
  page.on('dialog', (dialog) => dialog.accept());
  return page;
}

// The same story for somebody whose browser runs scripts, and for somebody whose does not.
function story(name, tell) {
  for (const [how, scripts] of [['without script', false], ['with script', true]]) {
    test(`${name}, ${how}`, async () => {
      const page = await visitor(scripts);
      await tell(page, scripts);
      // The browser reports the status of a refused form itself.
      assert.deepEqual(page.heard.filter((said) => !said.includes('the server responded with a status of 422')), []);
      await page.context().close();
    });
  }
}

const fill = (page, label, value) => page.getByLabel(label, { exact: true }).fill(value);
const follow = (page, name) => visit(page, () => page.getByRole('link', { name, exact: true }).first().click());

async function download(page, name) {
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name }).click()]);
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
}

story('an operator filters the security log and takes it along', async (page) => {
  assert.equal((await signIn(page, app, { ...ADMIN, password: 'not the password' })).status, 422);
  assert.equal((await signIn(page, app, ADMIN)).status, 200);
  await open(page, app, '/accounts');
  assert.equal((await follow(page, 'Security log')).status, 200);
  await page.getByRole('row', { name: /First run/ }).waitFor();

  await page.getByLabel('Action').selectOption({ label: 'Sign in' });
  await page.getByLabel('Result').selectOption({ label: 'Refused' });
  await fill(page, 'Who, what or address', 'dana@');
  await press(page, 'Apply filters');
  const query = new URL(page.url()).searchParams;
  assert.deepEqual([query.get('action'), query.get('result'), query.get('q')], ['sign_in', 'refused', 'dana@']);
  assert.equal(await page.getByLabel('Action').inputValue(), 'sign_in', 'the filter says what is shown');
  const lines = (await page.getByRole('row').count()) - 1;
  assert.ok(lines >= 1);
  assert.equal(await page.getByRole('row', { name: /Sign in Refused/ }).count(), lines);

  const csv = await download(page, 'Export CSV');
  const [columns, ...rows] = csv.text.trim().split(/\r?\n/);
  assert.match(csv.name, /\.csv$/);
  assert.match(columns, /^id,at,actor,address,action,account_id,object,result,detail$/);
  assert.equal(rows.length, lines);
  assert.ok(rows.every((row) => row.includes(',sign_in,') && row.includes(',refused,')));
  const json = await download(page, 'Export JSON');
  assert.match(json.name, /\.json/);
  assert.ok(json.text.includes('"action":"sign_in"') && !json.text.includes('"done"'));

  await follow(page, 'Clear');
  await page.getByRole('row', { name: /First run/ }).waitFor();
  await page.getByRole('row', { name: /Exported/ }).first().waitFor();
  await fill(page, 'Who, what or address', 'nothing-like-this');
  await press(page, 'Apply filters');
  await page.getByRole('heading', { name: 'No lines match' }).waitFor();
  await follow(page, 'Show all lines');
  await page.getByRole('row', { name: /First run/ }).waitFor();
});

story('somebody who is invited comes in and ends the session of another browser', async (page, scripts) => {
  const lee = { ...LEE, email: `lee-${scripts}@acme.example` };
  const admin = await visitor(scripts);
  await signIn(admin, app, ADMIN);
  await open(admin, app, `${HOME}/users`);
  await follow(admin, 'Invite somebody');
  await fill(admin, 'Email', lee.email);
  await admin.getByLabel('Viewer', { exact: true }).check();
  await press(admin, 'Send invitation');
  const link = await admin.getByLabel('Invitation link', { exact: true }).inputValue();
  await visit(page, () => page.goto(link));
  await fill(page, 'Your name', lee.name);
  await fill(page, 'Password', lee.password);
  await press(page, 'Choose this password');
  assert.equal(await page.getByLabel('Email').inputValue(), lee.email);
  await fill(page, 'Password', lee.password);
  await press(page, 'Sign in');
  assert.equal((await press(page, 'Accept')).status, 200);
  assert.equal(page.url(), `${app.origin}${HOME}/notifications`);

  const elsewhere = await visitor(scripts);
  await signIn(elsewhere, app, lee);
  await open(page, app, '/profile');
  const other = page.getByRole('row').filter({ has: page.getByRole('button') }).filter({ hasNotText: 'This session' });
  assert.equal(await other.count(), 1);
  await visit(page, () => other.getByRole('button', { name: /^End the session of/ }).click());
  await page.getByText('That session has ended.').waitFor();
  assert.equal(await page.getByRole('button', { name: /^End the session of/ }).count(), 1);
  await open(elsewhere, app, '/profile');
  assert.match(elsewhere.url(), /\/login/);
  await Promise.all([admin, elsewhere].map((one) => one.context().close()));
});

story('a second factor is set up, used, and its recovery codes are made anew', async (page, scripts) => {
  const lee = { ...LEE, email: `lee-${scripts}@acme.example` };
  await signIn(page, app, lee);
  await open(page, app, '/profile');
  await follow(page, 'Turn on a second factor');
  assert.equal(await page.getByRole('img', { name: /QR code/ }).count(), 1);
  const key = await page.locator('#key').textContent();
  await fill(page, '6-digit code', '12');
  await fill(page, 'Current password', lee.password);
  assert.equal((await press(page, 'Turn on')).status, 422);
  assert.equal(await page.locator('#key').textContent(), key, 'a refusal keeps the key that was scanned');
  await fill(page, '6-digit code', code(key, 0));
  await fill(page, 'Current password', lee.password);
  await press(page, 'Turn on');
  const [first] = await page.locator('#codes code').allTextContents();
  await follow(page, 'Done, I have saved them');
  await page.getByText('10 of 10 left').waitFor();

  await follow(page, 'Make new recovery codes');
  await fill(page, 'Current password', lee.password);
  await page.getByText('Use a recovery code').click();
  await fill(page, 'Recovery code', first);
  await press(page, 'Make new codes');
  const codes = await page.locator('#codes code').allTextContents();
  assert.equal(codes.length, 10);
  assert.ok(!codes.includes(first));

  await press(page, 'Sign out');
  await signIn(page, app, lee);
  assert.match(page.url(), /\/login\/code/);
  await page.getByText('Use a recovery code').click();
  await fill(page, 'Recovery code', first);
  assert.equal((await press(page, 'Sign in')).status, 422);
  await fill(page, 'Recovery code', codes[0]);
  assert.equal((await press(page, 'Sign in')).status, 200);
  await open(page, app, '/profile');
  await page.getByText('9 of 10 left').waitFor();
});

story('a new subscriber is asked, and gets mails once they have said yes', async (page, scripts) => {
  const address = `oncall-${scripts}@elsewhere.example`;
  const admin = await visitor(scripts);
  await signIn(admin, app, ADMIN);
  await open(admin, app, `${HOME}/notifications`);
  await unfold(admin, 'Run Failed');
  await fill(admin, 'Email subscribers for Run Failed', address);
  assert.equal((await save(admin)).status, 200);
  const asked = await until('the question', async () =>
    (await app.mails()).find((mail) => header(mail, 'To')?.includes(address)));
  const [link] = /http[^\s>"]+\/u\/[^\s>"]+/.exec(asked.replaceAll(/=\r?\n/g, '').replaceAll('=3D', '='));

  await visit(page, () => page.goto(link));
  await page.getByRole('heading', { name: 'Do you want these emails?' }).waitFor();
  assert.equal((await press(page, 'Yes, send me these emails')).status, 200);
  await page.getByRole('heading', { name: 'You get these emails now' }).waitFor();
  await admin.context().close();
});
