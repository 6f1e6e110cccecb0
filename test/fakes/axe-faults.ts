import { readFileSync } from 'node:fs';
import type { Express } from 'express';
import type { Page } from 'playwright-core';

const PATH = '/axe-for-tests.js';
/** For a page whose server does not serve it: to be evaluated there first. */
export const AXE_SOURCE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** A script of the page's own server: the browser keeps it compiled, which costs more than to run it. Gone once it has run. */
const LOAD = `new Promise((loaded, failed) => {
  const script = document.createElement('script');
  script.src = '${PATH}';
  script.onload = loaded;
  script.onerror = () => failed(new Error('axe does not load'));
  document.head.append(script);
  script.remove();
})`;

/** Lets the pages of a server be looked at by axe. */
export function serveAxe(app: Express): void {
  app.get(PATH, (_req, res) => {
    res.type('text/javascript').setHeader('Cache-Control', 'max-age=3600').end(AXE_SOURCE);
  });
}

/** Rules of axe that a page, or the part of it under a selector, breaks seriously, with where. */
export async function axeFaults(page: Page, within = 'html'): Promise<readonly unknown[]> {
  if (!(await page.evaluate('"axe" in globalThis'))) await page.evaluate(LOAD);
  const violations: readonly { id: string; impact: string; nodes: readonly { html: string }[] }[] =
    await page.evaluate(
      `axe.run(${JSON.stringify(within)}, { resultTypes: ["violations"] }).then((result) => result.violations)`,
    );
  const bad = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  return bad.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
}
