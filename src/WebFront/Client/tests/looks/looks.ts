/**
 * One state of a page, looked at in three sizes, two themes and two languages: a picture of each, all on one sheet, and
 * what a machine can say is wrong with them.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Browser, BrowserContext, Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch } from '../browser.ts';
import { type Fault, faultsIn } from './faults.ts';

export type Locale = 'zh-CN' | 'en';
export const LOCALES: readonly Locale[] = ['zh-CN', 'en'];
const SIZES = [
  { width: 1440, height: 900 },
  { width: 1024, height: 768 },
  { width: 390, height: 844 },
] as const;
export const PHONE = 390;

const folder = process.env.LOOKS ?? fileURLToPath(new URL('../../../../../artifacts/looks', import.meta.url));
/** Smaller pictures on a slow machine; the layout is the same. */
const scale = Number(process.env.LOOKS_SCALE ?? 1);
/** Axe in all twelve, not in the two that differ most. */
const thorough = process.env.LOOKS_THOROUGH === '1';
/** Parts of names, divided by commas: only those states. */
const only = (process.env.LOOKS_ONLY ?? '').split(',').filter(Boolean);

/** What a state is built with. */
export interface Scene {
  page: Page;
  locale: Locale;
  /** The words of the language that is looked at. */
  say(zh: string, en: string): string;
}

/** Something that serves the page, made anew for every state and language. */
export interface Stage {
  url: string;
  /** What the test itself put there, in whatever language: no text of the product. */
  data(): unknown;
  /** The document that is looked at. */
  frame(page: Page): Frame;
  close(): Promise<void>;
}

export interface LookOptions<S = never> {
  /** What a page may say on its console here. */
  allow?: RegExp;
  /** What has to be done on a phone, where less is in sight at once. */
  phone?: (scene: Scene, stage: S) => Promise<unknown>;
  /** The widget's window alone, or all there is. */
  whole?: boolean;
  /** What is found and is meant to be so. */
  meant?: RegExp;
}

export class Looks<S extends Stage> {
  #browser!: Browser;
  readonly #area: string;
  readonly #make: (locale: Locale) => Promise<S>;
  readonly #clip: ((page: Page) => Promise<{ x: number; y: number; width: number; height: number } | undefined>) | null;
  readonly #lines: string[] = [];

  /**
   * @param area how pictures begin
   * @param clip what of the page is worth a picture, where it is not all of it
   */
  constructor(
    area: string,
    make: (locale: Locale) => Promise<S>,
    clip: ((page: Page) => Promise<{ x: number; y: number; width: number; height: number } | undefined>) | null = null,
  ) {
    this.#area = area;
    this.#make = make;
    this.#clip = clip;
    mkdirSync(folder, { recursive: true });
    beforeAll(async () => {
      this.#browser = await launch();
    });
    afterAll(async () => {
      await this.#browser?.close();
      const report = `${this.#lines.join('\n')}\n`;
      writeFileSync(join(folder, `${this.#area}.txt`), report);
      console.log(report);
    });
  }

