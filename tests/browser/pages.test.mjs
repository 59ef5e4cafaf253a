// Every page of the running program in every state, through every check. The states are told as one
// story, in the order in which people come upon them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { RUN_FAILED, header, post, receiver, start, startDemo, until } from './app.mjs';
import { SCHEMES, SIZES, launch } from './browser.mjs';
import { axe, complaints, html, keyboard, overflow } from './checks.mjs';
import { ADMIN, HOME, code, open, press, save, setUp, signIn, testEmail, testWebhook, unfold, visit } from './steps.mjs';

// A step that takes longer will not come.
const PATIENCE = 15_000;
const VIEWER = { name: 'Vera Lind', email: 'vera@acme.example', password: 'battery staple horse' };
const LONG_URL = `https://hooks.acme.example/${'a-long-path/'.repeat(60)}?token=${'0123456789'.repeat(40)}`;
const MANY = Array.from({ length: 200 }, (_, index) => `person-${index + 1}@a-rather-long-department.acme.example`).join(', ');

let app;
let site;
let browser;
let admin;
let nobody;
let viewer;
let checked = 0;
before(async () => {
  [app, site, browser] = await Promise.all([start(), receiver(), launch()]);
  [admin, nobody, viewer] = await Promise.all([newcomer(), newcomer(), newcomer()]);
});
after(() => Promise.all([app.stop(), site.stop(), browser.close()]));

async function newcomer() {
  const context = await browser.newContext({ reducedMotion: 'reduce', viewport: SIZES[0] });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.heard = complaints(page);
  // A form with typed values asks before it is left: here it always may.
  page.on('dialog', (dialog) => dialog.accept());
  return page;
}

// One state of one page. `walk` goes through it with the Tab key: once per layout is enough.
function state(name, who, expected, lead, { walk = false } = {}) {
  test(name, async () => {
    const page = who();
    page.heard.length = 0;
    const { status, source } = await lead(page);
    assert.equal(status, expected, 'the status of the page');
    const found = await html(source);
    for (const viewport of SIZES) {
      await page.setViewportSize(viewport);
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme });
        const seen = [...await axe(page), ...await overflow(page)];
        found.push(...seen.map((sentence) => `${colorScheme} ${viewport.width}px: ${sentence}`));
      }
      if (walk) found.push(...(await keyboard(page)).map((sentence) => `${viewport.width}px: ${sentence}`));
    }
    await page.setViewportSize(SIZES[0]);
    // The browser reports the status of the document itself; that one was expected.
    const told = `Failed to load resource: the server responded with a status of ${expected}`;
    found.push(...page.heard.filter((sentence) => !(expected >= 400 && sentence.includes(told))));
    assert.deepEqual(found, []);
    checked += 1;
  });
  states += 1;
}
let states = 0;

const asAdmin = () => admin;
const asNobody = () => nobody;
const asViewer = () => viewer;
const at = (path) => (page) => open(page, app, path);
const tab = (name) => at(`${HOME}/${name}`);
async function fill(page, label, value) {
  const event = /^Email subscribers for (.*)/.exec(label)?.[1];
  if (event) await unfold(page, event);
  await page.getByLabel(label, { exact: true }).fill(value);
}
const choose = (page, label) => page.getByLabel(label, { exact: true }).check();
const follow = (page, name) => visit(page, () => page.getByRole('link', { name, exact: true }).first().click());

// First run, and the empty house.
state('setup', asNobody, 200, at('/setup'), { walk: true });
state('setup refused', asNobody, 422, (page) => press(page, 'Create account'));
state('first steps', asAdmin, 200, (page) => setUp(page, app), { walk: true });
state('first steps, hidden', asAdmin, 200, async (page) => {
  await press(page, 'Hide this list');
  return open(page, app, `${HOME}/welcome`);
}, { walk: true });
state('first steps, shown again', asAdmin, 200, (page) => press(page, 'Show this list again'));
state('notifications, empty', asAdmin, 200, tab('notifications'), { walk: true });
state('company', asAdmin, 200, tab('company'), { walk: true });
state('company saved', asAdmin, 200, save);
state('company refused', asAdmin, 422, async (page) => {
  await fill(page, 'Organization name', '');
  await fill(page, 'Email', 'dana@acme');
  return save(page);
});
state('deliveries, none yet', asAdmin, 200, tab('deliveries'), { walk: true });

