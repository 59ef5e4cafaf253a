// Every call of every API, from the generated types: what is sent, what is answered, and what the receiver gets.
import { receiver } from './client.js';
import { events } from './events.js';
import { providers } from './providers.js';
import { walk } from './report.js';
import { rules } from './rules.js';
import { server } from './server.js';
import { webhooks } from './webhooks.js';

const endpoint = await receiver.start();
await walk('server', server);
await walk('providers', (step) => providers(step, endpoint));
await walk('webhooks', (step) => webhooks(step, endpoint));
await walk('rules', (step) => rules(step, endpoint));
await walk('events', (step) => events(step, endpoint));
receiver.stop();
