// usage: node validate.mjs redocly|spectral DOCUMENT
// Prints what a validator finds, errors and warnings alike. Everything is red but what accepted-warnings.txt lists,
// and so is a line there that nothing needs.
import { readFile } from 'node:fs/promises';
import { createConfig, lint } from '@redocly/openapi-core';
import spectralCore from '@stoplight/spectral-core';
import spectralRulesets from '@stoplight/spectral-rulesets';

const VALIDATORS = {
  async redocly(path) {
    const found = await lint({ ref: path, config: await createConfig({ extends: ['recommended'] }) });
    return found.map(({ ruleId, message, location }) => ({ rule: ruleId, pointer: location[0]?.pointer ?? '#/', message }));
  },
  async spectral(path) {
    const spectral = new spectralCore.Spectral();
    spectral.setRuleset({ extends: [spectralRulesets.oas] });
    const found = await spectral.run(JSON.parse(await readFile(path, 'utf8')));
    return found.map(({ code, message, path: steps }) => ({ rule: String(code), pointer: pointer(steps), message }));
  },
};

const pointer = (steps) => `#/${steps.map((step) => String(step).replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`;

async function accepted(validator) {
  const text = await readFile(new URL('accepted-warnings.txt', import.meta.url), 'utf8');
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return lines.map((line) => line.split(/\s+/)).filter(([owner]) => owner === validator)
    .map(([, rule, where, ...reason]) => ({ rule, where, reason: reason.join(' '), used: false }));
}

const [validator, path] = process.argv.slice(2);
const list = await accepted(validator);
let red = false;
for (const { rule, pointer: where, message } of await VALIDATORS[validator](path)) {
  const entry = list.find((entry) => entry.rule === rule && entry.where === where && entry.reason !== '');
  if (entry) entry.used = true;
  else red = true;
  console.log(entry ? `accepted: ${rule} at ${where}: ${entry.reason}` : `${rule} at ${where}: ${message}`);
}
for (const { rule, where } of list.filter((entry) => !entry.used)) {
  red = true;
  console.log(`accepted-warnings.txt lists ${rule} at ${where}, which is not found any more: delete the line`);
}
process.exitCode = red ? 1 : 0;
