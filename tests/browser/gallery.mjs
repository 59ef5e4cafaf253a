// Every page in every state (`cargo run --example gallery`), through every check.
// usage: node gallery.mjs [--pictures] [part of a name]
import { mkdir, readFile, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { SCHEMES, SIZES, launch } from './browser.mjs';
import { axe, complaints, forcedColors, html, keyboard, onPaper, overflow, stretch } from './checks.mjs';
import { serve } from './serve.mjs';

const FOLDER = fileURLToPath(new URL('../../target/gallery', import.meta.url));
const OUT = fileURLToPath(new URL('out', import.meta.url));
const pictures = process.argv.includes('--pictures');
const wanted = process.argv.slice(2).find((argument) => !argument.startsWith('--')) ?? '';

const names = (await readdir(FOLDER).catch(() => []))
  .filter((name) => name.endsWith('.html') && name.includes(wanted))
  .map((name) => name.replace('.html', ''));
if (!names.length) throw new Error('nothing to check: run `cargo run --example gallery` first');
if (pictures) await mkdir(OUT, { recursive: true });

let failures = 0;
function report(name, where, found) {
  failures += found.length;
  for (const sentence of found) console.log(`${name} (${where}): ${sentence}`);
}

const site = await serve(FOLDER);
const browser = await launch();
const context = await browser.newContext({ reducedMotion: 'reduce' });
const bare = await browser.newContext({ reducedMotion: 'reduce', javaScriptEnabled: false });

async function open(where, name) {
  const page = await where.newPage();
  const heard = complaints(page);
  await page.goto(`${site.origin}/${name}.html`);
  return { page, heard };
}

async function check(name) {
  report(name, 'source', await html(await readFile(`${FOLDER}/${name}.html`, 'utf8')));
  const { page, heard } = await open(context, name);
  for (const viewport of SIZES) {
    await page.setViewportSize(viewport);
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      const where = `${colorScheme} ${viewport.width}px`;
      report(name, where, [...await axe(page), ...await overflow(page)]);
      if (pictures) await page.screenshot({ path: `${OUT}/${name} ${where}.png`, fullPage: true });
    }
    report(name, `${viewport.width}px`, await keyboard(page));
  }
  report(name, 'colours and paper', [...await forcedColors(page), ...await onPaper(page)]);
  report(name, 'console', heard);
  await page.close();

  const plain = await open(bare, name);
  for (const viewport of SIZES) {
    await plain.page.setViewportSize(viewport);
    report(name, `${viewport.width}px without script`, [...await overflow(plain.page), ...await keyboard(plain.page)]);
  }
  await stretch(plain.page);
  for (const width of [320, 375, 1280]) {
    await plain.page.setViewportSize({ width, height: 640 });
    report(name, `${width}px with long names`, await overflow(plain.page));
  }
  report(name, 'console without script', plain.heard);
  await plain.page.close();
}

const queue = [...names];
await Promise.all(['one', 'two'].map(async () => {
  for (let name = queue.shift(); name; name = queue.shift()) await check(name);
}));

await browser.close();
site.close();
console.log(`gallery: ${names.length} pages, ${failures} failures`);
process.exit(failures ? 1 : 0);
