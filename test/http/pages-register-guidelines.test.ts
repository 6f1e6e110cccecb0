import { GatewayError } from '../../src/domain/errors.ts';
import { ETAG, loginOf } from '../fakes/fake-people-flows.ts';
import { modelApp } from '../fakes/model-app.ts';
import {
  guideline,
  modelContents,
  modelRegister,
  OPERATOR,
  RC,
  RC_TWO,
  STAFF,
} from '../fakes/model-register.ts';
import { linksOf, ownFormsOf, plainText, textsOf, unlabelledFields } from '../fakes/page-text.ts';
import { doneIn } from '../fakes/people-app.ts';
import { buildSnapshot, NOW } from '../fakes/register-builder.ts';

const ALL = '/me/guidelines';
const ONE = `${ALL}/lung-nodules`;
const DIGEST = `sha256:${'d'.repeat(64)}`;
const record = (version: string, etag = ETAG) => ({ kind: 'guideline', id: `lung-nodules@${version}`, etag });

describe('the list of guidelines', () => {
  test('shows the version in effect, the one that is drafted, and when the review was due', async () => {
    const { text } = await modelApp().open(ALL);
    const said = plainText(text);
    expect(said).toContain('AI for lung nodules Version 3 Version 4: draft State In effect');
    expect(said).toContain('Review was due 13 February 2026');
    expect(linksOf(text)).toContainEqual({ text: 'AI for lung nodules', href: ONE });
    expect(linksOf(text)).toContainEqual({ text: 'Draft a guideline', href: `${ALL}/new` });
  });

  test('says to whom it is to be acknowledged, and to nobody else', async () => {
    const asked = await modelApp({ viewer: loginOf(OPERATOR) }).open(ALL);
    const way = { text: 'Acknowledge version 3 of AI for lung nodules', href: `${ONE}/3/acknowledge` };
    expect(linksOf(asked.text)).toContainEqual(way);
    expect(linksOf((await modelApp().open(ALL)).text)).not.toContainEqual(way);
  });

  test('everybody in the register reads it, and who may not draft is offered nothing', async () => {
    const { status, text } = await modelApp({ viewer: loginOf(STAFF) }).open(ALL);
    expect(status).toBe(200);
    expect(linksOf(text).some(({ href }) => href === `${ALL}/new`)).toBe(false);
    const stranger = loginOf(STAFF, { subject: 'nobody' });
    expect((await modelApp({ viewer: stranger }).open(ALL)).status).toBe(403);
  });

  test('a review that is still to come says when; none yet -> so', async () => {
    const { guidelines = [], practitioners = [] } = modelContents();
    const soon = guidelines.map((one) =>
      one.version === '3'
        ? { ...one, reviews: [{ by: RC, at: NOW - 300 * 86_400_000, outcome: 'Stands.' }] }
        : one,
    );
    const { text } = await modelApp({ register: modelRegister({ guidelines: soon }) }).open(ALL);
    expect(plainText(text)).toContain('Review due 14 May 2026');
    const empty = await modelApp({ register: buildSnapshot({ practitioners }) }).open(ALL);
    expect(plainText(empty.text)).toContain('The register holds no guideline yet.');
  });
});

