import { ETAG } from '../fakes/fake-people-flows.ts';
import { modelApp } from '../fakes/model-app.ts';
import { RELEASED as VERSION } from '../fakes/model-register.ts';
import { linksOf, ownFormsOf, unlabelledFields } from '../fakes/page-text.ts';

const ONE = '/me/register/models/lung-nodule/2.1.0';
const WAITING = `/me/register/waiting/${'e'.repeat(64)}`;

describe('changing the record', () => {
  const FORM = {
    etag: ETAG,
    title: 'Nodule finder',
    vendor: 'Example Vendor',
    guideline: 'lung-nodules@3',
    recognition: 'station=AI1; description=nodule overlay',
    'address-detection': 'https://ai.example:8000',
    'wait-detection': '9000',
  };

  test('shows what stands', async () => {
    const { text } = await modelApp().open(`${ONE}/change`);
    expect(unlabelledFields(text)).toEqual([]);
    expect(ownFormsOf(text)[0]?.fields).toMatchObject({
      title: 'Lung nodule detector',
      'address-detection': 'http://127.0.0.1:9',
      'wait-detection': '5000',
    });
    expect(text).toContain('station=AI1; maker=Example Vendor');
  });

  test('writes what may be said anew, and all else as it is', async () => {
    const app = modelApp({ waits: true });
    const res = await app.send(`${ONE}/change/send`, FORM);
    expect(res.headers['location']).toBe(WAITING);
    expect(app.acts).toEqual([
      {
        act: {
          act: 'change-model',
          modelVersion: expect.objectContaining({
            ...{ model: 'lung-nodule', version: '2.1.0', digest: VERSION.digest, title: 'Nodule finder' },
            recognition: [{ station: 'AI1', description: 'nodule overlay' }],
            endpoints: [{ ...VERSION.endpoints[0], baseUrl: 'https://ai.example:8000', timeoutMs: 9000 }],
            guideline: { id: 'lung-nodules', version: '3' },
          }),
        },
        ifMatch: { kind: 'model-version', id: 'lung-nodule@2.1.0', etag: ETAG },
      },
    ]);
  });

  test('what is left empty is taken out', async () => {
    const app = modelApp();
    await app.send(`${ONE}/change/send`, { ...FORM, recognition: '', guideline: '' });
    expect(JSON.stringify(app.acts)).not.toMatch(/"recognition"|"guideline"/);
  });

  test.each([
    { change: { 'address-detection': 'ai.example/' }, href: '#address-detection' },
    { change: { 'address-detection': '' }, href: '#address-detection' },
    { change: { 'wait-detection': '1' }, href: '#wait-detection' },
    { change: { recognition: 'AI1' }, href: '#recognition' },
    { change: { title: '' }, href: '#title' },
  ])('$change -> said at the field', async ({ change, href }) => {
    const app = modelApp();
    const res = await app.send(`${ONE}/change/send`, { ...FORM, ...change });
    expect(res.status).toBe(400);
    expect(linksOf(res.text).map((link) => link.href)).toContain(href);
    expect(app.acts).toEqual([]);
  });
});
