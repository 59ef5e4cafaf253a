// What the two clients from npm have in common: who they are, and a counted line for each step.
import { readFileSync } from 'node:fs';

export const TYPE = 'notification/webhooks';
export const BASE = `${process.env.CLIENT_URL}/api/v3`;
export const ACCOUNT = process.env.CLIENT_ACCOUNT;
export const token = readFileSync(process.env.CLIENT_TOKEN, 'utf8').trim();

export function walk(client) {
  return async (name, run) => {
    try {
      const value = await run();
      console.log(`ok ${client}: ${name}`);
      return value;
    } catch (error) {
      const why = JSON.stringify(error.response?.data) ?? error.stack;
      console.log(`not ok ${client}: ${name}\n    ${String(why).replaceAll('\n', '\n    ')}`);
      process.exit(0);
    }
  };
}
