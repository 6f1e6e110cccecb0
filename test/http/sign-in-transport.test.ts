import request from 'supertest';
import { base64, openSignInHouse, type Begun, type SignInHouse } from '../fakes/sign-in-house.ts';

/** Two seconds of a processor; a few milliseconds are used. */
const MAX_WORK_US = 2_000_000;

let house: SignInHouse;
let begun: Begun;
/** A good answer to `begun`, base64. */
let good: string;
beforeAll(async () => {
  house = await openSignInHouse();
  begun = await house.begin();
  good = house.answer(begun);
});
afterAll(() => house.close());

async function expectRefused(code: string): Promise<void> {
  expect(house.events.at(-1)).toMatchObject({ outcome: 'refused', code });
  expect(await house.subjects()).toEqual([]);
}

describe('a post that is not one SAMLResponse in a form', () => {
  const rows: readonly { readonly name: string; readonly form: () => string; readonly code?: string }[] = [
    { name: 'nothing', form: () => '' },
    { name: 'an empty answer', form: () => 'SAMLResponse=' },
    { name: 'two answers', form: () => `SAMLResponse=${encodeURIComponent(good)}&SAMLResponse=x` },
    {
      name: 'a request beside the answer',
      form: () => `SAMLResponse=${encodeURIComponent(good)}&SAMLRequest=x`,
    },
    { name: 'a request instead', form: () => 'SAMLRequest=x' },
    { name: 'not base64', form: () => 'SAMLResponse=%3Cxml%3E', code: 'answer-unreadable' },
    {
      name: 'a good answer with a character that is not base64',
      form: () => `SAMLResponse=${encodeURIComponent(`${good.slice(0, 100)}*${good.slice(100)}`)}`,
      code: 'answer-unreadable',
    },
    { name: 'base64 for URLs', form: () => 'SAMLResponse=PD94-_8', code: 'answer-unreadable' },
    { name: 'base64 cut short', form: () => 'SAMLResponse=PHg-Y', code: 'answer-unreadable' },
    { name: 'not XML', form: () => `SAMLResponse=${base64('hello')}`, code: 'answer-unreadable' },
    { name: 'an empty element', form: () => `SAMLResponse=${base64('<x/>')}`, code: 'answer-unreadable' },
    {
      name: 'not UTF-8',
      form: () => `SAMLResponse=${base64(Buffer.from('<x>\xff</x>', 'latin1'))}`,
      code: 'answer-unreadable',
    },
    {
      name: 'UTF-16',
      form: () => `SAMLResponse=${base64(Buffer.from('\ufeff<x/>', 'utf16le'))}`,
      code: 'answer-unreadable',
    },
    {
      name: 'a byte order mark',
      form: () => `SAMLResponse=${encodeURIComponent(base64('\ufeff<x/>'))}`,
      code: 'answer-unreadable',
    },
    {
      name: 'more than 256 KiB',
      form: () => `SAMLResponse=${base64(`<x>${'a'.repeat(256 * 1024)}</x>`)}`,
      code: 'answer-too-large',
    },
  ];
  test.each(rows)('$name -> refused, no new sign-in begun', async ({ form, code = 'no-answer' }) => {
    const outcome = await house.post(begun.cookie, form());
    expect(outcome.status).toBe(403);
    expect(outcome.location).toBeUndefined();
    await expectRefused(code);
  });

  test('the answer in the query', async () => {
    const path = `/auth/saml/north/acs?SAMLResponse=${encodeURIComponent(good)}`;
    const form = `SAMLResponse=${encodeURIComponent(good)}`;
    await request(house.app).post(path).set('Cookie', begun.cookie).type('form').send(form).expect(403);
    await expectRefused('no-answer');
  });

  test.each(['SAMLRequest=x', 'SAMLReques%74=x', 'x'])('a query of %s', async (query) => {
    const form = `SAMLResponse=${encodeURIComponent(good)}`;
    const path = `/auth/saml/north/acs?${query}`;
    await request(house.app).post(path).set('Cookie', begun.cookie).type('form').send(form).expect(403);
    await expectRefused('no-answer');
  });

  test('JSON', async () => {
    await request(house.app)
      .post('/auth/saml/north/acs')
      .set('Cookie', begun.cookie)
      .send({ SAMLResponse: good })
      .expect(403);
    await expectRefused('no-answer');
  });

  test('a GET is not an answer', async () => {
    await request(house.app)
      .get(`/auth/saml/north/acs?SAMLResponse=${encodeURIComponent(good)}`)
      .expect(404);
    expect(await house.subjects()).toEqual([]);
  });
});

describe('documents made to exhaust the parser are refused at once', () => {
  const namespaces = (count: number): string =>
    Array.from({ length: count }, (_, index) => ` xmlns:n${index}="u"`).join('');
  const rows: readonly { readonly name: string; readonly xml: string; readonly code?: string }[] = [
    { name: '20,000 siblings', xml: `<x>${'<y/>'.repeat(20_000)}</x>` },
    { name: '1,001 elements', xml: `<x>${'<y/>'.repeat(1_000)}</x>` },
    { name: '101 levels', xml: '<x>'.repeat(101) + '</x>'.repeat(101) },
    { name: '30,000 levels, none closed', xml: '<x>'.repeat(30_000) },
    { name: '60 attributes on one element', xml: `<x${namespaces(60)}/>` },
    { name: '2,050 attributes on 50 elements', xml: `<x>${`<x${namespaces(41)}/>`.repeat(50)}</x>` },
    { name: '20,000 attributes', xml: `<x${' a="1"'.repeat(20_000)}/>` },
    { name: 'blanks without end in a tag', xml: `<x${' '.repeat(250_000)}`, code: 'answer-unreadable' },
    { name: 'a name without end', xml: `<x ${'a'.repeat(250_000)}`, code: 'answer-unreadable' },
    { name: 'a value without end', xml: `<x a="${'b'.repeat(250_000)}`, code: 'answer-unreadable' },
    { name: 'ampersands', xml: `<x>${'&'.repeat(250_000)}</x>`, code: 'answer-unreadable' },
    { name: 'opening brackets', xml: '<'.repeat(250_000), code: 'answer-unreadable' },
  ];
  test.each(rows)('$name', async ({ xml, code = 'answer-too-large' }) => {
    const before = process.cpuUsage();
    await house.post(begun.cookie, { SAMLResponse: base64(xml) });
    const { user, system } = process.cpuUsage(before);
    // What this process worked, not how long it waited for others: a reader that goes back and forth works for minutes.
    expect(user + system).toBeLessThan(MAX_WORK_US);
    await expectRefused(code);
  });

  test('exactly 1,000 elements and 100 levels are read', async () => {
    const deep = '<x>'.repeat(100) + '</x>'.repeat(100);
    await house.post(begun.cookie, { SAMLResponse: base64(deep) });
    await expectRefused('answer-unreadable');
    await house.post(begun.cookie, { SAMLResponse: base64(`<x>${'<y/>'.repeat(999)}</x>`) });
    await expectRefused('answer-unreadable');
  });
});

// Last, so that nothing above was refused because the answer was no good.
test('the same answer, posted as it should be, signs in', async () => {
  const outcome = await house.post(begun.cookie, { SAMLResponse: good, RelayState: 'x' });
  expect((await house.whoIs(outcome.token))?.subject).toBe('alice.osei');
});
