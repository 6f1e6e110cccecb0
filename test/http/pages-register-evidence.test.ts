import { EVIDENCE_TYPES, type EvidenceType } from '../../src/domain/evidence-types.ts';
import { NotPermitted } from '../../src/domain/errors.ts';
import { actReasonOf } from '../../src/domain/act-reason-texts.ts';
import { detailText, evidenceDetails } from '../../src/ui/evidence-fields.ts';
import { evidencePhase, evidencePhases, evidenceText } from '../../src/ui/evidence-words.ts';
import { loginOf } from '../fakes/fake-people-flows.ts';
import { linksOf, ownFormsOf, plainText, unlabelledFields } from '../fakes/page-text.ts';
import { doneIn, peopleApp } from '../fakes/people-app.ts';
import { DIRECTOR, HOLDER, RADIOGRAPHER } from '../fakes/people-register.ts';

const BEN = '/me/register/people/ben.adeyemi';
const ADD = `${BEN}/add-evidence`;
const day = (text: string): number => Date.parse(text);
const kindsFor = async (viewer = loginOf(DIRECTOR)): Promise<readonly string[]> =>
  linksOf((await peopleApp({ viewer }).open(ADD)).text)
    .filter(({ href }) => href?.startsWith(`${ADD}/`))
    .map((link) => link.text);

describe('choosing the kind', () => {
  test('shows what one’s duties let one enter, in the order of the pathway', async () => {
    expect((await kindsFor()).slice(0, 7)).toEqual([
      'Professional registration',
      'CCT',
      'FRCR',
      'Years on CT or MRI lists',
      'IR(ME)R knowledge',
      'Portfolio',
      'Entry clearance',
    ]);
    expect(await kindsFor(loginOf(HOLDER))).toEqual(['Log-book case', 'Mini-CEX', 'DOPS']);
  });

  test('a kind that is not theirs -> nothing is there', async () => {
    expect((await peopleApp().open(`${ADD}/entry-clearance`)).status).toBe(404);
    expect((await peopleApp().open(`${ADD}/nonsense`)).status).toBe(400);
  });
});

interface Added {
  readonly type: EvidenceType;
  readonly form: Readonly<Record<string, string>>;
  readonly piece: Readonly<Record<string, unknown>>;
}

const ADDED: readonly Added[] = [
  {
    type: 'registration',
    form: { validUntil: '2027-02-28' },
    piece: { validUntil: day('2027-03-01') },
  },
  { type: 'portfolio', form: { document: 'Shelf 4' }, piece: { document: 'Shelf 4' } },
  { type: 'hcpc-experience', form: { score: '2.5' }, piece: { score: 2.5 } },
  {
    type: 'exam-ai-literacy',
    form: { score: '80', attestedBy: ' NHS Digital Academy ' },
    piece: { score: 80, attestedBy: 'NHS Digital Academy' },
  },
  { type: 'reflective-plan', form: { result: 'pass' }, piece: { result: 'pass' } },
  {
    type: 'log-book-case',
    form: { ordinal: '13', result: 'fail' },
    piece: { ordinal: 13, result: 'fail' },
  },
  {
    type: 'osce-high-stakes-rcr',
    form: { result: 'pass', station: '3' },
    piece: { result: 'pass', station: 3 },
  },
  { type: 'audit-led', form: { modelFamily: 'lung-ct' }, piece: { modelFamily: 'lung-ct' } },
  {
    type: 'mentored-scan',
    form: { count: '40', scheme: 'msk-ultrasound-diagnostics' },
    piece: { count: 40, scheme: 'msk-ultrasound-diagnostics' },
  },
  {
    type: 'mentor-agreement',
    form: { criterion: 'radiologist-msk-list' },
    piece: { criterion: 'radiologist-msk-list' },
  },
  {
    type: 'qualification-unit',
    form: { unit: '2', credits: '20', criterion: 'QC27206' },
    piece: { unit: '2', credits: 20, criterion: 'QC27206' },
  },
];

