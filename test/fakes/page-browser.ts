import express, { type Express } from 'express';
import { chromium, type ConsoleMessage, type Page } from 'playwright-core';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import type { AppDeps } from '../../src/http/app-deps.ts';
import { buildApp } from '../../src/http/build-app.ts';
import { startListener } from '../../src/http/start-listener.ts';
import { createPages } from '../../src/ui/create-pages.ts';
import { axeFaults, serveAxe } from './axe-faults.ts';
import { BRIEF_FLAGS } from './chromium-flags.ts';
import { edgeDeps, SOURCE_ROOT } from './edge-app.ts';
import { KNOWN_SESSION } from './fake-flows.ts';

/** A workstation's screen, and a telephone's. */
const WIDTHS = [1280, 360];
const HEIGHT = 800;

/** What a page is shown under: other parts where they matter, and what is done once it is open. */
export interface Shown {
  readonly name: string;
  readonly path: string;
  readonly deps?: Partial<AppDeps>;
  readonly act?: (page: Page) => Promise<void>;
}

/** What is wrong with a page as it stands. */
export interface Faults {
  /** Rules of axe that are broken seriously, with where. */
  readonly axe: readonly unknown[];
  /** By how much it is wider than the window, px; at most 0 when nothing is cut off. */
  readonly overhang: number;
  /** What the content policy or a script's fault kept from working. */
  readonly blocked: readonly string[];
}

/** A real browser in front of the edge over fakes, signed in. */
export interface PageBrowser {
  readonly url: string;
  /** What the browser meets from now on. */
  readonly answerWith: (overrides?: Partial<AppDeps>) => void;
  readonly openPage: (width: number, options?: { readonly javaScriptEnabled?: boolean }) => Promise<Page>;
  /** A page's faults, wide and narrow. */
  readonly faultsOf: (shown: Shown) => Promise<readonly Faults[]>;
  readonly close: () => Promise<void>;
}

export async function openPageBrowser(executablePath: string): Promise<PageBrowser> {
  const browser = await chromium.launch({ executablePath, args: [...BRIEF_FLAGS] });
  const pages = createPages({ sourceRoot: SOURCE_ROOT });
  const outer = express();
  const listener = await startListener({ app: outer, host: '127.0.0.1', port: 0 });
  let app: Express;
  const answerWith: PageBrowser['answerWith'] = (overrides = {}) => {
    app = buildApp(edgeDeps({ pages, publicUrl: listener.url, ...overrides }));
  };
  answerWith();
  outer.get('/let-me-in', (_req, res) => {
    res.cookie(SESSION_COOKIE, KNOWN_SESSION, { secure: true, httpOnly: true, sameSite: 'lax' }).end();
  });
  serveAxe(outer);
  outer.use((req, res, next) => app(req, res, next));
  const openPage: PageBrowser['openPage'] = async (width, options = {}) => {
    const context = await browser.newContext({ viewport: { width, height: HEIGHT }, ...options });
    const page = await context.newPage();
    await page.goto(`${listener.url}/let-me-in`);
    return page;
  };
  let looked: Page | undefined;
  return {
    url: listener.url,
    answerWith,
    openPage,
    faultsOf: async (shown) => {
      answerWith(shown.deps);
      looked ??= await openPage(WIDTHS[0] ?? 0);
      return await faultsOn(looked, listener.url, shown);
    },
    close: async () => {
      await browser.close();
      await listener.close(0);
    },
  };
}

export const NO_FAULTS: readonly Faults[] = WIDTHS.map(() => ({ axe: [], overhang: 0, blocked: [] }));

/**
 * One tab for all, as somebody has who goes on from page to page: a new one costs as much as to look at a page. The page
 * is opened once, and made narrow as somebody does who turns their telephone.
 */
async function faultsOn(page: Page, url: string, { path, act }: Shown): Promise<readonly Faults[]> {
  const blocked: string[] = [];
  const onConsole = (message: ConsoleMessage): void => {
    if (/Content Security Policy|ERR_/.test(message.text())) blocked.push(message.text());
  };
  const onError = (error: Error): void => void blocked.push(error.message);
  await page.setViewportSize({ width: WIDTHS[0] ?? 0, height: HEIGHT });
  page.on('console', onConsole).on('pageerror', onError);
  await page.goto(`${url}${path}`);
  await act?.(page);
  const faults: Faults[] = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: HEIGHT });
    const axe = await axeFaults(page);
    const overhang: number = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    faults.push({ axe, overhang: Math.max(0, overhang), blocked: blocked.splice(0) });
  }
  page.off('console', onConsole).off('pageerror', onError);
  return faults;
}

/** Presses the first button of this name, and waits for what comes. */
export function press(name: string): (page: Page) => Promise<void> {
  return async (page) => {
    await page.getByRole('button', { name }).first().click();
    await page.waitForLoadState();
  };
}

/** Goes on with the tabulator to what begins with these words; gives what was passed, in order. */
export async function tabTo(page: Page, wanted: string): Promise<readonly string[]> {
  const order: string[] = [];
  for (let count = 0; count < 40 && !order.at(-1)?.startsWith(wanted); count += 1) {
    await page.keyboard.press('Tab');
    order.push(
      await page.evaluate(
        'document.activeElement.tagName + ": " + document.activeElement.innerText.replace(/\\s+/g, " ").trim()',
      ),
    );
  }
  return order;
}
