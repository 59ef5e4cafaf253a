// The README's picture: the settings page of the demo. usage: node screenshot.mjs OUT.png
import { startDemo } from './app.mjs';
import { launch } from './browser.mjs';
import { HOME, open, signIn } from './steps.mjs';

const [out] = process.argv.slice(2);
if (!out) throw new Error('usage: node screenshot.mjs OUT.png');

const [demo, browser] = await Promise.all([startDemo(), launch()]);
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 }, colorScheme: 'light' });
  await signIn(page, demo, demo);
  await open(page, demo, `${HOME}/notifications`);
  await page.screenshot({ path: out });
} finally {
  await browser.close();
  await demo.stop();
}
