import { HOSTILE_LOGOUTS, signedIn } from '../../fixtures/saml/corpus-logout.ts';
import { VALID_LOGOUTS } from '../../fixtures/saml/corpus-valid-logout.ts';
import { describeHostile } from '../fakes/describe-hostile.ts';

describeHostile('sign-out messages that must end no session', HOSTILE_LOGOUTS, (house) => {
  test.each(VALID_LOGOUTS)('a good one $name: the session ends, without its cookie', async ({ send }) => {
    const begun = await house().begin();
    await signedIn(house(), begun);
    await send(house(), begun);
    expect(await house().living()).toEqual([]);
    expect(await house().whoIs(begun.browser)).toBeUndefined();
  });
});
