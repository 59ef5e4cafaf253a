// Debian's Chromium, kept quiet: nothing here may ask the network for anything but the page under test.
import { chromium } from 'playwright-core';

export const SCHEMES = ['light', 'dark'];
export const SIZES = [
  { width: 1280, height: 800 },
  { width: 320, height: 640 },
];

const QUIET = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROME_PATH ?? '/usr/bin/chromium', args: QUIET });
}
