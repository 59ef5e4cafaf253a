// Ringpost itself, really running: a temporary folder, a free port, and what a platform does from outside.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PROGRAM = process.env.RINGPOST ?? fileURLToPath(new URL('../../target/debug/ringpost', import.meta.url));
const LOOPBACK = '127.0.0.0/8';
const PATIENCE = 60_000;

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

// Asks until the answer is there. The pause only spares the machine; the answer is the signal.
export async function until(what, ask) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

function run(command, args) {
  const child = spawn(PROGRAM, [command, '--log', 'warn', ...args], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, RINGPOST_DRAIN: '0s' } });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text) => { printed += text; });
  const ended = once(child, 'exit');
  // Nothing outlives a run that breaks off.
  process.on('exit', () => child.kill());
  return {
    // The first group of a pattern, once it has been printed.
    said: (pattern) => until(`“${pattern}” on the terminal`, () => {
      if (child.exitCode !== null) throw new Error(`ringpost ${command} ended with ${child.exitCode}`);
      return pattern.exec(printed)?.[1];
    }),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

const answers = (url) => fetch(url).then((answer) => answer.ok, () => false);

// `ringpost serve` with nobody in it yet, and with further options.
export async function start(...options) {
  const folder = await mkdtemp(join(tmpdir(), 'ringpost-browser-'));
  const listen = `127.0.0.1:${await freePort()}`;
  const origin = `http://${listen}`;
  const program = run('serve', ['--data-dir', folder, '--listen', listen, '--allow-network', LOOPBACK, ...options]);
  const code = await program.said(/one-time code: (\S+)/);
  await until('/readyz', () => answers(`${origin}/readyz`));

  const command = async (...args) => {
    const { stdout } = await promisify(execFile)(PROGRAM, [...args, '--data-dir', folder]);
    return stdout.trim();
  };
  return {
    origin,
    code,
    token: () => command('token', 'create', '--account', '100', '--role', 'admin', '--name', 'platform'),
    signInLink: (email) => command('user', 'sign-in-link', email),
    mails: () => readMails(join(folder, 'mail')),
    stop: async () => {
      await program.stop();
      await rm(folder, { recursive: true });
    },
  };
}

// `ringpost demo`, with its login and its receiver.
export async function startDemo() {
  const listen = `127.0.0.1:${await freePort()}`;
  const program = run('demo', ['--listen', listen, '--catcher', `127.0.0.1:${await freePort()}`]);
  const password = await program.said(/Password +(\S+)/);
  const [email, catcher] = [await program.said(/Sign in as +(\S+)/), await program.said(/Receiver +(\S+)/)];
  await until('/readyz', () => answers(`http://${listen}/readyz`));
  return { origin: `http://${listen}`, email, password, catcher, stop: program.stop };
}

async function readMails(folder) {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return Promise.all(names.filter((name) => name.endsWith('.eml')).map((name) => readFile(join(folder, name), 'utf8')));
}

// A header of a mail, unfolded.
export function header(mail, name) {
  const [head] = mail.split(/\r?\n\r?\n/, 1);
  return new RegExp(`^${name}: (.*)$`, 'im').exec(head.replaceAll(/\r?\n[ \t]+/g, ' '))?.[1];
}

export const RUN_FAILED = {
  event_type: 'run_failed',
  environment: 'prod-acme',
  account_id: 100,
  account_name: 'Acme Corp',
  timestamp: '2026-05-04T12:00:00Z',
  run_id: 9876,
  run_status: 'failed',
  admin_link: 'https://admin.prod-acme.pandium.com/runs/9876/show',
  api_link: 'https://api.prod-acme.pandium.com/v2/runs/9876',
  api_status_link: 'https://api.prod-acme.pandium.com/v2/runs/9876/status',
  api_triggers_link: 'https://api.prod-acme.pandium.com/v2/runs/9876/triggers',
  tenant_id: 789,
  tenant_name: 'Widget Co',
  integration_id: 42,
  integration_name: 'Shopify Integration',
};

// What the platform does when something happens.
export function post(app, token, event) {
  return fetch(`${app.origin}/api/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(event),
  });
}

// An endpoint that writes down what it gets, and answers as it is told to.
export async function receiver() {
  const got = [];
  const site = { got, status: 200, held: null };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    got.push({ method: request.method, path: request.url, headers: request.headers, body });
    await site.held;
    response.writeHead(site.status).end(site.status < 300 ? 'received' : 'told to fail');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  site.url = `http://127.0.0.1:${server.address().port}/hook?token=abc`;
  site.stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return site;
}
