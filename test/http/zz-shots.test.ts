import express from 'express';
import { chromium } from 'playwright-core';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import { GatewayError, NotPermitted, TooManyAttempts } from '../../src/domain/errors.ts';
import { reasonOf } from '../../src/domain/reason-texts.ts';
import { buildApp } from '../../src/http/build-app.ts';
import { startListener } from '../../src/http/start-listener.ts';
import { edgeDeps, edgeDoors, samlChoice } from '../fakes/edge-app.ts';
import { ALICE, CASE, fakeFlows, KNOWN_SESSION, MODELS, STUDY } from '../fakes/fake-flows.ts';

const FLAGS = ['--headless','--no-sandbox','--disable-gpu','--disable-quic','--no-first-run','--disable-background-networking','--disable-component-update','--disable-sync'];
const low = { principal: { ...ALICE.principal, assurance: 1 as const }, practitioner: ALICE.practitioner! };
const lowFlows = {
  whoAmI: async () => low,
  listModels: async () => [{ ...MODELS[2]!, reasons: [reasonOf('assurance-too-low', { assurance: 2 })] }, { ...MODELS[2]!, model: MODELS[3]!.model, reasons: [reasonOf('assurance-too-low', { assurance: 3 }), reasonOf('login-too-old')] }, MODELS[2]!],
  runInference: () => Promise.reject(new NotPermitted([reasonOf('assurance-too-low', { assurance: 3 })], CASE)),
  recordDisposition: () => Promise.reject(new NotPermitted([reasonOf('assurance-too-low', { assurance: 3 })], CASE)),
};
const open = { doors: edgeDoors({ breakGlass: { enter: (_q, _s, n) => n(new GatewayError('sign-in-failed', { detail: 'That name and password are not right, or may not be used now. (wrong-credentials)' })), isOpen: () => true }, choices: [samlChoice('trust', 'Trust sign-in'), { id: 'cis2', title: 'NHS CIS2', kind: 'oidc', href: '/auth/oidc/cis2/login' }, { id: 'card', title: 'Smart card', kind: 'card', href: 'https://x:8444/auth/card' }] }) };
const press = (name: string) => async (page: any) => { await page.getByRole('button', { name }).first().click(); await page.waitForLoadState(); };
const SHOTS: any[] = [
  ['sign-in', '/auth/sign-in?return=/me/studies', open, {}],
  ['sign-in-locked', '/auth/sign-in?locked=1&return=/me/studies', open, {}],
  ['sign-in-partial', '/auth/sign-in?signed-out=partial', {}, {}],
  ['session', '/me/session', {}, { whoAmI: async () => ({ ...ALICE, principal: { ...ALICE.principal, assurance: 2, role: { id: '555', name: 'Consultant radiologist', organisation: 'RX1' } } }) }],
  ['session-3', '/me/session', {}, {}, async (p: any) => { await p.locator('summary').click(); }],
  ['code', '/me/session', {}, {}, press('Make a code')],
  ['code-none', '/me/session', {}, {}, async (p: any) => { await p.getByLabel('Read images').uncheck(); await p.getByLabel('Run AI').uncheck(); await press('Make a code')(p); }],
  ['break-glass', '/auth/break-glass', open, {}],
  ['break-glass-refused', '/auth/break-glass', open, {}, press('Open images')],
  ['break-glass-closed', '/auth/break-glass', {}, {}],
  ['study-low', `/me/studies/${STUDY}`, {}, lowFlows],
  ['run-refused', `/me/studies/${STUDY}`, {}, { runInference: lowFlows.runInference }, press('Run')],
  ['case-refused', `/me/cases/${CASE}`, {}, lowFlows, press('Accept')],
  ['unconfirmed', '/me/studies', {}, { whoAmI: async () => ({ ...ALICE, principal: { ...ALICE.principal, unconfirmed: true } }) }],
  ['emergency', '/me/session', {}, { whoAmI: async () => ({ principal: { ...ALICE.principal, subject: 'emergency', method: 'break-glass', assurance: 1 } }) }],
  ['too-many', '/me/studies', {}, { whoAmI: () => Promise.reject(new TooManyAttempts(23)) }],
  ['sessions-away', '/me/studies', {}, { whoAmI: () => Promise.reject(new GatewayError('sessions-unavailable', { detail: 'Sessions cannot be read or written at the moment. Try again in a minute, and tell IT.' })) }],
];
test('shots', async () => {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
  let app: any;
  const outer = express();
  const listener = await startListener({ app: outer, host: '127.0.0.1', port: 0 });
  const other = express();
  other.get('/slo', (_q, s) => void s.send('IDP SLO PAGE'));
  const idp = await startListener({ app: other, host: '127.0.0.1', port: 0 });
  const away = idp.url.replace('127.0.0.1', 'localhost');
  outer.get('/let-me-in', (_q, s) => void s.cookie(SESSION_COOKIE, KNOWN_SESSION, { secure: true, httpOnly: true, sameSite: 'lax' }).end());
  outer.use((q, s, n) => app(q, s, n));
  const wanted = process.env['SHOTS']?.split(',');
  for (const [name, path, deps, flows, act] of SHOTS) {
    if (wanted && !wanted.includes(name)) continue;
    app = buildApp(edgeDeps({ ...deps, flows: fakeFlows(flows), publicUrl: listener.url }));
    for (const width of [1280, 360]) {
      const context = await browser.newContext({ viewport: { width, height: 800 } });
      const page = await context.newPage();
      await page.goto(`${listener.url}/let-me-in`);
      await page.goto(`${listener.url}${path}`);
      await act?.(page);
      await page.screenshot({ path: `/tmp/shots/${name}-${width}.png`, fullPage: true });
      await context.close();
    }
  }
  // form-action and redirects
  app = buildApp(edgeDeps({ doors: edgeDoors({ session: { ...edgeDoors().session, logout: (_q, s) => s.redirect(303, `${away}/slo`) } }), publicUrl: listener.url }));
  const context = await browser.newContext();
  const page = await context.newPage();
  page.on('console', (m) => process.stdout.write(`CONSOLE ${m.text()}\n`));
  await page.goto(`${listener.url}/let-me-in`);
  await page.goto(`${listener.url}/me/studies`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForTimeout(1500);
  process.stdout.write(`URL after logout: ${page.url()}\n${await page.evaluate('document.body.innerText.slice(0,100)')}\n`);
  await browser.close();
  await listener.close(0); await idp.close(0);
}, 120000);
