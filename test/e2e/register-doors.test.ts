import { plainText } from '../fakes/page-text.ts';
import { buildDoorsHouse, type DoorsHouse } from './doors-house.ts';

jest.setTimeout(120_000);

/** A form as a browser sends it from the gateway's own pages. */
async function send(house: DoorsHouse, who: string, path: string, form: string): Promise<Response> {
  return await fetch(`${house.url}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      cookie: await house.cookieOf(who),
      origin: house.url,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: form,
  });
}

async function read(house: DoorsHouse, who: string, path: string): Promise<string> {
  const res = await fetch(`${house.url}${path}`, { headers: { cookie: await house.cookieOf(who) } });
  return plainText(await res.text());
}

describe('the pages of the register in a whole gateway, signed in by SAML', () => {
  let house: DoorsHouse;
  beforeAll(async () => {
    house = await buildDoorsHouse();
  });
  afterAll(() => house.close());

  test('what one logs is on one’s profile', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const res = await send(
      house,
      'ben.carter',
      '/me/cpd/send',
      `title=Journal+club&credits=1.5&happenedAt=${today}`,
    );
    expect([res.status, res.headers.get('location')]).toEqual([303, '/me/profile']);
    expect(await read(house, 'ben.carter', '/me/profile/evidence?type=cpd')).toContain('Credits: 1.5');
  });

  test('a suspension by the programme lead is in force at once, and lifting it waits for a second', async () => {
    const ben = '/me/register/people/ben.carter';
    expect(await read(house, 'fiona.grant', '/me/register')).toContain('Ben Carter');
    const suspended = await send(
      house,
      'fiona.grant',
      `${ben}/suspend/send`,
      'scheme=all&reason=Incident+12.',
    );
    expect([suspended.status, suspended.headers.get('location')]).toEqual([303, ben]);
    expect(await read(house, 'ben.carter', '/me/profile')).toContain('Suspended All AI: suspended on');
    const lifted = await send(
      house,
      'fiona.grant',
      `${ben}/lift-suspension/send`,
      'scheme=all&reason=Cleared.',
    );
    const waiting = lifted.headers.get('location') ?? '';
    expect([lifted.status, waiting]).toEqual([
      303,
      expect.stringMatching(/^\/me\/register\/waiting\/[0-9a-f]{64}$/),
    ]);
    expect(await read(house, 'fiona.grant', waiting)).toContain('Not in force yet');
    expect(await read(house, 'ben.carter', '/me/profile')).toContain('Suspended All AI: suspended on');
    const alone = await send(house, 'fiona.grant', `${waiting}/confirm`, '');
    expect(alone.status).toBe(403);
    const withdrawn = await send(house, 'fiona.grant', `${waiting}/withdraw`, '');
    expect([withdrawn.status, withdrawn.headers.get('location')]).toEqual([303, '/me/register/waiting']);
    expect(await read(house, 'fiona.grant', '/me/register/waiting')).toContain('Nothing waits.');
  });

  test('others’ entries are for those who keep them; a stranger has no profile', async () => {
    expect(await read(house, 'ben.carter', '/me/register')).toContain('Other people’s entries are for those');
    expect(await read(house, 'erin.novak', '/me/profile')).toContain('Your login is not in the AI register.');
  });
});
