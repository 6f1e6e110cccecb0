import express from 'express';
import { chromium, type Page } from 'playwright-core';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import { confirmAct } from '../../src/flows/confirm-act.ts';
import { listPeople } from '../../src/flows/list-people.ts';
import { performAct } from '../../src/flows/perform-act.ts';
import { readApproval, readApprovalChoices, readCarryOver } from '../../src/flows/read-approvals.ts';
import { listEvidence, readEvidencePiece } from '../../src/flows/read-evidence.ts';
import { listAllGuidelines, readGuideline } from '../../src/flows/read-guidelines.ts';
import {
  listModelVersions,
  readModelChoices,
  readModelVersion,
  readStopUse,
} from '../../src/flows/read-models.ts';
import { readProfile } from '../../src/flows/read-profile.ts';
import { listWaiting, readWaiting } from '../../src/flows/read-waiting.ts';
import { whoAmI } from '../../src/flows/who-am-i.ts';
import { withdrawAct } from '../../src/flows/withdraw-act.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import { buildApp } from '../../src/http/build-app.ts';
import { startListener } from '../../src/http/start-listener.ts';
import { createPages } from '../../src/ui/create-pages.ts';
import type { ActHouse } from './act-house.ts';
import { serveAxe } from './axe-faults.ts';
import { BRIEF_FLAGS } from './chromium-flags.ts';
import { edgeDeps, SOURCE_ROOT } from './edge-app.ts';
import { fakeFlows } from './fake-flows.ts';

/** What is put into the fields of a form, by their names; several boxes are ticked by several values. */
export type Filled = Readonly<Record<string, string | readonly string[]>>;

/** A real browser before the pages of a real register, in which people are signed in by their names. */
export interface PeopleHouse {
  /** This person's window, at a page. */
  readonly open: (who: string, path: string) => Promise<Page>;
  /** Fills a form in, presses its button, and gives what comes; throws with what the page says where it is refused. */
  readonly send: (
    who: string,
    form: { readonly path: string; readonly filled: Filled; readonly button: string },
  ) => Promise<Page>;
  readonly close: () => Promise<void>;
}

interface Eyes {
  /** Whether the pages' scripts run; a workstation can forbid them. */
  readonly hasScript?: boolean;
  /** Looks at every form before it is filled in and at what comes back, with scripts of its own. */
  readonly look?: (page: Page) => Promise<void>;
}

/** Puts the pages and a browser before a house. */
export async function openPeopleHouse(
  house: ActHouse,
  executablePath: string,
  { hasScript = true, look }: Eyes = {},
): Promise<PeopleHouse> {
  const browser = await chromium.launch({ executablePath, args: [...BRIEF_FLAGS] });
  const outer = express();
  const listener = await startListener({ app: outer, host: '127.0.0.1', port: 0 });
  const pages = createPages({ sourceRoot: SOURCE_ROOT });
  const app = buildApp(edgeDeps({ pages, publicUrl: listener.url, flows: fakeFlows(realFlows(house)) }));
  outer.get('/let-me-in/:who', (req, res) => {
    res.cookie(SESSION_COOKIE, req.params.who, { secure: true, httpOnly: true, sameSite: 'lax' }).end();
  });
  serveAxe(outer);
  outer.use((req, res, next) => app(req, res, next));
  const windows = new Map<string, Page>();
  const switches = new Map<Page, (mayRun: boolean) => Promise<void>>();
  const windowOf = async (who: string): Promise<Page> => {
    const known = windows.get(who);
    if (known !== undefined) return known;
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    if (!hasScript) switches.set(page, await scriptSwitch(page));
    await page.goto(`${listener.url}/let-me-in/${who}`);
    windows.set(who, page);
    return page;
  };
  const seen = async (page: Page): Promise<void> => {
    if (look === undefined) return;
    await switches.get(page)?.(true);
    await look(page);
    await switches.get(page)?.(false);
  };
  const open: PeopleHouse['open'] = async (who, path) => {
    const page = await windowOf(who);
    await page.goto(`${listener.url}${path}`);
    return page;
  };
  return {
    open,
    send: async (who, { path, filled, button }) => {
      const page = await open(who, path);
      await seen(page);
      for (const [name, value] of Object.entries(filled)) await fill(page, name, value);
      await page.getByRole('button', { name: button }).click();
      await page.waitForLoadState();
      await seen(page);
      const refused = page.locator('.nhsuk-error-summary');
      if ((await refused.count()) > 0) throw new Error(`${who} at ${path}: ${await refused.innerText()}`);
      return page;
    },
    close: async () => {
      await browser.close();
      await listener.close(0);
    },
  };
}

/** Off from now on: a page that comes while scripts do not run stays as it came. */
async function scriptSwitch(page: Page): Promise<(mayRun: boolean) => Promise<void>> {
  const session = await page.context().newCDPSession(page);
  const turn = async (mayRun: boolean): Promise<void> => {
    await session.send('Emulation.setScriptExecutionDisabled', { value: !mayRun });
  };
  await turn(false);
  return turn;
}

async function fill(page: Page, name: string, value: string | readonly string[]): Promise<void> {
  const field = page.locator(`main [name="${name}"]`);
  const kind = await field.first().getAttribute('type');
  if (kind === 'radio' || kind === 'checkbox') {
    for (const one of [value].flat()) await page.locator(`main [name="${name}"][value="${one}"]`).check();
  } else if ((await page.locator(`main select[name="${name}"]`).count()) > 0) {
    await field.selectOption([value].flat());
  } else await field.fill([value].flat().join('\n'));
}

function realFlows({ deps }: ActHouse): Partial<Flows> {
  return {
    whoAmI: (input, signal) => whoAmI(deps, input, signal),
    performAct: (input, signal) => performAct(deps, input, signal),
    confirmAct: (input, signal) => confirmAct(deps, input, signal),
    withdrawAct: (input, signal) => withdrawAct(deps, input, signal),
    readProfile: (input, signal) => readProfile(deps, input, signal),
    listPeople: (input, signal) => listPeople(deps, input, signal),
    listEvidence: (input, signal) => listEvidence(deps, input, signal),
    readEvidencePiece: (input, signal) => readEvidencePiece(deps, input, signal),
    readApprovalChoices: (input, signal) => readApprovalChoices(deps, input, signal),
    readApproval: (input, signal) => readApproval(deps, input, signal),
    readCarryOver: (input, signal) => readCarryOver(deps, input, signal),
    listWaiting: (input, signal) => listWaiting(deps, input, signal),
    readWaiting: (input, signal) => readWaiting(deps, input, signal),
    listModelVersions: (input, signal) => listModelVersions(deps, input, signal),
    readModelVersion: (input, signal) => readModelVersion(deps, input, signal),
    readModelChoices: (input, signal) => readModelChoices(deps, input, signal),
    readStopUse: (input, signal) => readStopUse(deps, input, signal),
    listAllGuidelines: (input, signal) => listAllGuidelines(deps, input, signal),
    readGuideline: (input, signal) => readGuideline(deps, input, signal),
  };
}