describe('a guideline', () => {
  test('shows every version with who signed it, what it rests on, reviews and comments', async () => {
    const { text } = await modelApp().open(ONE);
    const said = plainText(text);
    expect(textsOf(text, 'h2')).toEqual(expect.arrayContaining(['Version 4', 'Version 3']));
    expect(said).toContain('Signed off Dana Ito, 3 Feb 2025, 09:00:00');
    expect(said).toContain('In effect from 13 February 2025');
    expect(said).toContain(`Digest of the document sha256:${'c'.repeat(64)}`);
    expect(said).toContain('Chris Rowe, 13 Feb 2025, 09:00:00 It stands as it is.');
    expect(said).toContain('Works on the late shift.');
    expect(said).toContain('Signed off Not yet');
    expect(said).toContain('The yearly review is overdue.');
    expect(linksOf(text)).toContainEqual({
      text: 'It rests on: NICE HTE12',
      href: 'https://www.nice.org.uk/guidance/hte12',
    });
  });

  test('says for which models it is, and how many have acknowledged it', async () => {
    const said = plainText((await modelApp().open(ONE)).text);
    expect(said).toContain('For lung-nodule 2.1.0, lung-nodule 2.2.0');
    expect(said).toContain('Acknowledged 1 of 2 people who are approved for these');
    expect(said).toContain('Next review 13 February 2026');
  });

  test('one that no model names, not in effect, superseded -> so', async () => {
    const { guidelines = [] } = modelContents();
    const signed = { signedBy: RC_TWO, signedAt: NOW - 10_000 };
    const others = [
      guideline({ version: '2', ...signed, signedAt: NOW - 9e10, effectiveFrom: NOW - 8e10 }),
      ...guidelines.filter(({ version }) => version === '3'),
      guideline({ version: '5', ...signed, effectiveFrom: NOW + 1e9, links: [] }),
      guideline({ id: 'lonely', version: '1', title: 'A guideline for nothing' }),
    ];
    const app = modelApp({ register: modelRegister({ guidelines: others }) });
    const said = plainText((await app.open(ONE)).text);
    expect(said).toContain('Superseded versions (1)');
    expect(said).toContain('Version 5 Signed, not in effect yet');
    const lonely = plainText((await app.open(`${ALL}/lonely`)).text);
    expect(lonely).toContain('No model version names it');
    expect(lonely).toContain('Nobody is asked to');
    expect(lonely).toContain('Once a version is in effect');
    expect(lonely).toContain('A guideline for nothing');
  });

  test.each([
    { who: RC, ways: ['draft', '4/comment', '3/review', '3/comment'] },
    { who: RC_TWO, ways: ['draft', '4/sign', '4/comment', '3/review', '3/comment'] },
    { who: OPERATOR, ways: ['3/acknowledge', '4/comment', '3/comment'] },
    { who: STAFF, ways: [] },
  ])('$who may: $ways', async ({ who, ways }) => {
    const { text } = await modelApp({ viewer: loginOf(who) }).open(ONE);
    const hrefs = linksOf(text).flatMap(({ href = '' }) => (href.startsWith(`${ONE}/`) ? [href] : []));
    expect(hrefs).toEqual(ways.map((way) => `${ONE}/${way}`));
  });

  test.each([`${ALL}/none`, `${ONE}/9/sign`, `${ALL}/none/draft`])('%s -> nothing is there', async (path) => {
    expect((await modelApp().open(path)).status).toBe(404);
  });
});

const DRAFT = {
  id: 'fractures',
  version: '1',
  title: 'AI for fractures',
  digest: DIGEST,
  href: 'https://intranet.example/fractures.pdf',
  links: 'NICE HTE20 https://www.nice.org.uk/guidance/hte20\r\n\r\nRCR advice https://www.rcr.ac.uk/ai',
};

