import { HOSTILE_LOGOUTS, signedIn } from '../../fixtures/saml/corpus-logout.ts';
import { VALID_LOGOUTS } from '../../fixtures/saml/corpus-valid-logout.ts';
import type { CorpusHouse } from '../fakes/corpus-house.ts';
import { describeHostile, openEmbeddedHouse } from '../fakes/describe-hostile.ts';
import { describeWithBinary } from '../fakes/real-server.ts';

describeHostile('sign-out messages that must end no session', HOSTILE_LOGOUTS);

describeWithBinary('sign-out requests of honest providers', ['xmlsec1'], ({ xmlsec1 = '' }) => {
  let house: CorpusHouse;
  beforeAll(async () => {
    house = await openEmbeddedHouse(xmlsec1);
  });
  afterAll(() => house.close());

  test.each(VALID_LOGOUTS)('$name: the session ends, without its cookie', async ({ send }) => {
    const begun = await house.begin();
    await signedIn(house, begun);
    await send(house, begun);
    expect(await house.living()).toEqual([]);
    expect(await house.whoIs(begun.browser)).toBeUndefined();
  });
});
