import request from 'supertest';
import type { CaseView } from '../../src/domain/case-view.ts';
import { casePage } from '../../src/ui/case-page.ts';
import { sayHref } from '../../src/ui/say-page.ts';
import { edgeApp, SIGNED_IN } from '../fakes/edge-app.ts';
import { CASE, fakeFlows, RELEASED_CASE } from '../fakes/fake-flows.ts';
import { ownFormsOf, plainText } from '../fakes/page-text.ts';

const { score: _score, finding: _finding, positive: _positive, ...bare } = RELEASED_CASE;
const CUT: CaseView = { ...bare, state: 'withheld', reasons: ['stop-use'], shownInPart: true };
const BROKEN: CaseView = { ...bare, state: 'failed', err: 'cancelled', shownInPart: true };
const SENTENCE =
  'Part of this answer may have been shown before it was cut off: if you read any of it, say here what you did with it.';
const BUTTONS = ['Override', 'Ignore', 'Flag'];

const open = (path: string, view: CaseView) =>
  request(
    edgeApp({
      flows: fakeFlows({ readMyCase: async () => view, listCases: async () => ({ cases: [view] }) }),
    }),
  )
    .get(path)
    .set('cookie', SIGNED_IN);

test.each([
  ['a stop-use', CUT],
  ['its reader', BROKEN],
  ['a dead node', { ...CUT, state: 'orphaned', reasons: [] }],
] as const)(
  'the case of an answer that %s cut says so, and takes what can be said of a part',
  async (_name, view) => {
    const { text } = await open(`/me/cases/${CASE}`, view);
    const said = plainText(text);
    expect(said).toContain(SENTENCE);
    expect(said).not.toContain('No result was shown');
    expect(said).not.toContain('before the AI answered');
    expect(said).not.toContain('Other answers are for');
    expect(ownFormsOf(text).at(-1)).toMatchObject({ buttons: BUTTONS });
  },
);

test('an operator is told who says the rest', async () => {
  const { text } = await open(`/me/cases/${CASE}`, { ...CUT, answers: ['ignored', 'flagged'] });
  expect(ownFormsOf(text).at(-1)).toMatchObject({ buttons: ['Ignore', 'Flag'] });
  expect(plainText(text)).toContain('Other answers are for a Responsible Clinician (RC-AI) to record');
});

test('a reason belongs to an answer that can be given', () => {
  const reasons = [{ code: 'other', title: 'Another reason', needsWords: false }];
  const choices = [
    { disposition: 'accepted', reasons },
    { disposition: 'flagged', reasons },
  ] as const;
  const { reasonGroups } = casePage({ view: CUT, timeZone: 'UTC', reasons: [], choices });
  expect(reasonGroups.map(({ label }) => label)).toEqual(['Flag']);
});

test('a whole one that did not end says nothing of parts', async () => {
  const { text } = await open(`/me/cases/${CASE}`, { ...bare, state: 'failed', err: 'timeout' });
  expect(plainText(text)).toContain('No result was shown');
  expect(plainText(text)).not.toContain('Part of this answer');
});

test('waits in the list of cases like others', async () => {
  const { text } = await open('/me/cases', CUT);
  expect(plainText(text)).toContain('Waiting for you');
});

test('the API says so, with links to what can be said of a part', async () => {
  const { body } = await open(`/api/cases/${CASE}`, CUT);
  expect(body).toMatchObject({ state: 'withheld', shownInPart: true });
  expect(Object.keys(body.links)).toEqual(['overridden', 'ignored', 'flagged']);
  const operators = await open(`/api/cases/${CASE}`, { ...CUT, answers: ['accepted', 'ignored'] });
  expect(Object.keys(operators.body.links)).toEqual(['ignored']);
  const { shownInPart: _shown, ...unread } = CUT;
  expect((await open(`/api/cases/${CASE}`, unread)).body).not.toHaveProperty('links');
});

test.each([
  ['flagged', 200],
  ['overridden', 200],
  ['accepted', 303],
  ['edited', 303],
] as const)('the link to %s -> %i', async (disposition, status) => {
  expect((await open(sayHref(CASE, disposition), CUT)).status).toBe(status);
});
