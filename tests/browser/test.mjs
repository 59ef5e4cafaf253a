// Everything: contrast, the gallery, the script, and the running program. Needs `cargo build` and
// `cargo run --example gallery` first. usage: node test.mjs
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
let passed = 0;
let failed = 0;
function count(isGood) {
  if (isGood) passed += 1;
  else failed += 1;
}

for (const script of ['contrast.mjs', 'gallery.mjs']) {
  const [code] = await once(spawn(process.execPath, [here(script)], { stdio: 'inherit' }), 'exit');
  count(code === 0);
}

// One file after the other: each has a browser and a server of its own.
const tests = run({
  files: ['script.test.mjs', 'first-run.test.mjs', 'settings.test.mjs', 'people.test.mjs', 'pages.test.mjs'].map(here),
  concurrency: 1,
  timeout: 10 * 60 * 1000,
});
// A file is reported as a test around its own tests: it counts if it failed to start or to end.
const isFile = (test) => test.name.endsWith('.test.mjs');
tests.on('test:pass', (test) => { if (!isFile(test)) count(true); });
tests.on('test:fail', () => count(false));
tests.compose(spec).pipe(process.stdout);
await once(tests, 'end');

process.on('exit', () => console.log(`${passed} passed, ${failed} failed`));
process.exitCode = failed || !passed ? 1 : 0;
