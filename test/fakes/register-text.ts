import { aPractitioner, anApproval, practitionerId, RADIOLOGIST } from './register-builder.ts';
import { BIRTH, type LivingRecords } from './register-life.ts';

const [lead, somebody] = ['lead', 'somebody'].map((id) =>
  aPractitioner({
    id: practitionerId(id),
    name: id,
    profession: 'other',
    professionalBody: 'none',
    identities: [],
  }),
);

/** Where every life begins, as the strict checks of an import want it: everybody who is named is known, functions are served, numbers differ. */
export const IMPORTABLE: LivingRecords = {
  ...BIRTH,
  practitioners: [...BIRTH.practitioners, lead, somebody].flatMap((one, place) =>
    one === undefined ? [] : [{ ...one, registrationNumber: `R${String(place)}` }],
  ),
  approvals: [
    anApproval({ grantedBy: 'lead' }),
    anApproval({ id: 'of-operator', practitioner: practitionerId('operator'), grantedBy: 'lead' }),
    anApproval({
      id: 'of-trainee',
      practitioner: practitionerId('trainee'),
      mode: 'supervised',
      supervisor: RADIOLOGIST,
      grantedBy: 'lead',
    }),
  ],
};

const MOMENTS = ['happenedAt', 'validUntil', 'from', 'until', 'retiredAt', 'liftedAt'];
const SECTIONS = {
  practitioners: 'practitioner',
  evidence: 'evidence',
  modelVersions: 'model-version',
  approvals: 'approval',
  stopUses: 'stop-use',
} as const;

/** What an import file says that turns the one set of records into the other; undefined where nothing does. */
export function importText(before: Partial<LivingRecords>, after: LivingRecords): string | undefined {
  const file: Record<string, unknown> = {};
  const removals: unknown[] = [];
  for (const [section, kind] of Object.entries(SECTIONS)) {
    const [old, next] = [recordsOf(before, section), recordsOf(after, section)];
    const changed = [...next]
      .filter(([id, text]) => old.get(id) !== text)
      .map(([, text]) => JSON.parse(text));
    if (changed.length > 0) file[section] = changed;
    const gone = [...old.keys()].filter((id) => !next.has(id));
    removals.push(...gone.map((id) => ({ kind, id, reason: 'made in error' })));
  }
  if (removals.length > 0) file['removals'] = removals;
  return Object.keys(file).length === 0 ? undefined : JSON.stringify(file);
}

/** Records of a section by id, each in the words of an import file. */
function recordsOf(records: Partial<LivingRecords>, section: string): ReadonlyMap<string, string> {
  const list: readonly object[] = records[section as keyof LivingRecords] ?? [];
  return new Map(list.map((record) => [idOf(record), JSON.stringify(record, dated)]));
}

function idOf(record: object): string {
  if ('id' in record) return String(record.id);
  return 'model' in record && 'version' in record ? `${String(record.model)}@${String(record.version)}` : '';
}

function dated(name: string, value: unknown): unknown {
  return MOMENTS.includes(name) && typeof value === 'number' ? new Date(value).toISOString() : value;
}
