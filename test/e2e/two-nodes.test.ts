import { setTimeout as pause } from 'node:timers/promises';
import { answerXml, postAnswer, VICTIM } from '../../fixtures/saml/corpus-case.ts';
import { signedIn } from '../../fixtures/saml/corpus-logout.ts';
import { VALID_LOGOUTS } from '../../fixtures/saml/corpus-valid-logout.ts';
import type { Browser } from '../../fixtures/saml/corpus-browser.ts';
import { SESSION_COOKIE } from '../../src/domain/cookies.ts';
import { describeWithBinary } from '../fakes/real-server.ts';
import { openTwoNodes, type TwoNodes } from '../fakes/two-nodes.ts';

const REPLAYS = 30;
/** A node may remember for a second what the other ended. It is asked for a minute, in turns with whatever else the machine does. */
const ASK_AGAIN_MS = 50;
const MAX_QUESTIONS = 1_200;

jest.setTimeout(180_000);

describeWithBinary('two nodes on one Redis', ['xmlsec1', 'redis-server'], ({ xmlsec1 = '' }) => {
  let house: TwoNodes;
  beforeAll(async () => {
    house = await openTwoNodes({ xmlsec1 });
  });
  afterEach(() => house.endAll());
  afterAll(() => house.close());

  /** The same person's browser, now led to that node. */
  const moved = (browser: Browser, node: number): Browser => {
    const other = house.browserAt(node);
    for (const [name, value] of browser.cookies) other.cookies.set(name, value);
    return other;
  };
  const untilNobody = async (browser: Browser): Promise<void> => {
    let asked = 0;
    while ((await house.whoIs(browser)) !== undefined) {
      expect((asked += 1)).toBeLessThan(MAX_QUESTIONS);
      await pause(ASK_AGAIN_MS);
    }
  };

  test.each([
    { first: 0, second: 1 },
    { first: 1, second: 0 },
  ])(
    'a sign-in begun on node $first ends on node $second, and is known on both',
    async ({ first, second }) => {
      const begun = await house.begin({ browser: house.browserAt(first) });
      const browser = moved(begun.browser, second);
      await postAnswer(browser, 'north', await answerXml(house, begun));
      expect(await house.whoIs(browser)).toBe(VICTIM);
      expect(await house.whoIs(moved(browser, first))).toBe(VICTIM);
    },
  );

  test(`one answer brought ${String(REPLAYS)} times at once to both opens one session`, async () => {
    const begun = await house.begin();
    const xml = await answerXml(house, begun);
    const browsers = Array.from({ length: REPLAYS }, (_, at) => moved(begun.browser, at % 2));
    const mark = house.opened.length;
    const answers = await Promise.all(browsers.map((browser) => postAnswer(browser, 'north', xml)));
    const cookies = answers.flatMap(({ setCookie }) =>
      setCookie.filter((line) => line.startsWith(`${SESSION_COOKIE}=`)),
    );
    expect(house.opened.slice(mark)).toHaveLength(1);
    expect(await house.living()).toEqual([VICTIM]);
    expect(cookies).toHaveLength(1);
    const signedIn = await Promise.all(browsers.map((browser) => house.whoIs(browser)));
    expect(signedIn.filter((who) => who !== undefined)).toEqual([VICTIM]);
  });

  test('one assertion for thirty requests opens one session', async () => {
    const begun = await Promise.all(Array.from({ length: REPLAYS }, () => house.begin()));
    const id = `_again-${begun[0]?.requestId ?? ''}`;
    const draft = (xml: string): string => xml.replace('{{assertionId}}', id);
    const answers = await Promise.all(begun.map((one) => answerXml(house, one, { draft })));
    const mark = house.opened.length;
    await Promise.all(begun.map(({ browser }, at) => postAnswer(browser, 'north', answers[at] ?? '')));
    expect(house.opened.slice(mark)).toHaveLength(1);
    expect(await house.living()).toEqual([VICTIM]);
  });

  test('thirty people at once all get in', async () => {
    const begun = await Promise.all(Array.from({ length: REPLAYS }, () => house.begin()));
    const answers = await Promise.all(begun.map((one) => answerXml(house, one)));
    await Promise.all(begun.map(({ browser }, at) => postAnswer(browser, 'north', answers[at] ?? '')));
    const who = await Promise.all(begun.map(({ browser }) => house.whoIs(browser)));
    expect(who).toEqual(begun.map(() => VICTIM));
  });

  test('signing out on one node ends the session on the other within a second or so', async () => {
    const begun = await house.begin({ browser: house.browserAt(0) });
    await signedIn(house, begun);
    const other = moved(begun.browser, 1);
    expect(await house.whoIs(other)).toBe(VICTIM);
    await moved(begun.browser, 0).post('/auth/logout', {});
    await untilNobody(other);
    await untilNobody(moved(other, 0));
    expect(await house.living()).toEqual([]);
  });

  test('locking on one node locks on the other', async () => {
    const begun = await house.begin({ browser: house.browserAt(0) });
    await signedIn(house, begun);
    const other = moved(begun.browser, 1);
    expect(await house.whoIs(other)).toBe(VICTIM);
    await begun.browser.post('/auth/lock', {});
    await untilNobody(other);
    expect(await house.living()).toEqual([VICTIM]);
  });

  test.each(VALID_LOGOUTS.slice(0, 1))('the provider signs out $name at either node', async ({ send }) => {
    const begun = await house.begin({ browser: house.browserAt(0) });
    await signedIn(house, begun);
    const other = moved(begun.browser, 1);
    expect(await house.whoIs(other)).toBe(VICTIM);
    await send(house, begun);
    await untilNobody(other);
    await untilNobody(moved(other, 0));
  });
});
