import request from 'supertest';
import { edgeApp, SIGNED_IN } from '../fakes/edge-app.ts';
import { expectProblem } from '../fakes/expect-problem.ts';
import { CASE } from '../fakes/fake-flows.ts';

const app = edgeApp();

describe('at the doors people open themselves', () => {
  test.each<{ name: string; path: string; status: number; says: string }>([
    { name: 'an unknown page', path: '/me/nothing', status: 404, says: 'There is nothing here' },
    { name: 'an address typed wrong', path: '/studies', status: 404, says: 'Go to studies' },
    {
      name: 'a study whose UID is malformed',
      path: '/me/studies/1..2',
      status: 400,
      says: 'uid: must be a DICOM',
    },
    {
      name: 'a case of somebody else',
      path: '/me/cases/c-00000000-0000-4000-8000-000000000099',
      status: 404,
      says: 'You have no case of that name',
    },
    { name: 'page 0', path: '/me/studies?page=0', status: 400, says: 'page:' },
  ])('$name -> a page with $status', async ({ path, status, says }) => {
    const res = await request(app).get(path).set({ cookie: SIGNED_IN, accept: 'text/html,*/*' });
    expect([res.status, res.headers['content-type']]).toEqual([status, 'text/html; charset=utf-8']);
    expect(res.text).toContain(says);
    expect(res.text).not.toMatch(/ {4}at |\.ts:|node_modules/);
  });

  test('elsewhere a program gets JSON', async () => {
    expectProblem(await request(app).get('/studies').set('accept', '*/*'), 404, 'not-found');
  });

  test.each<{ name: string; path: string; cookie?: string; to: string }>([
    { name: 'nobody signed in', path: '/me/studies', to: '/auth/sign-in?return=%2Fme%2Fstudies' },
    {
      name: 'a deep page',
      path: '/me/cases?cursor=41',
      to: '/auth/sign-in?return=%2Fme%2Fcases%3Fcursor%3D41',
    },
    {
      name: 'an ended session',
      path: '/me/cases',
      cookie: '__Host-countersign-session=gone',
      to: '/auth/sign-in?session-ended=1&return=%2Fme%2Fcases',
    },
    {
      name: 'an address that may not come back',
      path: '/me/studies?page=1&x=%22',
      to: '/auth/sign-in?return=%2Fme%2Fstudies%3Fpage%3D1%26x%3D%2522',
    },
  ])('$name -> 303 to sign-in, and back afterwards', async ({ path, cookie, to }) => {
    const res = await request(app)
      .get(path)
      .set(cookie === undefined ? {} : { cookie });
    expect([res.status, res.headers['location'], res.headers['cache-control']]).toEqual([
      303,
      to,
      'no-store',
    ]);
  });

  test('a form sent after the session ended -> sign-in, and back to the page it stood on', async () => {
    const res = await request(app)
      .post(`/me/cases/${CASE}/disposition`)
      .type('form')
      .send({ disposition: 'ignored' });
    expect(res.headers['location']).toBe(`/auth/sign-in?return=%2Fme%2Fcases%2F${CASE}`);
  });

  test('the front door leads to the studies', async () => {
    const res = await request(app).get('/');
    expect([res.status, res.headers['location']]).toEqual([303, '/me/studies']);
  });
});
