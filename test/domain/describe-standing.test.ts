import { addMonths } from '../../src/domain/calendar.ts';
import { describeStanding, type RequirementStanding } from '../../src/domain/describe-standing.ts';
import type { Evidence } from '../../src/domain/register.ts';
import {
  aModelVersion,
  anApproval,
  aPractitioner,
  aRegister,
  entryEvidence,
  modelName,
  NOW,
  RADIOLOGIST,
} from '../fakes/register-builder.ts';
import { DAY_MS, plus, without } from './reason-given.ts';

type Parts = NonNullable<Parameters<typeof aRegister>[0]>;

function describeThem(parts: Parts, now = NOW, modelFamily?: string) {
  const family = modelFamily === undefined ? {} : { modelFamily };
  const [scheme] = describeStanding({
    register: aRegister(parts),
    practitioner: aPractitioner(),
    now,
    ...family,
  }).filter((one) => one.scheme.id === 'rc-ai');
  if (scheme === undefined) throw new Error('no RC-AI');
  const find = (id: string): RequirementStanding | undefined =>
    scheme.requirements.find(({ requirement }) => requirement.id === id);
  return { ...scheme, find };
}

const MONTHS_AGO = (months: number): number => addMonths(NOW, -months);
const cases = (places: readonly number[]): readonly Evidence[] =>
  places.map((ordinal) => ({
    id: `case-${String(ordinal)}`,
    practitioner: RADIOLOGIST,
    type: 'log-book-case',
    happenedAt: NOW - DAY_MS,
    attestedBy: 'assessor',
    ordinal,
  }));

describe('how a person stands towards a scheme, requirement by requirement', () => {
  test('every scheme of their profession is there, and everything it asks for, in its order', () => {
    const all = describeStanding({ register: aRegister(), practitioner: aPractitioner(), now: NOW });
    const { schemes } = aRegister().policy;
    expect(all.map(({ scheme }) => scheme.id)).toEqual(
      schemes.filter(({ professions }) => professions.includes('radiologist')).map(({ id }) => id),
    );
    for (const { scheme, requirements } of all) {
      expect(requirements.map(({ requirement, part }) => [part, requirement.id])).toEqual([
        ...scheme.entry.map(({ id }) => ['entry', id]),
        ...scheme.award.map(({ id }) => ['award', id]),
        ...scheme.continuing.map(({ id }) => ['continuing', id]),
      ]);
    }
  });

  test('somebody who is current: all is met, and until when', () => {
    const { status, findings, requirements, find } = describeThem({});
    expect({ status, findings }).toEqual({ status: 'current', findings: [] });
    expect(requirements.every(({ met }) => met)).toBe(true);
    expect(find('registration')?.metUntil).toBe(NOW + 200 * DAY_MS);
    expect(find('annual-declaration')?.metUntil).toBe(addMonths(MONTHS_AGO(6), 12));
    expect(find('portfolio')).not.toHaveProperty('metUntil');
  });

  test.each([
    {
      name: 'what fell due says when',
      parts: {
        evidence: [
          ...without('active-practice'),
          ...plus('active-practice', { happenedAt: MONTHS_AGO(13) }).slice(-1),
        ],
      },
      id: 'active-practice',
      wanted: { met: false, metUntil: addMonths(MONTHS_AGO(13), 12) },
    },
    {
      name: 'what never was there fell due when grace ended',
      parts: { evidence: without('active-practice') },
      id: 'active-practice',
      wanted: { met: false, metUntil: MONTHS_AGO(24) },
    },
    {
      name: 'what is asked later is met until then',
      parts: {
        evidence: [
          ...without('award', 'audit-led'),
          ...plus('award', { scheme: 'rc-ai', happenedAt: MONTHS_AGO(1) }).slice(-1),
        ],
      },
      id: 'quarterly-audit',
      wanted: { met: true, metUntil: addMonths(MONTHS_AGO(1), 3), have: { count: 0 } },
    },
    {
      name: 'without an award nothing is in grace',
      parts: { evidence: entryEvidence(RADIOLOGIST) },
      id: 'quarterly-audit',
      wanted: { met: false },
    },
    {
      name: 'credits that are there',
      parts: { evidence: [...without('cpd'), ...plus('cpd', { credits: 7.5 }).slice(-1)] },
      id: 'cpd',
      wanted: { met: false, have: { count: 1, credits: 7.5 } },
    },
    {
      name: 'the best run of a log-book',
      parts: { evidence: [...entryEvidence(RADIOLOGIST), ...cases([1, 2, 3, 5, 6, 7, 8, 10])] },
      id: 'log-book',
      wanted: { met: false, have: { count: 4 } },
    },
  ])('$name', ({ parts, id, wanted }) => {
    expect(describeThem(parts).find(id)).toMatchObject(wanted);
  });

  test('never met: no moment is named', () => {
    const never = describeThem({ evidence: entryEvidence(RADIOLOGIST) }).find('ai-literacy');
    expect(never).toMatchObject({ met: false, part: 'award' });
    expect(never).not.toHaveProperty('metUntil');
  });
});

describe('what counts for each family of models apart', () => {
  const versions = ['lung-ct', 'brain-mr'].map((family) =>
    aModelVersion({ model: modelName(`m-${family}`), family }),
  );
  const approvals = versions.map(({ model }) => anApproval({ id: `a-${model}`, model }));
  const familiesOf = (parts: Parts, family?: string) =>
    describeThem(parts, NOW, family)
      .requirements.filter(({ requirement }) => requirement.perModelFamily)
      .map(({ family: name, met }) => ({ name, met }));

  test.each<{ name: string; parts: Parts; family?: string; wanted: readonly object[] }>([
    {
      name: 'once for each family that the person holds an approval for',
      parts: { modelVersions: versions, approvals: [...approvals, ...approvals] },
      wanted: [
        { name: 'brain-mr', met: false },
        { name: 'lung-ct', met: true },
      ],
    },
    {
      name: 'not for an approval that is over, nor one for a version that is gone',
      parts: {
        modelVersions: versions,
        approvals: [
          ...approvals.map((one) => ({ ...one, until: NOW })),
          anApproval({ id: 'gone', model: modelName('gone') }),
        ],
      },
      wanted: [],
    },
    {
      name: 'for an approval that is to come',
      parts: { approvals: [anApproval({ from: NOW + DAY_MS })] },
      wanted: [{ name: 'lung-ct', met: true }],
    },
    {
      name: 'only for the family that is asked for',
      parts: { modelVersions: versions, approvals },
      family: 'knee-xr',
      wanted: [{ name: 'knee-xr', met: false }],
    },
  ])('$name', ({ parts, family, wanted }) => {
    expect(familiesOf(parts, family)).toEqual(wanted);
  });

  test('the status is that of the family asked for, and of none where none is', () => {
    expect(describeThem({}, NOW, 'brain-mr')).toMatchObject({
      status: 'lapsed',
      findings: [{ code: 'cpd-short' }],
    });
    expect(describeThem({}, NOW)).toMatchObject({ status: 'current', findings: [] });
  });

  test('evidence that comes later is not there yet', () => {
    expect(describeThem({}, MONTHS_AGO(37) - DAY_MS).find('dops')).toMatchObject({
      met: false,
      have: { count: 0 },
    });
  });
});
