import request from 'supertest';
import { GatewayError } from '../../src/domain/errors.ts';
import { accessEntry } from '../../src/domain/study-access.ts';
import type { EntryFilter } from '../../src/flows/ports.ts';
import { storedEntry } from '../fakes/decided-entry.ts';
import { edgeApp, SIGNED_IN } from '../fakes/edge-app.ts';
import { aCaseId } from '../fakes/inference-house.ts';
import { CASE, fakeFlows } from '../fakes/fake-flows.ts';
import { formsOf, linksOf, plainText, textsOf, unlabelledFields } from '../fakes/page-text.ts';
import { aPrincipal } from '../fakes/register-builder.ts';

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

  test('tells who read what, and is filtered for it', async () => {
    const caller = aPrincipal({ method: 'break-glass' });
    const read = { caller, study: '1.2.3', purpose: 'ETREAT', at: 0, practitioner: 'alice.osei' } as const;
    const base = fakeFlows();
    const readCaseLog: typeof base.readCaseLog = async (input, signal) => ({
      ...(await base.readCaseLog(input, signal)),
      entries: [storedEntry(accessEntry(read))],
    });
    const { text } = await open(
      '/me/case-log?kind=study.accessed',
      edgeApp({ flows: fakeFlows({ readCaseLog }) }),
    );
    const said = plainText(text);
    expect(said).toContain('Images of a study read');
    expect(said).toContain('study 1.2.3 for emergency treatment by emergency access');
    expect(said).toContain('alice.osei');
  });

  test('tells which machine did what a workitem asked for, and of which work it was a part', async () => {
    const base = fakeFlows();
    const readCaseLog: typeof base.readCaseLog = async (input, signal) => ({
      ...(await base.readCaseLog(input, signal)),
      entries: [
        storedEntry({
          id: 'e-1',
          retainClass: 'imaging-record',
          kind: 'case.outcome',
          facts: { function: 'quality-check', performer: 'text-finder<b>', mainCase: aCaseId(7) },
          personal: {},
        }),
      ],
    });
    const { text } = await open('/me/case-log', edgeApp({ flows: fakeFlows({ readCaseLog }) }));
    expect(plainText(text)).toContain(
      'Quality check; by machine text-finder<b>; part of case c-00000000-0000-4000-8000-000000000007',
    );
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
