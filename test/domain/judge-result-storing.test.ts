import { judgeResultStoring } from '../../src/domain/judge-result-storing.ts';
import type { ModelVersion, RevalidationPlan, StopUse } from '../../src/domain/register.ts';
import {
  aBinding,
  aModelVersion,
  aRegister,
  aStudy,
  MODEL,
  NOW,
  practitionerId,
  RADIOLOGIST,
  SITE,
  VERSION,
  versionString,
} from '../fakes/register-builder.ts';

const STUDY = aStudy();
const plan: RevalidationPlan = {
  id: 'plan-1',
  model: MODEL,
  version: VERSION,
  title: 'Plan',
  studies: [STUDY.studyInstanceUid],
  script: [],
  operator: practitionerId('radiographer'),
  approvedBy: RADIOLOGIST,
  approvedAt: NOW,
};
const stop = (changes: Partial<StopUse> = {}): StopUse => ({
  id: 'stop-1',
  from: NOW - 1,
  reason: 'wrong side',
  by: 'somebody',
  ...changes,
});

interface Row {
  readonly name: string;
  readonly version?: Partial<ModelVersion>;
  readonly stop?: StopUse;
  readonly study?: typeof STUDY | undefined;
  readonly plans?: readonly RevalidationPlan[];
  readonly expect: readonly string[];
}

test.each<Row>([
  { name: 'released here -> taken in', expect: [] },
  { name: 'released everywhere -> taken in', version: { releases: [{ site: '*', from: 0 }] }, expect: [] },
  { name: 'registered -> not', version: { state: 'registered', releases: [] }, expect: ['not-released'] },
  {
    name: 'not yet released -> not',
    version: { releases: [{ site: SITE, from: NOW + 1 }] },
    expect: ['not-released'],
  },
  {
    name: 'released elsewhere -> not',
    version: { releases: [{ site: 'x', from: 0 }] },
    expect: ['not-released-at-site'],
  },
  { name: 'retired -> not', version: { state: 'retired', retiredAt: NOW - 1 }, expect: ['model-retired'] },
  { name: 'to be retired later -> taken in', version: { retiredAt: NOW + 1 }, expect: [] },
  { name: 'retired this moment -> not', version: { retiredAt: NOW }, expect: ['model-retired'] },
  { name: 'acceptance, no plan -> not', version: { state: 'acceptance' }, expect: ['not-released'] },
  {
    name: 'acceptance, study of the plan -> taken in',
    version: { state: 'acceptance' },
    plans: [plan],
    expect: [],
  },
  {
    name: 'acceptance, study of no plan -> not',
    version: { state: 'acceptance' },
    plans: [{ ...plan, studies: ['1.2'] }],
    expect: ['not-released'],
  },
  { name: 'stopped everywhere -> not', stop: stop(), expect: ['stop-use'] },
  { name: 'stopped by version -> not', stop: stop({ model: MODEL, version: VERSION }), expect: ['stop-use'] },
  { name: 'stopped at this site -> not', stop: stop({ site: SITE }), expect: ['stop-use'] },
  { name: 'stopped at another site -> taken in', stop: stop({ site: 'x' }), expect: [] },
  {
    name: 'another version stopped -> taken in',
    stop: stop({ version: versionString('1.0.0') }),
    expect: [],
  },
  { name: 'another family stopped -> taken in', stop: stop({ family: 'x' }), expect: [] },
  {
    name: 'another model stopped -> taken in',
    stop: stop({ model: aModelVersion().model, family: 'x' }),
    expect: [],
  },
  { name: 'stop lifted -> taken in', stop: stop({ liftedAt: NOW - 1 }), expect: [] },
  {
    name: 'stopped and retired -> both reasons',
    version: { state: 'retired', retiredAt: 1 },
    stop: stop(),
    expect: ['stop-use', 'model-retired'],
  },
  {
    name: 'also serves what is sealed until it is co-signed -> not',
    version: { endpoints: [aBinding(), aBinding({ function: 'prescribing-suggestion' })] },
    expect: ['co-signature-missing'],
  },
  { name: 'no study -> not', study: undefined, expect: ['context-missing'] },
  { name: 'a study of an unknown site -> not', study: siteless(), expect: ['site-unknown'] },
])('$name', ({ version, stop: stopped, plans = [], ...row }) => {
  const register = aRegister({
    modelVersions: [aModelVersion(version)],
    stopUses: stopped === undefined ? [] : [stopped],
    plans,
  });
  const study = 'study' in row ? row.study : STUDY;
  const result = { model: MODEL, version: VERSION, study, studyInstanceUid: STUDY.studyInstanceUid };
  expect(judgeResultStoring(result, register, NOW)).toEqual(row.expect);
});

test('a version that is in no register -> not', () => {
  const result = { model: MODEL, version: versionString('9'), study: STUDY, studyInstanceUid: '1' };
  expect(judgeResultStoring(result, aRegister(), NOW)).toEqual(['model-unknown']);
});

function siteless(): typeof STUDY {
  const { site: _site, ...rest } = STUDY;
  return rest;
}