  /** Leads to a state from a page that was just opened. What can't be reached, or has faults, fails. */
  look(name: string, build: (scene: Scene, stage: S) => Promise<unknown>, options: LookOptions<S> = {}): void {
    const full = `${this.#area}-${name}`;
    it.skipIf(only.length > 0 && !only.some((each) => full.includes(each)))(name, async () => {
      const faults = new Map<string, string[]>();
      const pictures: { file: string; title: string; row: number }[] = [];
      const note = (fault: Fault, where: string) => {
        const text = `${fault.kind}: ${fault.what}`;
        if (options.meant?.test(text)) return;
        faults.set(text, [...(faults.get(text) ?? []), where]);
      };
      for (const [row, locale] of LOCALES.entries()) {
        const stage = await this.#make(locale);
        let context: BrowserContext | undefined;
        let where: string = locale;
        try {
          context = await this.#browser.newContext({
            viewport: SIZES[0],
            locale: locale === 'en' ? 'en-US' : locale,
            timezoneId: 'Asia/Shanghai',
            reducedMotion: 'reduce',
            deviceScaleFactor: scale,
          });
          context.setDefaultTimeout(30_000);
          const page = await context.newPage();
          const complaints: string[] = [];
          page.on('console', (message) => {
            if (message.type() === 'error') complaints.push(message.text());
          });
          page.on('pageerror', (error) => complaints.push(error.message));
          const scene: Scene = { page, locale, say: (zh, en) => (locale === 'en' ? en : zh) };
          await build(scene, stage);
          for (const size of SIZES) {
            where = `${size.width}-${locale}`;
            if (size !== SIZES[0]) await page.setViewportSize(size);
            if (size.width === PHONE) await options.phone?.(scene, stage);
            for (const dark of [false, true]) {
              await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
              const look = `${where}-${dark ? 'dark' : 'light'}`;
              const file = `${full}-${look}.jpg`;
              await page.mouse.move(0, 0);
              await settled(page);
              const clip = options.whole ? undefined : await this.#clip?.(page);
              await page.screenshot({ path: join(folder, file), type: 'jpeg', quality: 90, ...(clip ? { clip } : {}) });
              pictures.push({ file, title: look, row: row * 2 + Number(dark) });
              const frame = stage.frame(page);
              if (!dark) for (const fault of await faultsIn(frame, locale, stage.data())) note(fault, look);
              // Contrast is the theme's and names are the language's: two looks see what all twelve would, nearly always.
              const asked = locale === 'en' ? size.width === PHONE && dark : size === SIZES[0] && !dark;
              if (asked || thorough) for (const fault of await violations(frame)) note(fault, look);
            }
          }
          for (const text of complaints) {
            if (!(options.allow ?? /$^/).test(text) && !/status of 40[149]|WebSocket/.test(text))
              note({ kind: 'said', what: text }, locale);
          }
        } catch (error) {
          note({ kind: 'NOT REACHED', what: String(error).split('\n').slice(0, 3).join(' ') }, where);
          const page = context?.pages()[0];
          await page?.screenshot({ path: join(folder, `${full}-${where}-failed.png`) }).catch(() => {});
        } finally {
          await context?.close();
          await stage.close();
        }
      }
      if (this.#clip && !options.whole) await this.#sheet(full, pictures, true);
      else
        for (const locale of LOCALES)
          await this.#sheet(
            `${full}-${locale}`,
            pictures.filter((each) => each.title.includes(locale)),
            false,
          );
      const found = [...faults].map(([text, where]) => `${text} [${where.join(' ')}]`);
      this.#lines.push(`${full}: ${pictures.length} of 12 looked at`, ...found.map((each) => `  ${each}`));
      expect(found).toEqual([]);
    });
  }

  /** Pictures of one state on one; where they are slim, those of both languages. */
  async #sheet(name: string, pictures: { file: string; title: string; row: number }[], slim: boolean): Promise<void> {
    if (pictures.length === 0) return;
    const rows = [0, 1, 2, 3].map((row) => pictures.filter((each) => each.row === row));
    const cells = rows.map(
      (row) =>
        `<div>${row.map(({ file, title }) => `<figure><figcaption>${title}</figcaption><img src="${file}"></figure>`).join('')}</div>`,
    );
    const lines = slim ? [cells.slice(0, 2).join(''), cells.slice(2).join('')] : cells;
    const html = `<!doctype html><meta charset="utf-8"><title>${name}</title><style>
      body { margin: 0; background: #888; font: 20px sans-serif; width: max-content; zoom: ${Math.min(1, (slim ? 0.7 : 0.6) / scale)} }
      section, div { display: flex } figure { margin: 4px } figcaption { background: #222; color: #fff }
      img { display: block }</style>${lines.map((line) => `<section>${line}</section>`).join('')}`;
    const file = join(folder, `${name}.html`);
    writeFileSync(file, html);
    const page = await this.#browser.newPage({ viewport: { width: 800, height: 600 } });
    await page.goto(pathToFileURL(file).href);
    const [width, height] = await page.evaluate(() => {
      const { width: wide, height: high } = document.body.getBoundingClientRect();
      return [Math.ceil(wide), Math.ceil(high)];
    });
    await page.setViewportSize({ width: width ?? 800, height: height ?? 600 });
    await page.screenshot({ path: join(folder, `sheet-${name}.png`) });
    await page.close();
  }
}

/** Fonts are there, and what was begun is drawn. */
async function settled(page: Page): Promise<void> {
  for (const frame of page.frames()) {
    await frame
      .evaluate(async () => {
        await document.fonts.ready;
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
        await Promise.all(
          document
            .getAnimations()
            .map((each) =>
              each.effect?.getComputedTiming().endTime === Infinity ? null : each.finished.catch(() => null),
            ),
        );
      })
      .catch(() => {});
  }
}

async function violations(frame: Frame): Promise<Fault[]> {
  // Through the debugging protocol: the page's own policy admits no script.
  await frame.evaluate(`${axe.source}; 0`);
  const { violations: found } = await frame.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run({ resultTypes: ['violations'] }),
  );
  return found.flatMap(({ id, nodes }) =>
    nodes.slice(0, 3).map((node) => ({
      kind: `axe ${id}`,
      what: `${node.html.slice(0, 160)} ${/contrast of [\d.]+/.exec(node.failureSummary ?? '')?.[0] ?? ''}`,
    })),
  );
}
