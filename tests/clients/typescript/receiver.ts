// The other end: an https endpoint that takes every POST, and the folder that mails are written to.
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import timers from 'node:timers/promises';

const PATIENCE = 15_000;

export interface Post {
  path: string;
  headers: IncomingHttpHeaders;
  text: string;
}

export class Receiver {
  private readonly posts: Post[] = [];
  private readonly server;

  constructor(key: string, cert: string) {
    this.server = createServer({ key, cert }, async (request, response) => {
      let text = '';
      for await (const chunk of request.setEncoding('utf8')) text += chunk;
      this.posts.push({ path: request.url ?? '', headers: request.headers, text });
      response.end('received');
      this.server.emit('post');
    });
  }

  // Listens; answers what URLs of it begin with.
  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the receiver has no port');
    return `https://127.0.0.1:${address.port}`;
  }

  // Takes the first post to a path; waits for it if it is not there yet.
  async take(path: string): Promise<Post> {
    const signal = AbortSignal.timeout(PATIENCE);
    for (;;) {
      const index = this.posts.findIndex((post) => post.path === path);
      const [post] = index < 0 ? [] : this.posts.splice(index, 1);
      if (post) return post;
      await once(this.server, 'post', { signal });
    }
  }

  // The paths of posts that nobody took.
  left(): string[] {
    return this.posts.map((post) => post.path);
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

// The first mail to an address whose subject holds a text. The pause only spares the machine.
export async function mail(folder: string, to: string, subject: string): Promise<string> {
  const end = Date.now() + PATIENCE;
  while (Date.now() < end) {
    const names = await readdir(folder, { recursive: true }).catch(() => []);
    for (const name of names.filter((name) => name.endsWith('.eml'))) {
      const text = await readFile(join(folder, name), 'utf8');
      const [head = ''] = text.replaceAll(/\r?\n[ \t]+/g, ' ').split(/\r?\n\r?\n/, 1);
      if (head.includes(`To: ${to}`) && /^Subject: (.*)$/m.exec(head)?.[1]?.includes(subject)) return text;
    }
    await timers.setTimeout(50);
  }
  throw new Error(`no mail to ${to} about “${subject}”`);
}