// Tokens and people.
state('tokens, none yet', asAdmin, 200, tab('tokens'), { walk: true });
state('token refused', asAdmin, 422, (page) => press(page, 'Create token'));
state('token created', asAdmin, 200, async (page) => {
  await fill(page, 'Name', 'billing');
  await choose(page, 'Ingest');
  return press(page, 'Create token');
}, { walk: true });
state('token gone', asAdmin, 200, tab('tokens/created'));
state('tokens', asAdmin, 200, tab('tokens'), { walk: true });
state('token to revoke', asAdmin, 200, (page) => follow(page, 'Revoke billing'), { walk: true });
state('token revoked', asAdmin, 200, (page) => press(page, 'Revoke billing'));
state('users', asAdmin, 200, tab('users'), { walk: true });
state('the last admin', asAdmin, 200, (page) => follow(page, `Edit ${ADMIN.email}`));
state('somebody to invite', asAdmin, 200, tab('users/new'), { walk: true });
state('invitation that is refused', asAdmin, 422, (page) => press(page, 'Send invitation'));
state('somebody invited', asAdmin, 200, async (page) => {
  await fill(page, 'Email', VIEWER.email);
  await choose(page, 'Viewer');
  const answer = await press(page, 'Send invitation');
  VIEWER.link = await page.getByLabel('Invitation link', { exact: true }).inputValue();
  return answer;
}, { walk: true });
state('somebody invited, gone', asAdmin, 200, tab('users/invited'));
state('users with an invitation', asAdmin, 200, tab('users'), { walk: true });
state('invitation of another', asAdmin, 200, (page) => visit(page, () => page.goto(VIEWER.link)), { walk: true });
state('invitation', asViewer, 200, (page) => visit(page, () => page.goto(VIEWER.link)), { walk: true });
state('invitation refused', asViewer, 422, (page) => press(page, 'Choose this password'));
state('password chosen for an invitation', asViewer, 200, async (page) => {
  await fill(page, 'Your name', VIEWER.name);
  await fill(page, 'Password', VIEWER.password);
  return press(page, 'Choose this password');
}, { walk: true });
state('invitation, signed in', asViewer, 200, async (page) => {
  await fill(page, 'Password', VIEWER.password);
  return press(page, 'Sign in');
}, { walk: true });
state('invitation accepted', asViewer, 200, (page) => press(page, 'Accept'));
state('invitation that is over', asNobody, 404, (page) => visit(page, () => page.goto(VIEWER.link)));
state('user to edit', asAdmin, 200, async (page) => {
  await open(page, app, `${HOME}/users`);
  return follow(page, `Edit ${VIEWER.email}`);
}, { walk: true });
state('user changed', asAdmin, 200, save);
state('user to remove', asAdmin, 200, async (page) => {
  await follow(page, `Edit ${VIEWER.email}`);
  return follow(page, 'Remove from this account');
}, { walk: true });

// People as a whole.
state('everybody', asAdmin, 200, at('/people'), { walk: true });
state('a person', asAdmin, 200, (page) => follow(page, VIEWER.email), { walk: true });
state('oneself', asAdmin, 200, async (page) => {
  await open(page, app, '/people');
  return visit(page, () => page.locator('main').getByRole('link', { name: ADMIN.email }).click());
});
state('one-time password', asAdmin, 200, async (page) => {
  await open(page, app, '/people');
  await follow(page, VIEWER.email);
  const answer = await press(page, 'Make a one-time password');
  VIEWER.once = await page.getByLabel('One-time password', { exact: true }).inputValue();
  return answer;
}, { walk: true });
state('one-time password, gone', asAdmin, 200, at('/people/password'));
state('password to choose', asViewer, 200, (page) => signIn(page, app, { ...VIEWER, password: VIEWER.once }), { walk: true });
state('password to choose, refused', asViewer, 422, (page) => press(page, 'Set password'));
state('password chosen', asViewer, 200, async (page) => {
  await fill(page, 'New password', VIEWER.password);
  return press(page, 'Set password');
});