describe('drafting', () => {
  test('a new guideline', async () => {
    const app = modelApp();
    expect(unlabelledFields((await app.open(`${ALL}/new`)).text)).toEqual([]);
    const res = await app.send(`${ALL}/new/send`, DRAFT);
    expect([res.status, res.headers['location'], doneIn(res)]).toEqual([303, ALL, '"draft-guideline"']);
    const links = [
      { title: 'NICE HTE20', href: 'https://www.nice.org.uk/guidance/hte20' },
      { title: 'RCR advice', href: 'https://www.rcr.ac.uk/ai' },
    ];
    expect(app.acts).toEqual([
      {
        act: { act: 'draft-guideline', ...DRAFT, links },
        ifMatch: { kind: 'guideline', id: 'fractures@1', etag: '' },
      },
    ]);
  });

  test('a new version begins with what the newest says', async () => {
    const app = modelApp();
    const { text } = await app.open(`${ONE}/draft`);
    expect(ownFormsOf(text)[0]?.fields).toMatchObject({ title: 'AI for lung nodules', digest: '' });
    expect(text).toContain('NICE HTE12 https://www.nice.org.uk/guidance/hte12');
    expect(plainText(text)).toContain('Versions on record 4, 3');
    const form = { version: '5', title: 'AI for lung nodules', digest: DIGEST, href: '', links: '' };
    const res = await app.send(`${ONE}/draft/send`, form);
    expect([res.status, res.headers['location']]).toEqual([303, ONE]);
    const said = {
      id: 'lung-nodules',
      version: '5',
      title: 'AI for lung nodules',
      digest: DIGEST,
      links: [],
    };
    expect(app.acts).toEqual([{ act: { act: 'draft-guideline', ...said }, ifMatch: record('5', '') }]);
  });

  test.each([
    { change: { id: 'new' }, href: '#id' },
    { change: { version: '' }, href: '#version' },
    { change: { digest: 'abc' }, href: '#digest' },
    { change: { href: 'intranet' }, href: '#href' },
    { change: { links: 'https://www.nice.org.uk/guidance/hte20' }, href: '#links' },
    { change: { links: 'NICE javascript:alert(1)' }, href: '#links' },
  ])('$change -> said at the field', async ({ change, href }) => {
    const app = modelApp();
    const res = await app.send(`${ALL}/new/send`, { ...DRAFT, ...change });
    expect(res.status).toBe(400);
    expect(linksOf(res.text).map((link) => link.href)).toContain(href);
    expect(app.acts).toEqual([]);
  });
});

describe.each([
  {
    way: '4/sign',
    form: { effectiveFrom: '2026-04-01' },
    act: { act: 'sign-guideline', version: '4', effectiveFrom: Date.parse('2026-04-01') },
    field: 'effectiveFrom',
  },
  {
    way: '3/review',
    form: { outcome: 'It stands as it is.' },
    act: { act: 'review-guideline', version: '3', outcome: 'It stands as it is.' },
    field: 'outcome',
  },
  {
    way: '4/comment',
    form: { text: 'Too long.' },
    act: { act: 'comment-on-guideline', version: '4', text: 'Too long.' },
    field: 'text',
  },
])('$way', ({ way, form, act, field }) => {
  const path = `${ONE}/${way}`;
  const viewer = loginOf(RC_TWO);

  test('is done as the version stood on the page', async () => {
    const app = modelApp({ viewer });
    const { text } = await app.open(path);
    expect(unlabelledFields(text)).toEqual([]);
    expect(ownFormsOf(text)[0]?.fields['etag']).toBe(ETAG);
    const res = await app.send(`${path}/send`, { ...form, etag: ETAG });
    expect([res.status, res.headers['location'], doneIn(res)]).toEqual([303, ONE, `"${act.act}"`]);
    expect(app.acts).toEqual([{ act: { id: 'lung-nodules', ...act }, ifMatch: record(act.version) }]);
  });

  test('changed meanwhile -> said, with what was typed', async () => {
    const app = modelApp({ viewer, refusal: new GatewayError('precondition-failed') });
    const res = await app.send(`${path}/send`, { ...form, etag: 'old' });
    expect(res.status).toBe(412);
    expect(ownFormsOf(res.text)[0]?.fields).toMatchObject({ ...form, etag: ETAG });
  });

  test('nothing typed -> said at the field', async () => {
    const app = modelApp({ viewer });
    const res = await app.send(`${path}/send`, { etag: ETAG });
    expect(res.status).toBe(400);
    expect(linksOf(res.text).map(({ href }) => href)).toContain(`#${field}`);
  });

  test('not for everybody', async () => {
    expect(ownFormsOf((await modelApp({ viewer: loginOf(STAFF) }).open(path)).text)).toEqual([]);
  });
});
