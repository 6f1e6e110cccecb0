import { ATTESTATIONS, PROTOCOLS, RESULT_OBJECTS } from '../../src/domain/words.ts';
import { RECORD_SCHEMAS } from '../../src/register/register-schema.ts';
import { loginOf } from '../fakes/fake-people-flows.ts';
import { modelApp } from '../fakes/model-app.ts';
import { STAFF } from '../fakes/model-register.ts';
import { linksOf, ownFormsOf, plainText, unlabelledFields } from '../fakes/page-text.ts';
import { doneIn } from '../fakes/people-app.ts';

const NEW = '/me/register/models/new';
const FORM = {
  title: 'Fracture finder',
  model: 'fracture',
  version: '3.0.0',
  family: 'bone-xr',
  vendor: 'Example Vendor',
  digest: `sha256:${'d'.repeat(64)}`,
  function: 'detection',
  protocol: 'oip-v2',
  baseUrl: 'https://ai.example:8000',
  endpointModel: 'fractures',
  endpointVersion: '7',
  attestation: 'reply',
  input: 'study',
  timeoutMs: '30000',
};
const CHAT = { protocol: 'openai-chat', attestation: 'name-only' };
const OTHER_DIGEST = `sha256:${'e'.repeat(64)}`;
const RECORD = {
  ...{ model: 'fracture', version: '3.0.0', family: 'bone-xr', title: 'Fracture finder' },
  ...{ vendor: 'Example Vendor', digest: FORM.digest, intendedUse: {}, state: 'registered', releases: [] },
};
const ENDPOINT = {
  ...{ function: 'detection', protocol: 'oip-v2', baseUrl: 'https://ai.example:8000' },
  ...{ endpointModel: 'fractures', endpointVersion: '7', attestation: 'reply', input: 'study' },
  ...{ simulator: true, timeoutMs: 30_000 },
};

/** The values of all choices on a page. */
function valuesOf(text: string): readonly string[] {
  return [...text.matchAll(/value="([^"]*)"/g)].map(([, value = '']) => value);
}

