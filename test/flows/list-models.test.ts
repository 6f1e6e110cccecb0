import { GatewayError, RegisterUnavailable } from '../../src/domain/errors.ts';
import { listModels } from '../../src/flows/list-models.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { createInferenceHouse, SESSION } from '../fakes/inference-house.ts';
import { aBinding, aModelVersion, aRegister, aStudy, versionString } from '../fakes/register-builder.ts';

const never = new AbortController().signal;
const evidence = { sessionToken: SESSION };
const study = aStudy().studyInstanceUid;

test('one row for each function of each version, with every reason why it is locked', async () => {
  const endpoints = [aBinding(), aBinding({ function: 'triage', input: 'caller' })];
  const next = aModelVersion({ version: versionString('3.0.0'), state: 'acceptance' });
  const house = createInferenceHouse({
    register: aRegister({ modelVersions: [aModelVersion({ endpoints }), next] }),
  });
  const rows = await listModels(house.deps, { evidence, study }, never);
  expect(rows.map((row) => [row.version, row.function, row.input, row.permitted])).toEqual([
    ['2.1.0', 'detection', 'study', true],
    ['2.1.0', 'triage', 'caller', false],
    ['3.0.0', 'detection', 'study', false],
  ]);
  expect(rows[0]).toMatchObject({ title: 'Lung nodule detector', reasons: [] });
  expect(rows[2]?.reasons.map(({ code }) => code)).toEqual(
    expect.arrayContaining(['not-released', 'approval-missing']),
  );
  for (const { text, remedy } of rows.flatMap((row) => row.reasons)) expect(text && remedy).toBeTruthy();
});

test('no study open -> nothing that needs one is permitted', async () => {
  const house = createInferenceHouse();
  const [row] = await listModels(house.deps, { evidence, study: undefined }, never);
  expect(row).toMatchObject({ permitted: false, reasons: [{ code: 'context-missing' }] });
});

test('looking at the list leaves no case and calls no endpoint', async () => {
  const house = createInferenceHouse();
  await listModels(house.deps, { evidence, study }, never);
  expect(house.kinds()).toEqual([]);
  expect(house.calls).toEqual([]);
});

test.each([
  ['nobody signed in', { evidence: {} }, 'not-identified'],
  ['no such study', { study: new GatewayError('not-found') }, 'not-found'],
  ['register unreadable', { register: new RegisterUnavailable('Gone.') }, 'register-unavailable'],
])('%s -> %3$s', async (_name, given: { evidence?: object; study?: Error; register?: Error }, code) => {
  const house = createInferenceHouse();
  if (given.study !== undefined) house.setStudy(given.study);
  if (given.register !== undefined) house.setRegister(given.register);
  const call = listModels(house.deps, { evidence: given.evidence ?? evidence, study }, never);
  expect(await faultOf(call)).toMatchObject({ code });
});
