import { GatewayError } from '../../src/domain/errors.ts';
import { ETAG, loginOf } from '../fakes/fake-people-flows.ts';
import { linksOf, ownFormsOf, plainText, textsOf } from '../fakes/page-text.ts';
import { peopleApp } from '../fakes/people-app.ts';
import { HOLDER, RADIOGRAPHER } from '../fakes/people-register.ts';

const BEN = '/me/register/people/ben.adeyemi';

describe('a piece on record', () => {
  const EXAM = `${BEN}/evidence/E-exam`;

  test('says everything, who attested it, and every state it had', async () => {
    const { text } = await peopleApp().open(EXAM);
    expect(textsOf(text, 'h1')).toEqual(['AI literacy exam: Ben Adéyemi']);
    expect(textsOf(text, 'dd').slice(0, 3)).toEqual(['9 January 2026', '72', 'NHS Digital Academy']);
    expect(plainText(text)).toContain('9 Mar 2026, 09:00:00 , by Alice Osei, Fiona Grant');
    expect(linksOf(text).slice(-2)).toEqual([
      { text: 'Correct it', href: `${EXAM}/correct` },
      { text: 'Withdraw it', href: `${EXAM}/withdraw` },
    ]);
  });

  test('one that was failed says that it does not count', async () => {
    expect(plainText((await peopleApp().open(`${BEN}/evidence`)).text)).toContain(
      'DOPS of 28 February 2026 Does not count',
    );
  });

  test('the list is of one kind, or of all', async () => {
    const { text } = await peopleApp().open(`${BEN}/evidence?type=exam-ai-literacy`);
    expect(plainText(text)).toContain('Score: 72');
    expect(plainText(text)).not.toContain('Place in the log-book');
    expect(linksOf(text)).toContainEqual({
      text: 'Log-book case (12)',
      href: `${BEN}/evidence?type=log-book-case`,
    });
    expect((await peopleApp().open(`${BEN}/evidence?type=nonsense`)).status).toBe(400);
    expect(plainText((await peopleApp().open(`${BEN}/evidence?type=cct`)).text)).toContain(
      'There is no evidence of this kind on record.',
    );
  });

  test('the list goes on page by page', async () => {
    const path = '/me/register/people/chris.rc/evidence';
    const first = (await peopleApp().open(path)).text;
    expect(linksOf(first).at(-1)).toEqual({ text: 'Older', href: `${path}?page=2` });
    expect(linksOf((await peopleApp().open(`${path}?page=2`)).text).at(-1)).toEqual({
      text: 'Newer',
      href: path,
    });
  });

  test('is corrected from what stands, with a reason, by two', async () => {
    const app = peopleApp({ waits: true });
    const page = (await app.open(`${EXAM}/correct`)).text;
    expect(ownFormsOf(page).at(-1)?.fields).toEqual({
      etag: ETAG,
      happenedAt: '2026-01-09',
      score: '72',
      attestedBy: 'NHS Digital Academy',
      document: `sha256:${'b'.repeat(64)}`,
      reason: '',
    });
    expect(plainText(page)).toContain('Nothing changes before a second person has confirmed it.');
    const res = await app.send(`${EXAM}/correct/send`, {
      etag: ETAG,
      happenedAt: '2026-01-09',
      score: '82',
      reason: 'Misread.',
    });
    expect([res.status, res.headers['location']]).toEqual([303, `/me/register/waiting/${'e'.repeat(64)}`]);
    expect(app.acts).toEqual([
      {
        act: {
          act: 'correct-evidence',
          id: 'E-exam',
          piece: {
            practitioner: RADIOGRAPHER,
            type: 'exam-ai-literacy',
            happenedAt: Date.parse('2026-01-09'),
            score: 82,
          },
          reason: 'Misread.',
        },
        ifMatch: { kind: 'evidence', id: 'E-exam', etag: ETAG },
      },
    ]);
  });

  test.each([
    { form: { score: '82', etag: ETAG }, says: 'Reason is missing.' },
    { form: { reason: 'x', etag: ETAG }, says: 'Score is missing.' },
  ])('a correction with $form -> $says', async ({ form, says }) => {
    const app = peopleApp();
    const res = await app.send(`${EXAM}/correct/send`, { happenedAt: '2026-01-09', ...form });
    expect([res.status, linksOf(res.text).some(({ text }) => text === says)]).toEqual([400, true]);
    expect(app.acts).toEqual([]);
  });

  test('changed by somebody else meanwhile -> what stands, beside what was typed', async () => {
    const refusal = new GatewayError('precondition-failed');
    const form = { etag: 'old', happenedAt: '2026-01-09', score: '82', reason: 'Misread.' };
    const res = await peopleApp({ refusal }).send(`${EXAM}/correct/send`, form);
    expect(res.status).toBe(412);
    expect(textsOf(res.text, 'dd')).toContain('72');
    expect(ownFormsOf(res.text).at(-1)?.fields).toMatchObject({
      etag: ETAG,
      score: '82',
      reason: 'Misread.',
    });
  });

  test('a case of the gateway keeps its place in the case log, whatever is corrected', async () => {
    const app = peopleApp();
    const path = `${BEN}/evidence/E-case-12`;
    expect(plainText((await app.open(path)).text)).toContain('Case in the case log c-12');
    const asked = ownFormsOf((await app.open(`${path}/correct`)).text).at(-1)?.fields ?? {};
    expect(Object.keys(asked)).not.toEqual(expect.arrayContaining(['caseId']));
    expect(Object.keys(asked)).not.toEqual(expect.arrayContaining(['ordinal']));
    const form = { etag: ETAG, happenedAt: '2026-02-20', result: 'fail', reason: 'Misread.' };
    expect((await app.send(`${path}/correct/send`, { ...form, ordinal: '1' })).status).toBe(303);
    expect(app.acts).toMatchObject([{ act: { piece: { caseId: 'c-12', ordinal: 12, result: 'fail' } } }]);
    // One on paper says its place itself.
    const onPaper = await app.open(`${BEN}/evidence/E-case-11/correct`);
    expect(ownFormsOf(onPaper.text).at(-1)?.fields).toMatchObject({ ordinal: '11' });
  });

  test('is withdrawn with a reason', async () => {
    const app = peopleApp();
    const page = (await app.open(`${EXAM}/withdraw`)).text;
    expect(ownFormsOf(page).at(-1)?.fields).toEqual({ etag: ETAG, reason: '' });
    const res = await app.send(`${EXAM}/withdraw/send`, { etag: ETAG, reason: 'Entered twice.' });
    expect([res.status, res.headers['location']]).toEqual([303, BEN]);
    expect(app.acts).toEqual([
      {
        act: { act: 'withdraw-evidence', id: 'E-exam', reason: 'Entered twice.' },
        ifMatch: { kind: 'evidence', id: 'E-exam', etag: ETAG },
      },
    ]);
    const empty = await peopleApp().send(`${EXAM}/withdraw/send`, { etag: ETAG, reason: '' });
    expect(linksOf(empty.text)).toContainEqual({ text: 'Reason is missing.', href: '#reason' });
  });

  test('a suspension is neither corrected nor withdrawn here', async () => {
    const { text } = await peopleApp().open('/me/register/people/dana.held/evidence/E-suspension');
    expect(linksOf(text).map((link) => link.text)).not.toEqual(expect.arrayContaining(['Correct it']));
    expect(plainText(text)).toContain('Incident 12 is being looked into.');
  });

  test.each([`${BEN}/evidence/E-none`, '/me/register/people/chris.rc/evidence/E-exam', `${BEN}/evidence/-`])(
    '%s -> nothing is there',
    async (path) => {
      expect([400, 404]).toContain((await peopleApp().open(path)).status);
    },
  );

  test('without a duty there is no correcting it', async () => {
    const { text } = await peopleApp({ viewer: loginOf(HOLDER) }).open(EXAM);
    expect(linksOf(text).map((link) => link.text)).not.toContain('Correct it');
    const form = (await peopleApp({ viewer: loginOf(HOLDER) }).open(`${EXAM}/correct`)).text;
    expect(ownFormsOf(form)).toEqual([]);
    expect(plainText(form)).toContain('You may not do this');
  });
});