// The second factor.
state('second factor', asViewer, 200, at('/profile/second-factor'), { walk: true });
state('second factor refused', asViewer, 422, (page) => press(page, 'Turn on'));
state('recovery codes', asViewer, 200, async (page) => {
  VIEWER.key = await page.locator('#key').textContent();
  await fill(page, '6-digit code', code(VIEWER.key, 0));
  await fill(page, 'Current password', VIEWER.password);
  const answer = await press(page, 'Turn on');
  VIEWER.recoveries = await page.locator('#codes code').allTextContents();
  return answer;
}, { walk: true });
state('recovery codes, gone', asViewer, 200, at('/profile/recovery-codes'));
state('profile with a second factor', asViewer, 200, at('/profile'), { walk: true });
state('code asked for', asViewer, 200, (page) => signIn(page, app, VIEWER), { walk: true });
state('code refused', asViewer, 422, (page) => press(page, 'Sign in'));
state('recovery code accepted', asViewer, 200, async (page) => {
  await page.getByText('Use a recovery code').click();
  await fill(page, 'Recovery code', VIEWER.recoveries[0]);
  return press(page, 'Sign in');
});
state('new recovery codes to make', asViewer, 200, at('/profile/recovery-codes/new'), { walk: true });
state('new recovery codes refused', asViewer, 422, (page) => press(page, 'Make new codes'));
state('new recovery codes', asViewer, 200, async (page) => {
  await fill(page, 'Current password', VIEWER.password);
  await page.getByText('Use a recovery code').click();
  await fill(page, 'Recovery code', VIEWER.recoveries[1]);
  return press(page, 'Make new codes');
}, { walk: true });
state('second factor to remove', asViewer, 200, at('/profile/second-factor/remove'), { walk: true });
state('second factor removed', asViewer, 200, async (page) => {
  await fill(page, 'Current password', VIEWER.password);
  // The code of this half minute may have been used to turn it on.
  await fill(page, '6-digit code', code(VIEWER.key, 1));
  return press(page, 'Remove the second factor');
});

// The settings page.
state('notifications refused', asAdmin, 422, async (page) => {
  await open(page, app, `${HOME}/notifications`);
  await fill(page, 'Webhook URL', 'hooks.acme.example');
  await fill(page, 'Email subscribers for Run Failed', 'oncall@acme');
  return save(page);
});
state('notifications saved', asAdmin, 200, async (page) => {
  await fill(page, 'Webhook URL', site.url);
  await choose(page, 'Send Webhook for Run Failed');
  await fill(page, 'Email subscribers for Run Failed', 'ops@acme.example, dana@acme.example');
  return save(page);
}, { walk: true });
state('all webhooks on', asAdmin, 200, (page) => press(page, 'All webhooks on'));
state('a person to add, refused', asAdmin, 422, async (page) => {
  await open(page, app, `${HOME}/notifications`);
  await page.getByText('Add a person to several events').click();
  return press(page, 'Add to the lists');
}, { walk: true });
state('a person added', asAdmin, 200, async (page) => {
  await fill(page, 'Address', 'night@acme.example');
  await choose(page, 'Sync Failed');
  return press(page, 'Add to the lists');
});
state('previews open', asAdmin, 200, async (page) => {
  const answer = await open(page, app, `${HOME}/notifications`);
  await unfold(page, 'Run Failed');
  await page.getByText('Preview payload for Run Failed').click();
  await page.getByText('Preview email for Run Failed').click();
  await page.frameLocator('iframe >> visible=true').getByRole('heading').first().waitFor();
  return answer;
});
state('webhook test delivered', asAdmin, 200, (page) => testWebhook(page, 'Run Failed'));
state('webhook test failed', asAdmin, 200, (page) => {
  site.status = 500;
  return testWebhook(page, 'Run Failed');
});
state('delivery of a failed webhook', asAdmin, 200, (page) => {
  site.status = 200;
  return visit(page, () => page.locator('#result-run_failed a').click());
}, { walk: true });
state('email test sent', asAdmin, 200, async (page) => {
  await open(page, app, `${HOME}/notifications`);
  return testEmail(page, 'Run Failed');
});
state('delivery of a mail', asAdmin, 200, async (page) => {
  const answer = await visit(page, () => page.locator('#result-run_failed a').first().click());
  await page.frameLocator('iframe').getByRole('heading').first().waitFor();
  return answer;
}, { walk: true });
state('people', asAdmin, 200, tab('people'), { walk: true });
state('person to add, refused', asAdmin, 422, async (page) => {
  await fill(page, 'Address', 'oncall@acme');
  return press(page, 'Add address');
}, { walk: true });
state('person added to lists', asAdmin, 200, async (page) => {
  await fill(page, 'Address', 'oncall@acme.example');
  await choose(page, 'Run Failed');
  return press(page, 'Add address');
});
state('person to remove', asAdmin, 200, (page) => follow(page, 'Remove from everything… oncall@acme.example'), { walk: true });
state('person removed', asAdmin, 200, (page) => press(page, 'Remove oncall@acme.example'));
state('nobody found', asAdmin, 200, tab('people?q=zoe'));
state('test refused', asAdmin, 422, async (page) => {
  await open(page, app, `${HOME}/notifications`);
  await fill(page, 'Email subscribers for Run Failed', 'oncall@acme');
  return testEmail(page, 'Run Failed');
});
state('notifications with a long URL and 200 subscribers', asAdmin, 200, async (page) => {
  await open(page, app, `${HOME}/notifications`);
  await fill(page, 'Webhook URL', LONG_URL);
  await fill(page, 'Email subscribers for Sync Failed', MANY);
  return save(page);
});

