import request from 'supertest';
import { GatewayError } from '../../src/domain/errors.ts';
import type { EntryFilter } from '../../src/flows/ports.ts';
import { edgeApp, edgeDeps, samlChoice, SIGNED_IN } from '../fakes/edge-app.ts';
import { CASE, fakeFlows } from '../fakes/fake-flows.ts';
import { formsOf, linksOf, plainText, textsOf, unlabelledFields } from '../fakes/page-text.ts';

const app = edgeApp();
const open = (path: string, over = app): request.Test => request(over).get(path).set('cookie', SIGNED_IN);

describe('the case log for the auditor', () => {
  test('says up to where it is verified, and gives the checkpoint to keep and the log to download', async () => {
    const { text } = await open('/me/case-log');
    expect(textsOf(text, 'h1')).toEqual(['Case log']);
    expect(textsOf(text, 'h2')).toContain('Verified up to entry 41');
    expect(plainText(text)).toContain('1 newer entry waits for the next signed checkpoint.');
    expect(text).toMatch(/<textarea[^>]*readonly[^>]*>caselog\.example\/2026-1\n42\n/);
    expect(linksOf(text)).toContainEqual({ text: 'Download the log (NDJSON)', href: '/api/case-log/export' });
  });

  test('tells who did what with which exact version, and no patient', async () => {
    const { text } = await open('/me/case-log');
    const said = plainText(text);
    for (const words of [
      'Outcome',
      'Quality check; released',
      'burned-in-text 1.0.0',
      'alice.osei',
      'Gateway started',
    ]) {
      expect(said).toContain(words);
    }
    expect(said).toContain('Quality check; refused: not-released, approval-missing');
    expect(said).toContain('What happened approval added a-7');
    expect(said).toContain('What happened refused not-in-time');
    expect(said).not.toMatch(/SIM-0001|sha256/);
    expect(unlabelledFields(text)).toEqual([]);
  });

  test('is filtered and goes on with the same filter', async () => {
    let asked: EntryFilter | undefined;
    const base = fakeFlows();
    const flows = fakeFlows({
      readCaseLog: async (input, signal) => {
        asked = input.filter;
        return await base.readCaseLog(input, signal);
      },
    });
    const { text } = await open(
      `/me/case-log?kind=case.refused&model=burned-in-text&case=${CASE}`,
      edgeApp({ flows }),
    );
    expect(asked).toEqual({ kinds: ['case.refused'], model: 'burned-in-text', caseId: CASE, limit: 50 });
    expect(formsOf(text).at(-1)).toMatchObject({
      method: 'get',
      action: '/me/case-log',
      fields: { model: 'burned-in-text', case: CASE },
    });
    expect(text).toContain('<option value="case.refused" selected>Refused</option>');
    expect(linksOf(text).at(-1)).toEqual({
      text: 'Older entries',
      href: `/me/case-log?kind=case.refused&model=burned-in-text&case=${CASE}&cursor=0`,
    });
  });

  test('empty fields of the form mean any', async () => {
    expect((await open('/me/case-log?kind=&model=&case=')).status).toBe(200);
  });

  test('a filter that cannot be read -> said at its field, and nothing of the log is read', async () => {
    const reading = jest.fn();
    const res = await open('/me/case-log?case=42', edgeApp({ flows: fakeFlows({ readCaseLog: reading }) }));
    expect(res.status).toBe(400);
    expect(linksOf(res.text)).toContainEqual({
      text: 'Case is c- and a UUID, as a case page shows it.',
      href: '#case',
    });
    expect(formsOf(res.text).at(-1)?.fields['case']).toBe('42');
    expect(reading).not.toHaveBeenCalled();
  });

  test('a log that does not verify is said first and loudest', async () => {
    const flows = fakeFlows({
      readCaseLog: async () => ({
        entries: [],
        verification: { verifiedSize: 0, size: 9, problem: 'Entry 7 does not match its leaf.' },
      }),
    });
    const { text } = await open('/me/case-log', edgeApp({ flows }));
    expect(textsOf(text, 'h2')).toEqual(['The case log does not verify', 'Nothing is verified yet']);
    expect(plainText(text)).toContain(
      'Entry 7 does not match its leaf. AI should not be used until this is understood.',
    );
  });

  test('is not for everybody', async () => {
    const detail = 'Only an auditor or programme lead may read the case log.';
    const flows = fakeFlows({
      readCaseLog: () => Promise.reject(new GatewayError('not-permitted', { detail })),
    });
    const res = await open('/me/case-log', edgeApp({ flows }));
    expect([res.status, textsOf(res.text, 'h1')]).toEqual([403, ['You may not do this']]);
    expect(plainText(res.text)).toContain(detail);
  });
});

