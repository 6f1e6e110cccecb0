import request from 'supertest';
import type { ReferenceLevel } from '../../src/domain/dose.ts';
import { sendBoth, sendJson, NRRD } from '../fakes/label-server.ts';
import { COOKIE, NAMED, openMonaiHouse, SERIES, type MonaiHouse } from '../fakes/monai-app.ts';
import { anApproval, shippedPolicy } from '../fakes/register-builder.ts';
import { describedAnswer, faultsOf, operations } from './openapi-reader.ts';

let open: MonaiHouse;
beforeEach(async () => {
  open = await openMonaiHouse();
  open.bind(
    [
      {
        function: 'protocol-recommendation',
        doseOutputs: [{ output: 'ctdi', quantity: 'CTDIvol', unit: 'mGy' }],
      },
    ],
    {
      approvals: [anApproval({ functions: ['protocol-recommendation'] })],
      policy: { ...shippedPolicy(), referenceLevels: [LEVEL] },
    },
  );
});
afterEach(() => open.close());

const LEVEL: ReferenceLevel = {
  ...{ id: 'chest-ct', modality: 'CT', bodyPart: 'CHEST', population: 'adult', source: 'Trust' },
  ...{ quantity: 'CTDIvol', unit: 'mGy', value: 12 },
};

const infer = (output: string) =>
  request(open.app)
    .post(`/monai/infer/${encodeURIComponent(NAMED)}?image=${SERIES}&output=${output}`)
    .set('Cookie', COOKIE)
    .field('params', '{}');

const FLAGS = [
  {
    ...{ quantity: 'CTDIvol', unit: 'mGy', value: 14, exceeds: true },
    level: { id: 'chest-ct', value: 12, unit: 'mGy' },
  },
];

test('json: the dose carries its level in the answer and in the case, and the answer is let out', async () => {
  open.server.answer((res) => sendJson(res, { ctdi: 14, countersign: 'of the endpoint' }));
  const answer = await infer('json');
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({
    ctdi: 14,
    countersign: { dose: FLAGS, dose_exceeds: true, dose_without_level: false },
  });
  expect(answer.headers['countersign-dose-exceeds']).toBe('true');
  expect(open.house.last().facts.output?.dose).toEqual(FLAGS);
  expect(faultsOf('labelInfer', { status: 200, type: 'application/json', body: answer.body })).toEqual([]);
  const wrong = { ...answer.body, countersign: { dose: [], dose_exceeds: 'no' } };
  expect(faultsOf('labelInfer', { status: 200, type: 'application/json', body: wrong })).not.toEqual([]);
});

test('the headers that say it are described', () => {
  const { operation } = operations.find((one) => one.operation.operationId === 'labelInfer') ?? {};
  if (operation === undefined) throw new Error('no such operation');
  const { headers = {} } = describedAnswer(operation, '200');
  expect(Object.keys(headers)).toEqual([
    'Case-Id',
    'Case-Log-Index',
    'Countersign-Draft',
    'Countersign-Dose-Exceeds',
    'Countersign-Dose-Without-Level',
  ]);
});

test.each([
  [14, 'true'],
  [12, 'false'],
])('image: a file has no place for it, so a header says it (%p -> %s)', async (ctdi, exceeds) => {
  open.server.answer((res) => sendBoth(res, { ctdi }, NRRD));
  const answer = await infer('image');
  expect(answer.status).toBe(200);
  expect(answer.headers['countersign-dose-exceeds']).toBe(exceeds);
});

test('no dose, no word of one', async () => {
  open.bind([{}]);
  open.server.answer((res) => sendJson(res, { ctdi: 14, score: 0.5, finding: 'nodule' }));
  const answer = await infer('json');
  expect(answer.status).toBe(200);
  expect(answer.headers).not.toHaveProperty('countersign-dose-exceeds');
  expect(answer.body).not.toHaveProperty('countersign');
});

test('a dose that is none: nothing is let out', async () => {
  open.server.answer((res) => sendJson(res, { ctdi: 'high' }));
  expect((await infer('json')).status).toBe(502);
});

test('an endpoint cannot speak as the gateway: its own word under that name is left out', async () => {
  open.bind([{}]);
  open.server.answer((res) =>
    sendJson(res, { score: 0.5, finding: 'nodule', countersign: { dose_exceeds: false } }),
  );
  const answer = await infer('json');
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ score: 0.5, finding: 'nodule' });
});
