// The client that is tested: the generated types, and openapi-fetch around them.
import { readFileSync } from 'node:fs';
import createClient from 'openapi-fetch';

import type { paths } from '../out/api.js';
import { Receiver } from './receiver.js';

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: start tests/clients/run`);
  return value;
}

const file = (name: string) => readFileSync(setting(name), 'utf8');
const baseUrl = setting('CLIENT_URL');

export const account = Number(setting('CLIENT_ACCOUNT'));
export const contact = setting('CLIENT_CONTACT');
export const mails = setting('CLIENT_MAILS');
export const receiver = new Receiver(file('CLIENT_KEY'), file('CLIENT_CERTIFICATE'));

const bearer = (token: string) => createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });

export const api = bearer(file('CLIENT_TOKEN').trim());
export const stranger = bearer('rp_nobody');

// The data of an answer that has this status; another status is an error with the envelope in it.
export function got<T>(status: number, answer: { data?: T; error?: unknown; response: Response }): T {
  if (answer.response.status !== status || answer.data === undefined) throw unexpected(status, answer);
  return answer.data;
}

// An error with this status, typed.
export function refused<E>(status: number, answer: { error?: E; response: Response }): E {
  if (answer.response.status !== status || answer.error === undefined) throw unexpected(status, answer);
  return answer.error;
}

// An answer without a body.
export function done(answer: { error?: unknown; response: Response }): void {
  if (answer.response.status !== 204) throw unexpected(204, answer);
}

function unexpected(status: number, answer: { error?: unknown; response: Response }): Error {
  return new Error(`${status} expected, got ${answer.response.status}: ${JSON.stringify(answer.error)}`);
}
