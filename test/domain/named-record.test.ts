import { recordNamedBy } from '../../src/domain/named-record.ts';
import { REGISTER_ACTS, type RegisterAct } from '../../src/domain/register-acts.ts';
import { modelName, practitionerId, versionString } from '../fakes/register-builder.ts';

const model = modelName('m');
const version = versionString('2.1.0');
const practitioner = practitionerId('p');
const reason = 'x';
const piece = { practitioner, type: 'cct', happenedAt: 0 } as const;
const guideline = { id: 'g', version: '3' };

/** Every act, with the record that it changes or adds by name. */
const ROWS: readonly (readonly [RegisterAct, string | undefined])[] = [
  [{ act: 'declare', statements: [] }, undefined],
  [{ act: 'log-cpd', title: 't', credits: 1, happenedAt: 0 }, undefined],
  [{ act: 'acknowledge-guideline', guideline: 'g', version: '3' }, undefined],
  [{ act: 'add-practitioner', practitioner: { id: 'p' } }, 'added practitioner p'],
  [{ act: 'change-practitioner', practitioner: { id: 'p' } }, 'changed practitioner p'],
  [{ act: 'attest-evidence', piece }, undefined],
  [{ act: 'correct-evidence', id: 'E', piece, reason }, 'changed evidence E'],
  [{ act: 'withdraw-evidence', id: 'E', reason }, 'changed evidence E'],
  [{ act: 'award-credential', practitioner, scheme: 's' }, undefined],
  [{ act: 'suspend', practitioner, reason }, undefined],
  [{ act: 'lift-suspension', practitioner, reason }, undefined],
  [
    {
      act: 'grant-approval',
      practitioner,
      model,
      version,
      functions: [],
      mode: 'sandbox',
      from: 0,
      until: 1,
    },
    undefined,
  ],
  [{ act: 'end-approval', id: 'A', reason }, 'changed approval A'],
  [{ act: 'carry-over-approvals', model, fromVersion: version, toVersion: version }, undefined],
  [{ act: 'register-model', modelVersion: { model: 'm', version: '1' } }, 'added model-version m@1'],
  [{ act: 'change-model', modelVersion: { model: 'm', version: '1' } }, 'changed model-version m@1'],
  [
    { act: 'approve-plan', model, version, title: 't', studies: [], script: [], operator: practitioner },
    undefined,
  ],
  [{ act: 'record-acceptance-test', plan: 'P', item: 'i', result: 'pass' }, undefined],
  [{ act: 'release-model', model, version, plan: 'P', sites: [] }, 'changed model-version m@2.1.0'],
  [{ act: 'stop-use', model, reason }, undefined],
  [{ act: 'hold-model', model, reason }, undefined],
  [{ act: 'lift-stop-use', id: 'S', reason }, 'changed stop-use S'],
  [{ act: 'sign-name-only', model, version, function: 'detection' }, 'changed model-version m@2.1.0'],
  [{ act: 'retire-model', model, version, reason }, 'changed model-version m@2.1.0'],
  [{ act: 'draft-guideline', ...guideline, title: 't', digest: 'd', links: [] }, 'added guideline g@3'],
  [{ act: 'comment-on-guideline', ...guideline, text: 't' }, 'changed guideline g@3'],
  [{ act: 'sign-guideline', ...guideline, effectiveFrom: 0 }, 'changed guideline g@3'],
  [{ act: 'review-guideline', ...guideline, outcome: 'o' }, 'changed guideline g@3'],
  [{ act: 'import', changes: [] }, undefined],
];

test.each(ROWS.map(([act, record]) => ({ name: act.act, act, record })))(
  '$name -> $record',
  ({ act, record }) => {
    const named = recordNamedBy(act);
    expect(named && `${named.action} ${named.kind} ${named.id}`).toBe(record);
  },
);

test('no act is left out', () => {
  expect(ROWS.map(([{ act }]) => act)).toEqual([...REGISTER_ACTS]);
});
