// What every page has to pass, in whatever state it is. Each check answers with a list of sentences:
// an empty list is a pass.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { HtmlValidate } from 'html-validate';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

// What axe could not decide is a failure too, but for colours that it cannot see (contrast.mjs
// computes those) and for sandboxed mails, which it cannot enter.
const UNDECIDED = new Set(['color-contrast', 'frame-tested']);

export async function axe(page, tags = TAGS) {
  if (!await page.evaluate(() => 'axe' in globalThis)) await page.evaluate(AXE);
  // A walk through the page may have ended on the skip link, which is shown over the header while it has the focus.
  await page.evaluate(() => document.activeElement?.blur());
  const result = await page.evaluate(
    (values) => globalThis.axe.run(document, { runOnly: { type: 'tag', values } }),
    tags,
  );
  const open = result.incomplete.filter((rule) => !UNDECIDED.has(rule.id));
  return [...result.violations, ...open].map((rule) => {
    const where = rule.nodes.map((node) => node.target.join(' ')).slice(0, 3).join(', ');
    return `axe ${rule.id}: ${rule.help} (${where})`;
  });
}

export async function overflow(page) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  return wide > 0 ? [`scrolls sideways by ${wide}px`] : [];
}

// What people call things, as long as it may be: a word that breaks nowhere, of letters that are drawn wide, put together
// or written from the right; an address with all that an address may have.
const NAME = `${'W'.repeat(90)}🏭👩🏽‍🚒${'שלום'.repeat(5)}${'ß'.repeat(80)}`;
const ADDRESS = `${'m'.repeat(64)}@${'subdomain-of-the-mail-server.'.repeat(6)}example`;
const HOST = `${'receiver-of-webhooks.'.repeat(10)}example`;
const CALLED = [
  [String.raw`[\w.+-]+@[\w.-]+\w`, ADDRESS],
  [String.raw`hooks\.acme\.example`, HOST],
  ['Acme Corp|prod-acme|Dana Ito|Widget Co|Billing service|#ops-alerts|Shopify Integration', NAME],
];

// Calls everybody and everything on a page by the longest names that there may be.
export async function stretch(page) {
  await page.evaluate((called) => {
    const long = (text) => called.reduce((said, [name, longest]) => said.replaceAll(new RegExp(name, 'g'), longest), text);
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) texts.currentNode.data = long(texts.currentNode.data);
    for (const field of document.querySelectorAll('.input')) if (field.localName !== 'select') field.value = long(field.value);
  }, CALLED);
}

// Where the reader chooses the colours no tint is left: a state has an edge, and a switch is the system's own box.
export async function forcedColors(page) {
  await page.emulateMedia({ forcedColors: 'active' });
  const bad = await page.evaluate(() => {
    const seen = (selector) => [...document.querySelectorAll(selector)].filter((element) => element.checkVisibility());
    const style = (element) => getComputedStyle(element);
    return [
      ...seen('.badge').filter((badge) => style(badge).borderTopStyle !== 'solid').map((badge) => `“${badge.textContent}” has no edge`),
      ...seen('.switch').filter((box) => style(box).appearance === 'none').map((box) => `the switch ${box.name} cannot be seen`),
    ];
  });
  await page.emulateMedia({ forcedColors: null });
  return bad.map((sentence) => `forced colours: ${sentence}`);
}

// On paper nothing can be pressed, opened or scrolled: what is only for that is gone, and the rest stands open.
export async function onPaper(page) {
  await page.emulateMedia({ media: 'print' });
  const bad = await page.evaluate(() => {
    const seen = (selector) => [...document.querySelectorAll(selector)].filter((element) => element.checkVisibility());
    const isCut = (pre) => pre.scrollHeight > pre.clientHeight + 1;
    return [
      ...seen('.topbar, .banner, .tabs, .skip, .savebar, .filters, .find, .pager, .btn').map((part) => `${part.className} is printed`),
      ...seen('details').filter((fold) => !fold.lastElementChild.checkVisibility()).map((fold) => `“${fold.textContent.trim().slice(0, 30)}” is folded`),
      ...seen('pre').filter(isCut).map((pre) => `“${pre.textContent.slice(0, 30)}” is cut off`),
    ];
  });
  await page.emulateMedia({ media: null });
  return bad.map((sentence) => `paper: ${sentence}`);
}

// Every stop of the Tab key has to be visible, uncovered and marked (WCAG 2.4.7, 2.4.11), and the last
// one has to let go (2.1.2).
export async function keyboard(page) {
  const bad = [];
  const stops = new Set();
  let last;
  for (let presses = 0; presses < 300; presses += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(describeFocus);
    // Inside a frame there may be several stops; the frame’s own document marks them.
    if (stop?.frame && stop.path === last) continue;
    if (!stop || stops.has(stop.path)) return bad;
    last = stop.path;
    stops.add(stop.path);
    if (stop.covered) bad.push(`keyboard: ${stop.name} is covered`);
    if (!stop.marked) bad.push(`keyboard: ${stop.name} has no visible focus`);
  }
  return [...bad, 'keyboard: focus never leaves the page'];
}

function describeFocus() {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const [box] = element.getClientRects();
  const x = Math.min(Math.max(box.left + Math.min(box.width / 2, 40), 1), innerWidth - 1);
  const y = Math.min(Math.max(box.top + Math.min(box.height / 2, 12), 1), innerHeight - 1);
  const top = document.elementFromPoint(x, y);
  const own = top && (element.contains(top) || [...(element.labels ?? [])].some((label) => label.contains(top)));
  const style = getComputedStyle(element);
  const path = [];
  for (let node = element; node; node = node.parentElement) path.push([...(node.parentElement?.children ?? [])].indexOf(node));
  return {
    path: path.join('.'),
    name: `${element.tagName.toLowerCase()} “${(element.textContent || element.id).trim().slice(0, 30)}”`,
    covered: !own,
    frame: element.localName === 'iframe',
    marked: element.localName === 'iframe' || style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
  };
}

// Collects what the page complains about, a refusal by the content policy first of all. Call it before `goto`.
export function complaints(page) {
  const heard = [];
  page.on('pageerror', (error) => heard.push(`page error: ${error.message}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) heard.push(`console: ${message.text()}`);
  });
  return heard;
}

const validator = new HtmlValidate({
  root: true,
  extends: ['html-validate:recommended', 'html-validate:a11y', 'html-validate:document'],
  rules: {
    'heading-level': ['error', { minInitialRank: 'h2' }],
    'require-sri': ['error', { target: 'crossorigin' }],
    'no-inline-style': 'error',
    // Mails are shown as they were sent, and the mark above their signature ends in a space.
    'no-trailing-whitespace': 'off',
    'long-title': ['error', { maxlength: 100 }],
  },
});

// The log's tables are drawn as blocks where it is narrow: their roles keep them tables for every reader.
function isRoleOfTable({ ruleId, message }) {
  return ruleId === 'no-redundant-role' && / on <(table|thead|tbody|tr|th|td)>$/.test(message);
}

export async function html(source) {
  const report = await validator.validateString(source);
  const messages = report.results.flatMap((result) => result.messages);
  return messages
    .filter((message) => !isRoleOfTable(message))
    .map((message) => `html ${message.ruleId}, line ${message.line}: ${message.message}`);
}