describe('signing in', () => {
  const two = edgeApp({
    doors: {
      ...edgeDeps().doors,
      choices: [samlChoice('trust', 'Trust sign-in'), samlChoice('cis2', 'NHS CIS2')],
    },
  });

  test('offers every identity provider, and keeps where the person wanted to go', async () => {
    const { text } = await request(two).get('/auth/sign-in?return=/me/cases%3Fcursor%3D4');
    expect(textsOf(text, 'h1')).toEqual(['Sign in']);
    expect(linksOf(text).slice(2)).toEqual([
      {
        text: 'Continue with Trust sign-in',
        href: '/auth/saml/trust/login?return=%2Fme%2Fcases%3Fcursor%3D4',
      },
      { text: 'Continue with NHS CIS2', href: '/auth/saml/cis2/login?return=%2Fme%2Fcases%3Fcursor%3D4' },
    ]);
  });

  test.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/me//evil',
    '/auth/sign-in',
    '/me/x y',
    'javascript:alert(1)',
    '/me/../auth/logout',
  ])('a way back that could lead elsewhere is dropped: %s', async (path) => {
    const { text } = await request(app).get('/auth/sign-in').query({ return: path });
    expect(linksOf(text).at(-1)?.href).toBe('/auth/saml/trust/login');
  });

  test.each([
    { query: '?signed-out=1', says: 'You are signed out.' },
    { query: '?session-ended=1', says: 'Your session has ended. Sign in again to go on where you were.' },
  ])('$query -> $says', async ({ query, says }) => {
    expect(plainText((await request(app).get(`/auth/sign-in${query}`)).text)).toContain(says);
  });

  test('no provider set up -> whom to tell', async () => {
    const none = edgeApp({ doors: { ...edgeDeps().doors, choices: [] } });
    expect(plainText((await request(none).get('/auth/sign-in')).text)).toContain(
      'No way to sign in is set up.',
    );
  });

  test('refused -> its sentence, the request id, and the way to begin again', async () => {
    const detail = 'The identity provider did not sign you in. (provider-refused)';
    const refusing = edgeApp({
      doors: {
        ...edgeDeps().doors,
        saml: {
          ...edgeDeps().doors.saml,
          acs: (_req, _res, next) => next(new GatewayError('sign-in-failed', { detail })),
        },
      },
    });
    const res = await request(refusing).post('/auth/saml/trust/acs').type('form').send({ SAMLResponse: 'x' });
    expect([res.status, res.headers['cache-control']]).toEqual([403, 'no-store']);
    expect(plainText(res.text)).toContain(`Signing in did not work ${detail}`);
    expect(plainText(res.text)).toContain(String(res.headers['request-id']));
    expect(linksOf(res.text).at(-1)).toEqual({
      text: 'Continue with Trust sign-in',
      href: '/auth/saml/trust/login',
    });
  });

  test('an answer too large -> 413, one of another type -> 415', async () => {
    const large = await request(app)
      .post('/auth/saml/trust/acs')
      .type('form')
      .send({ SAMLResponse: 'a'.repeat(200_000) });
    expect(large.status).toBe(413);
    expect((await request(app).post('/auth/saml/trust/acs').send({ SAMLResponse: 'x' })).status).toBe(415);
  });

  test('a door that fails -> a page, never a stack', async () => {
    const broken = edgeApp({
      doors: {
        ...edgeDeps().doors,
        saml: { ...edgeDeps().doors.saml, login: () => Promise.reject(new TypeError('boom')) },
      },
    });
    const res = await request(broken).get('/auth/saml/trust/login');
    expect([res.status, textsOf(res.text, 'h1')]).toEqual([500, ['Something went wrong in the gateway']]);
    expect(res.text).not.toContain('boom');
  });
});
