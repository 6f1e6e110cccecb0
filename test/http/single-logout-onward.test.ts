import { postFrom, sessionDoorsApp } from '../fakes/session-doors-app.ts';
import { openSessionsHouse, type SessionsHouse } from '../fakes/sessions-house.ts';

let house: SessionsHouse;
beforeAll(async () => {
  house = await openSessionsHouse();
});
afterAll(() => house.close());

// Browsers hold back a redirect to another site that follows a form of ours (see single-logout-browser.test.ts).
test.each(['/auth/logout', '/auth/logout-everywhere'])(
  'POST %s goes on to another site by a page of its own, which limits no form',
  async (path) => {
    const onSignedOut = (): Promise<string> => Promise.resolve('https://idp.example/end?a=1&b=2');
    const res = await postFrom(sessionDoorsApp(house, { onSignedOut }), path, await house.arrive());
    expect([res.status, res.headers['location']]).toEqual([200, undefined]);
    expect(res.text).toContain(
      '<meta http-equiv="refresh" content="0; url=https://idp.example/end?a=1&#38;b=2">',
    );
    expect(res.headers['content-security-policy']).toContain("default-src 'none'");
    expect(res.headers['content-security-policy']).not.toContain('form-action');
    expect(res.headers['cache-control']).toBe('no-store');
  },
);
