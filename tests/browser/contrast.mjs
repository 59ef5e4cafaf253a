// The contrast of every pair of colour tokens that meet, computed from the style sheet itself.
// usage: node contrast.mjs [--table]
import { readFileSync } from 'node:fs';

const TEXT = 4.5;
const SHAPE = 3;
const PAIRS = [
  [TEXT, 'text', ['bg', 'surface', 'inset', 'danger-bg', 'success-bg', 'warning-bg', 'info-bg']],
  [TEXT, 'muted', ['bg', 'surface', 'inset', 'success-bg', 'warning-bg']],
  [TEXT, 'link', ['bg', 'surface', 'inset', 'danger-bg', 'success-bg', 'warning-bg', 'info-bg']],
  [TEXT, 'on-accent', ['accent', 'accent-hover', 'danger-btn']],
  [TEXT, 'danger', ['bg', 'surface', 'inset', 'danger-bg']],
  [TEXT, 'success', ['surface', 'success-bg']],
  [TEXT, 'warning', ['surface', 'warning-bg']],
  [TEXT, 'info', ['surface', 'info-bg']],
  [SHAPE, 'control', ['bg', 'surface', 'inset']],
  [SHAPE, 'accent', ['bg', 'surface']],
  [SHAPE, 'focus', ['bg', 'surface', 'inset', 'warning-bg', 'info-bg']],
];

const css = readFileSync(new URL('../../static/app.css', import.meta.url), 'utf8');
const [light, dark] = [...css.matchAll(/:root \{([^}]*)\}/g)].map(([, block]) =>
  Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{3,6});/g)].map(([, name, value]) => [name, value])));

// WCAG 2.2, "relative luminance" and "contrast ratio".
function luminance(hex) {
  const digits = hex.length === 4 ? [...hex.slice(1)].map((d) => d + d) : hex.slice(1).match(/../g);
  const [r, g, b] = digits
    .map((pair) => parseInt(pair, 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

let pairs = 0;
let failures = 0;
for (const [scheme, tokens] of [['light', light], ['dark', { ...light, ...dark }]]) {
  for (const [need, front, backs] of PAIRS) {
    for (const back of backs) {
      const ratio = contrast(tokens[front], tokens[back]);
      pairs += 1;
      if (ratio < need) failures += 1;
      if (ratio < need || process.argv.includes('--table')) {
        console.log(`${scheme} ${front} on ${back}: ${ratio.toFixed(2)}, needs ${need}${ratio < need ? '  FAIL' : ''}`);
      }
    }
  }
}
console.log(`contrast: ${pairs} pairs, ${failures} failures`);
process.exit(failures || !pairs ? 1 : 0);
