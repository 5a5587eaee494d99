// Takes screenshots of the console against the stand-in server: `node console/dev/look.mjs http://127.0.0.1:5981 /tmp/shots`.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const [base = 'http://127.0.0.1:5981', out = '/tmp/shots', only = ''] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});

async function open(width, height, locale, scheme) {
  const context = await browser.newContext({ viewport: { width, height }, locale, colorScheme: scheme, bypassCSP: false });
  const page = await context.newPage();
  page.on('console', (m) => m.type() === 'error' && console.log(`[${width} ${locale} ${scheme}] console: ${m.text()}`));
  page.on('pageerror', (e) => console.log(`[${width}] error: ${e.message}`));
  return page;
}

const shot = async (page, name) => {
  await page.screenshot({ path: `${out}/${name}.png` });
};

async function check(page, name) {
  // Through the protocol, not a script tag: the page's own policy would stop that.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  for (const v of violations) console.log(`axe ${name}: ${v.id} (${v.impact}) ${v.nodes.length}x ${v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(' | ')} ${v.nodes[0].failureSummary?.split('\n')[1] ?? ''}`);
}

async function signIn(page) {
  await page.goto(`${base}/console/index.html`);
  await page.waitForSelector('input[type=email], [data-list]');
  if (await page.$('input[type=email]')) {
    await page.fill('input[type=email]', 'lin@example.com');
    await page.fill('input[autocomplete=current-password]', 'demo');
    await page.keyboard.press('Enter');
  }
  await page.waitForSelector('[data-list] li');
}

const runs = [
  [1440, 900, 'zh-CN', 'light'],
  [1440, 900, 'en-US', 'dark'],
  [1024, 768, 'en-US', 'light'],
  [390, 844, 'zh-CN', 'light'],
  [390, 844, 'en-US', 'dark'],
].filter(([width, , locale, scheme]) => `${width}-${locale}-${scheme}`.includes(only));

for (const [width, height, locale, scheme] of runs) {
  const page = await open(width, height, locale, scheme);
  const id = `${width}-${locale}-${scheme}`;
  await page.goto(`${base}/console/index.html`);
  await page.waitForTimeout(500);
  if (await page.$('input[type=email]')) {
    await page.click('form button.btn-primary');
    await shot(page, `${id}-signin`);
    await check(page, `${id} signin`);
  }
  await signIn(page);
  await page.waitForTimeout(600);
  await shot(page, `${id}-inbox`);
  await check(page, `${id} inbox`);
  await page.goto(`${base}/console/index.html#/c/c1`);
  await page.waitForTimeout(800);
  await shot(page, `${id}-conversation`);
  await check(page, `${id} conversation`);
  await page.goto(`${base}/console/index.html#/c/c3`);
  await page.waitForTimeout(500);
  await shot(page, `${id}-offer`);
  await page.goto(`${base}/console/index.html#/c/c2`);
  await page.waitForTimeout(500);
  await page.keyboard.press('t');
  await page.waitForTimeout(500);
  await shot(page, `${id}-transfer`);
  await check(page, `${id} transfer`);
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.waitForTimeout(200);
  await shot(page, `${id}-shortcuts`);
  await page.keyboard.press('Escape');
  for (const tab of ['agents', 'queues', 'sites']) {
    await page.goto(`${base}/console/index.html#/admin/${tab}`);
    await page.waitForTimeout(400);
    await shot(page, `${id}-admin-${tab}`);
    await check(page, `${id} admin ${tab}`);
    await page.click('table button');
    await page.waitForTimeout(200);
    await shot(page, `${id}-form-${tab}`);
    await check(page, `${id} form ${tab}`);
    await page.keyboard.press('Escape');
  }
  await page.context().close();
}
await browser.close();
