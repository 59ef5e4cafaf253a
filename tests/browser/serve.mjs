// Serves the gallery under the content policy of the real server, so that a page which needs more than
// the policy allows is found here.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';

const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; frame-src 'self'; connect-src 'self'; "
  + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'";
const TYPES = { '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' };
const MAIL = '<!DOCTYPE html><html lang="en"><head><meta name="color-scheme" content="light dark"><title>Run 9876 failed</title></head>'
  + '<body><h1>Run Failed</h1><p>Run 9876 for tenant Widget Co finished with status failed.</p></body></html>';

export async function serve(folder) {
  const posts = [];
  // What pages are told that look again by themselves, in this order; then nothing is new.
  const watched = [];
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      let body = '';
      for await (const chunk of request) body += chunk;
      posts.push({ path: request.url, body: new URLSearchParams(body) });
      // The page stays where it is, as after a load that was stopped.
      response.writeHead(204).end();
      return;
    }
    if (request.headers['x-watching']) {
      const fresh = watched.shift();
      response.writeHead(fresh ? 200 : 204, { 'content-type': TYPES['.html'] }).end(fresh);
      return;
    }
    const path = normalize(new URL(request.url, 'http://gallery').pathname);
    if (path === '/mail.html' || path.includes('/preview/')) {
      response.writeHead(200, { 'content-type': TYPES['.html'], 'content-security-policy': MAIL_POLICY });
      response.end(MAIL);
      return;
    }
    try {
      const body = await readFile(join(folder, path));
      response.writeHead(200, { 'content-type': TYPES[extname(path)], 'content-security-policy': POLICY });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { origin: `http://127.0.0.1:${server.address().port}`, posts, watched, close: () => server.close() };
}