// Destinations, each kind of them.
state('destinations, none yet', asAdmin, 200, tab('destinations'), { walk: true });
state('destination, which kind', asAdmin, 200, (page) => follow(page, 'Add the first destination'), { walk: true });
for (const kind of ['slack', 'teams', 'ops_email']) {
  state(`new destination, ${kind}`, asAdmin, 200, tab(`destinations/new?kind=${kind}`));
}
state('new destination, webhook', asAdmin, 200, tab('destinations/new?kind=webhook'), { walk: true });
state('destination refused', asAdmin, 422, (page) => press(page, 'Save destination'));
state('destination test that failed', asAdmin, 200, async (page) => {
  await fill(page, 'Name', 'ingest');
  await page.locator('[name=url]').fill('https://127.0.0.1:9/hook');
  return press(page, 'Send test');
});
state('destination’s secret', asAdmin, 200, async (page) => {
  await page.getByLabel(/Generate/).check();
  await page.getByLabel('Run Failed').check();
  return press(page, 'Save destination');
}, { walk: true });
state('destination’s secret, gone', asAdmin, 200, (page) => visit(page, () => page.reload()));
state('destinations', asAdmin, 200, tab('destinations'), { walk: true });
state('destination to edit', asAdmin, 200, (page) => follow(page, 'ingest'), { walk: true });
state('destination paused', asAdmin, 200, async (page) => {
  await open(page, app, `${HOME}/destinations`);
  return press(page, 'Pause ingest');
});
state('destination tested from the list', asAdmin, 200, (page) => press(page, 'Test ingest'));
state('destination to delete', asAdmin, 200, (page) => follow(page, 'Delete ingest'), { walk: true });
state('destination deleted', asAdmin, 200, (page) => press(page, 'Delete ingest'));

// The log.
state('deliveries', asAdmin, 200, async (page) => {
  await open(page, app, `${HOME}/notifications`);
  await fill(page, 'Webhook URL', site.url);
  await save(page);
  await happen(60);
  return open(page, app, `${HOME}/deliveries`);
}, { walk: true });
state('deliveries, an older page', asAdmin, 200, (page) => follow(page, 'Older'), { walk: true });
state('deliveries, filtered', asAdmin, 200, tab('deliveries?status=delivered&channel=webhook'));
state('deliveries, nothing fits', asAdmin, 200, tab('deliveries?q=nothing-like-this'), { walk: true });
state('an event', asAdmin, 200, async (page) => {
  await open(page, app, `${HOME}/deliveries?status=delivered&channel=webhook`);
  return visit(page, () => page.getByRole('row').nth(1).getByRole('link').first().click());
}, { walk: true });
state('delivery of a webhook', asAdmin, 200, (page) => visit(page, () => page.getByRole('link', { name: /^See delivery.*Webhook/ }).first().click()), { walk: true });

state('failed deliveries, all ticked', asAdmin, 200, async (page) => {
  site.status = 500;
  await happen(2);
  site.status = 200;
  await until('two failures in the log', async () => {
    await open(page, app, `${HOME}/deliveries?status=failed&select=failed`);
    return await page.locator('[name^="resend."]:checked').count() >= 2;
  });
  return open(page, app, `${HOME}/deliveries?status=failed&select=failed`);
}, { walk: true });
state('several to be sent again', asAdmin, 200, (page) => press(page, 'Resend selected…'), { walk: true });
state('several sent again', asAdmin, 200, (page) => visit(page, () => page.getByRole('button', { name: /^Resend \d+$/ }).click()));
state('who would get an event', asAdmin, 200, async (page) => {
  await open(page, app, `${HOME}/deliveries`);
  return follow(page, 'Who would get an event?');
}, { walk: true });