describe('adding a piece', () => {
  test.each(ADDED)('$type', async ({ type, form, piece }) => {
    const app = peopleApp();
    const page = (await app.open(`${ADD}/${type}`)).text;
    expect(unlabelledFields(page)).toEqual([]);
    const asked = ownFormsOf(page).at(-1);
    expect(asked?.action).toBe(`${ADD}/${type}/send`);
    expect(Object.keys(asked?.fields ?? {})).toEqual(expect.arrayContaining(Object.keys(form)));
    const res = await app.send(`${ADD}/${type}/send`, { happenedAt: '2026-03-01', ...form });
    expect([res.status, res.headers['location']]).toEqual([303, BEN]);
    expect(doneIn(res)).toBe('"attest-evidence"');
    expect(app.acts).toEqual([
      {
        act: {
          act: 'attest-evidence',
          piece: { practitioner: RADIOGRAPHER, type, happenedAt: day('2026-03-01'), ...piece },
        },
      },
    ]);
  });

  test.each([
    { type: 'registration', form: {}, says: 'Last day of the registration is missing.', href: '#validUntil' },
    {
      type: 'exam-ai-literacy',
      form: { score: '80 %' },
      says: 'Score is not a number from 0 to 1000.',
      href: '#score',
    },
    {
      type: 'log-book-case',
      form: { ordinal: '0', result: 'pass' },
      says: 'Place in the log-book is not a whole number from 1 to 1000000.',
      href: '#ordinal',
    },
    { type: 'log-book-case', form: { ordinal: '4' }, says: 'Result is missing.', href: '#result' },
    {
      type: 'mentored-scan',
      form: { count: '4', criterion: 'two words' },
      says: 'Criterion takes letters, digits, dots, hyphens and underscores only.',
      href: '#criterion',
    },
    { type: 'portfolio', form: { happenedAt: '' }, says: 'Date is missing.', href: '#happenedAt' },
    {
      type: 'portfolio',
      form: { document: 'a'.repeat(501) },
      says: 'Document takes one line of at most 500 characters.',
      href: '#document',
    },
  ])('$type with $form -> $says', async ({ type, form, says, href }) => {
    const app = peopleApp();
    const res = await app.send(`${ADD}/${type}/send`, { happenedAt: '2026-03-01', ...form });
    expect(res.status).toBe(400);
    expect(linksOf(res.text)).toContainEqual({ text: says, href });
    expect(app.acts).toEqual([]);
  });

  test('everything that is wrong is said at once, each field once', async () => {
    const res = await peopleApp().send(`${ADD}/log-book-case/send`, { happenedAt: 'soon', ordinal: 'x' });
    const faults = linksOf(res.text).filter(({ href }) => /^#(?!main)/.test(href ?? ''));
    expect(faults).toEqual([
      { text: 'Date is not a day, such as 2026-03-27.', href: '#happenedAt' },
      {
        text: 'Place in the log-book is not a whole number from 1 to 1000000.',
        href: '#ordinal',
      },
      { text: 'Result is missing.', href: '#result' },
    ]);
  });

  test('a detail that the kind does not have -> nothing is done', async () => {
    const app = peopleApp();
    const res = await app.send(`${ADD}/portfolio/send`, { happenedAt: '2026-03-01', nonsense: '1' });
    expect([res.status, app.acts]).toEqual([400, []]);
  });

  test('which case of the case log it was is asked nobody, and taken from nobody', async () => {
    const app = peopleApp();
    const page = (await app.open(`${ADD}/log-book-case`)).text;
    expect(Object.keys(ownFormsOf(page).at(-1)?.fields ?? {})).not.toContain('caseId');
    const form = { happenedAt: '2026-03-01', ordinal: '13', result: 'pass', caseId: 'c-1' };
    const res = await app.send(`${ADD}/log-book-case/send`, form);
    expect([res.status, app.acts]).toEqual([400, []]);
  });

  test('refused -> every reason, and what was typed', async () => {
    const refusal = new NotPermitted([actReasonOf('exists-already', { detail: 'portfolio' })]);
    const res = await peopleApp({ refusal }).send(`${ADD}/portfolio/send`, {
      happenedAt: '2026-03-01',
      document: 'Shelf 4',
    });
    expect(res.status).toBe(403);
    expect(plainText(res.text)).toContain('Not done: Add evidence');
    expect(ownFormsOf(res.text).at(-1)?.fields).toMatchObject({
      document: 'Shelf 4',
      happenedAt: '2026-03-01',
    });
  });
});

test.each(EVIDENCE_TYPES)('a piece of every kind can be corrected, with what it needs: %s', (type) => {
  expect(evidenceText(type)).toMatch(/^[A-Z]/);
  expect(evidencePhases()).toContain(evidencePhase(type));
  for (const { detail } of evidenceDetails(type))
    expect(detailText(type, detail)).toMatch(/^[A-Z][A-Za-z -]+$/);
});