describe('registering a version', () => {
  test('says that the form takes one endpoint', async () => {
    const { text } = await modelApp().open(NEW);
    expect(unlabelledFields(text)).toEqual([]);
    expect(plainText(text)).toContain('This form takes one endpoint.');
    expect(ownFormsOf(text)[0]?.fields).toMatchObject({ timeoutMs: '30000' });
  });

  test('the study is what an endpoint works on, unless somebody says otherwise', async () => {
    const { text } = await modelApp().open(NEW);
    const radios = text.match(/<input[^>]*name="input"[^>]*>/g) ?? [];
    const chosen = radios.filter((one) => /\schecked\b/.test(one));
    expect(chosen.flatMap(valuesOf)).toEqual(['study']);
  });

  test('with the least that is asked for', async () => {
    const app = modelApp();
    const res = await app.send(`${NEW}/send`, { ...FORM, udi: '', riskClass: '', minAgeYears: '' });
    expect([res.status, res.headers['location'], doneIn(res)]).toEqual([
      303,
      '/me/register/models',
      '"register-model"',
    ]);
    expect(app.acts).toEqual([
      {
        act: { act: 'register-model', modelVersion: { ...RECORD, endpoints: [ENDPOINT] } },
        ifMatch: { kind: 'model-version', id: 'fracture@3.0.0', etag: '' },
      },
    ]);
  });

  test('with everything', async () => {
    const app = modelApp();
    const more = {
      ...{ udi: '(01)05012345678900', riskClass: 'IIb', marking: 'CE', modalities: 'DX, CR' },
      ...{ bodyParts: 'HAND', minAgeYears: '2', maxAgeYears: '100', operatingThreshold: '0.45' },
      ...{ scoreOutput: 'score', findingOutput: 'finding', findings: 'fracture, no fracture' },
      guideline: 'lung-nodules@3',
    };
    await app.send(`${NEW}/send`, { ...FORM, ...more });
    expect(app.acts[0]?.act).toEqual({
      act: 'register-model',
      modelVersion: {
        ...RECORD,
        ...{ udi: '(01)05012345678900', riskClass: 'IIb', marking: 'CE', operatingThreshold: 0.45 },
        intendedUse: { modalities: ['DX', 'CR'], bodyParts: ['HAND'], minAgeYears: 2, maxAgeYears: 100 },
        guideline: { id: 'lung-nodules', version: '3' },
        endpoints: [
          {
            ...ENDPOINT,
            ...{ scoreOutput: 'score', findingOutput: 'finding', findings: ['fracture', 'no fracture'] },
          },
        ],
      },
    });
  });

  test('limits of a series, and outputs that recommend a dose', async () => {
    const app = modelApp();
    const more = {
      ...{ minSliceThicknessMm: '0.5', maxSliceThicknessMm: '1.25', minKvp: '100', maxKvp: '120' },
      ...{ burnedInAnnotation: 'refuse', derivedImages: 'refuse', function: 'protocol-recommendation' },
      doseOutputs: ' ctdi vol  CTDIvol mGy , dlp DLP mGy.cm',
    };
    const body = new URLSearchParams({ ...FORM, ...more });
    for (const orientation of ['axial', 'coronal']) body.append('orientations', orientation);
    await app.send(`${NEW}/send`, body.toString());
    expect(app.acts[0]?.act).toMatchObject({
      modelVersion: {
        intendedUse: {
          ...{ minSliceThicknessMm: 0.5, maxSliceThicknessMm: 1.25, minKvp: 100, maxKvp: 120 },
          ...{ orientations: ['axial', 'coronal'], burnedInAnnotation: 'refuse', derivedImages: 'refuse' },
        },
        endpoints: [
          {
            doseOutputs: [
              { output: 'ctdi vol', quantity: 'CTDIvol', unit: 'mGy' },
              { output: 'dlp', quantity: 'DLP', unit: 'mGy.cm' },
            ],
          },
        ],
      },
    });
  });

  test.each([
    {
      change: { protocol: 'monai-label', attestation: 'checksum' },
      endpoint: { protocol: 'monai-label', attestation: 'checksum' },
    },
    {
      change: { protocol: 'monai-label', attestation: 'checksum', attestedChecksum: OTHER_DIGEST },
      endpoint: { protocol: 'monai-label', attestation: 'checksum', attestedChecksum: OTHER_DIGEST },
    },
    {
      change: { protocol: 'openai-chat', endpointModel: 'drafter-3.0.0', endpointVersion: '3.0.0' },
      endpoint: { protocol: 'openai-chat', endpointModel: 'drafter-3.0.0', endpointVersion: '3.0.0' },
    },
    {
      change: { protocol: 'openai-chat', attestation: 'name-only' },
      endpoint: { protocol: 'openai-chat', attestation: 'name-only' },
    },
    { change: { writes: 'tid1500' }, endpoint: { writes: 'tid1500' } },
    { change: { writes: 'segmentation', function: 'segmentation' }, endpoint: { writes: 'segmentation' } },
  ])('$change -> as an import file would say it', async ({ change, endpoint }) => {
    const app = modelApp();
    const res = await app.send(`${NEW}/send`, { ...FORM, ...change });
    expect(res.status).toBe(303);
    const given = { ...ENDPOINT, function: change.function ?? ENDPOINT.function, ...endpoint };
    expect(app.acts[0]?.act).toMatchObject({ modelVersion: { endpoints: [given] } });
  });

  test('offers every protocol and every object that the register knows, and says which proof each protocol has', async () => {
    const { text } = await modelApp().open(NEW);
    const values = valuesOf(text);
    expect(values).toEqual(expect.arrayContaining([...PROTOCOLS, ...ATTESTATIONS, ...RESULT_OBJECTS]));
    expect(plainText(text)).toContain('With MONAI Label.');
  });

  const pairs = PROTOCOLS.flatMap((protocol) =>
    ATTESTATIONS.map((attestation) => ({ protocol, attestation })),
  );
  test.each(pairs)('$protocol proved by $attestation -> the form takes what a file may say', async (pair) => {
    const app = modelApp();
    const res = await app.send(`${NEW}/send`, { ...FORM, ...pair });
    const record = { ...RECORD, endpoints: [{ ...ENDPOINT, ...pair }] };
    const isTaken = RECORD_SCHEMAS['model-version'].safeParse(record).success;
    expect(res.status).toBe(isTaken ? 303 : 400);
    expect(app.acts).toHaveLength(isTaken ? 1 : 0);
  });

  test.each([
    { change: { minSliceThicknessMm: 'thin' }, href: '#minSliceThicknessMm' },
    { change: { maxKvp: '0' }, href: '#maxKvp' },
    { change: { orientations: 'oblique' }, href: '#orientations' },
    { change: { burnedInAnnotation: 'allow' }, href: '#burnedInAnnotation' },
    { change: { doseOutputs: 'ctdi CTDIvol' }, href: '#doseOutputs' },
    { change: { doseOutputs: 'ctdi CTDIvol mGy.cm' }, href: '#doseOutputs' },
    { change: { doseOutputs: 'ctdi CTDIvol mGy,' }, href: '#doseOutputs' },
    { change: { version: 'latest' }, href: '#version' },
    { change: { model: 'a b' }, href: '#model' },
    { change: { digest: 'abc' }, href: '#digest' },
    { change: { function: 'view' }, href: '#function' },
    { change: { baseUrl: 'https://user:pw@ai.example' }, href: '#baseUrl' },
    { change: { attestation: '' }, href: '#attestation' },
    { change: { protocol: '' }, href: '#protocol' },
    { change: { protocol: 'grpc' }, href: '#protocol' },
    { change: { attestation: 'checksum' }, href: '#attestation' },
    { change: { protocol: 'monai-label' }, href: '#attestation' },
    { change: { protocol: 'openai-chat' }, href: '#attestation' },
    { change: { attestedChecksum: OTHER_DIGEST }, href: '#attestedChecksum' },
    {
      change: { protocol: 'monai-label', attestation: 'checksum', attestedChecksum: 'abc' },
      href: '#attestedChecksum',
    },
    { change: { writes: 'pdf' }, href: '#writes' },
    { change: { ...CHAT, writes: 'tid1500' }, href: '#writes' },
    { change: { function: 'protocol-recommendation' }, href: '#doseOutputs' },
    { change: { ...CHAT, function: 'protocol-recommendation' }, href: '#protocol' },
    { change: { function: 'record-query' }, href: '#protocol' },
    { change: { timeoutMs: '5' }, href: '#timeoutMs' },
    { change: { minAgeYears: '18', maxAgeYears: '18' }, href: '#maxAgeYears' },
    { change: { guideline: 'nothing' }, href: '#guideline' },
  ])('$change -> said at the field', async ({ change, href }) => {
    const app = modelApp();
    const res = await app.send(`${NEW}/send`, { ...FORM, ...change });
    expect(res.status).toBe(400);
    expect(linksOf(res.text).map((link) => link.href)).toContain(href);
    expect(app.acts).toEqual([]);
  });

  test('not for everybody', async () => {
    expect(ownFormsOf((await modelApp({ viewer: loginOf(STAFF) }).open(NEW)).text)).toEqual([]);
  });
});