async function happen(times) {
  const [token, before] = [await app.token(), site.got.length];
  for (let run = 1; run <= times; run += 1) {
    assert.equal((await post(app, token, { ...RUN_FAILED, run_id: run })).status, 202);
  }
  await until('every webhook', () => site.got.length >= before + times);
}

// What a viewer sees, and what not.
state('notifications for a viewer', asViewer, 200, async (page) => {
  await signIn(page, app, VIEWER);
  return open(page, app, `${HOME}/notifications`);
}, { walk: true });
state('first steps for a viewer', asViewer, 200, tab('welcome'));
state('company for a viewer', asViewer, 200, tab('company'));
state('destinations for a viewer', asViewer, 200, tab('destinations'));
state('deliveries for a viewer', asViewer, 200, tab('deliveries'));
state('not for a viewer', asViewer, 403, tab('tokens'), { walk: true });

// People and accounts.
state('profile', asAdmin, 200, at('/profile'), { walk: true });
state('password refused', asAdmin, 422, (page) => press(page, 'Change password'));
state('accounts', asAdmin, 200, at('/accounts'), { walk: true });
state('account refused', asAdmin, 422, (page) => press(page, 'Create account'));
state('page not found', asNobody, 404, at('/nowhere'), { walk: true });
state('another account’s page', asAdmin, 404, at('/accounts/999/notifications'));
state('sign in', asNobody, 200, at('/login'), { walk: true });
state('sign in refused', asNobody, 422, async (page) => {
  await fill(page, 'Email', ADMIN.email);
  await fill(page, 'Password', 'not the password');
  return press(page, 'Sign in');
});
state('password forgotten, without a mail server', asNobody, 200, (page) => follow(page, 'Forgot your password?'), { walk: true });
state('link to sign in', asNobody, 200, async (page) => {
  const link = new URL(await app.signInLink(VIEWER.email));
  return open(page, app, link.pathname);
}, { walk: true });
state('link to sign in, over', asNobody, 404, at('/login/link/nobodys'), { walk: true });
state('signed out', asViewer, 200, async (page) => {
  await open(page, app, `${HOME}/notifications`);
  return press(page, 'Sign out');
});

// The security log, which tells of all this.
state('security log', asAdmin, 200, at('/security-log'), { walk: true });
state('security log, filtered', asAdmin, 200, at('/security-log?action=sign_in&result=refused'), { walk: true });
state('security log, nothing fits', asAdmin, 200, at('/security-log?q=nothing-like-this'));
state('security log, an action that is none', asAdmin, 422, at('/security-log?action=all'));
state('security log, not for a viewer', asViewer, 403, async (page) => {
  await signIn(page, app, VIEWER);
  return open(page, app, '/security-log');
});

// The way out of a mail.
state('unsubscribe', asNobody, 200, async (page) => {
  const mail = (await app.mails()).find((one) => header(one, 'To')?.includes('ops@acme.example'));
  const [link] = /http[^>]+/.exec(header(mail, 'List-Unsubscribe'));
  return visit(page, () => page.goto(link));
}, { walk: true });
state('unsubscribed', asNobody, 200, (page) => press(page, 'Stop these emails'));
state('notifications with somebody unsubscribed', asAdmin, 200, tab('notifications'));
state('people with somebody unsubscribed', asAdmin, 200, tab('people'));
state('unsubscription undone', asAdmin, 200, (page) => press(page, 'Undo unsubscribe of ops@acme.example'));
state('people for a viewer', asViewer, 200, tab('people'));

test('the demo’s receiver', async (t) => {
  const demo = await startDemo();
  t.after(demo.stop);
  const answer = await visit(nobody, () => nobody.goto(demo.catcher));
  assert.equal(answer.status, 200);
  assert.deepEqual(await html(answer.source), []);
  for (const viewport of SIZES) {
    await nobody.setViewportSize(viewport);
    assert.deepEqual([...await axe(nobody), ...await overflow(nobody), ...await keyboard(nobody)], []);
  }
});

test('no state was left out', () => assert.equal(checked, states));
