// What people do on the pages, in a few words.
import { createHmac } from 'node:crypto';

export const ADMIN = { name: 'Dana Ito', email: 'dana@acme.example', password: 'correct horse battery' };
export const HOME = '/accounts/100';

// Does something that leads to another document, and answers what the server said to it, redirects followed.
export async function visit(page, act) {
  const [response] = await Promise.all([
    page.waitForResponse((r) =>
      r.request().isNavigationRequest() && r.frame() === page.mainFrame() && (r.status() < 300 || r.status() >= 400)),
    page.waitForEvent('load'),
    act(),
  ]);
  return { status: response.status(), source: await response.text() };
}

export const open = (page, app, path) => visit(page, () => page.goto(`${app.origin}${path}`));
export const press = (page, name) => visit(page, () => page.getByRole('button', { name, exact: true }).click());
export const save = (page) => press(page, 'Save changes');
export const testWebhook = (page, event) => press(page, `Send test webhook for ${event}`);
export const testEmail = (page, event) => press(page, `Send test email for ${event}`);

export async function setUp(page, app) {
  await open(page, app, '/setup');
  for (const [label, value] of [
    ['Setup code', app.code], ['Your name', ADMIN.name], ['Email', ADMIN.email], ['Password', ADMIN.password],
    ['Organization ID', '100'], ['Organization name', 'Acme Corp'], ['Environment', 'prod-acme'],
  ]) await page.getByLabel(label, { exact: true }).fill(value);
  return press(page, 'Create account');
}

export async function signIn(page, app, { email, password }) {
  await open(page, app, '/login');
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(password);
  return press(page, 'Sign in');
}

// What an authenticator app shows, so many half minutes from now (RFC 6238).
export function code(key, ahead) {
  const bits = [...key.replaceAll(' ', '')].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const secret = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const hash = createHmac('sha1', secret).update(step).digest();
  const number = hash.readUInt32BE(hash[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}
