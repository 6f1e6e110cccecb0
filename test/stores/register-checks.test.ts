import { RegisterFileFaults } from '../../src/register/parse-register-file.ts';
import {
  aRegisterFile,
  createRegisterHouse,
  onlySections,
  type RegisterHouse,
} from '../fakes/register-house.ts';

type Change = { readonly [key: string]: unknown };

const STOP = {
  id: 'S-1',
  model: 'lung-nodule',
  version: '2.1.0',
  from: '2026-03-01',
  reason: 'drift',
  by: 'lead',
};
const stop = (change: Change): string => onlySections({ stopUses: [{ ...STOP, ...change }] });

describe('an import file beside what the register says', () => {
  let house: RegisterHouse;
  beforeAll(async () => {
    house = await createRegisterHouse();
    await house.applied();
  });
  afterAll(async () => {
    await house.close();
  });

  const [base] = aRegisterFile().evidence;
  const [granted] = aRegisterFile().approvals;
  const [known] = aRegisterFile().practitioners;
  const piece = (change: Change): string => JSON.stringify({ evidence: [{ ...base, id: 'E-9', ...change }] });
  const grant = (change: Change): string =>
    JSON.stringify({ approvals: [{ ...granted, id: 'A-9', ...change }] });
  const osce = { practitioner: base?.practitioner, happenedAt: '2026-03-01', station: 1, result: 'pass' };
  const removal = (kind: string, id: string): string =>
    JSON.stringify({ removals: [{ kind, id, reason: 'by mistake' }] });

  test.each([
    {
      name: 'evidence of nobody',
      text: piece({ practitioner: 'nobody' }),
      fault: 'evidence.0.practitioner: nobody is no practitioner of the register',
    },
    {
      name: 'both parts of the high-stakes OSCE by one assessor, however written',
      text: JSON.stringify({
        evidence: ['rcr', 'caldicott'].map((part, place) => ({
          ...osce,
          id: `E-${String(place)}`,
          type: `osce-high-stakes-${part}`,
          attestedBy: place === 0 ? 'Dr Jane Doe' : 'dr jane  doe',
        })),
      }),
      fault: 'evidence.0.attestedBy: marked the other part too: the two assessors must be two people',
    },
    {
      name: 'evidence of tomorrow',
      text: piece({ happenedAt: '2026-03-11', validUntil: '2027-01-01' }),
      fault: 'evidence.0.happenedAt: has not happened yet',
    },
    {
      name: 'an award of a scheme that is none',
      text: piece({ type: 'award', scheme: 'rc-xx' }),
      fault: 'evidence.0.scheme: rc-xx is no scheme of the policy',
    },
    {
      name: 'a lifting of nothing',
      text: piece({ type: 'suspension-lifted' }),
      fault: 'evidence.0.type: lifts nothing: there is no suspension of the same kind before it',
    },
    {
      name: 'a login of somebody else',
      text: JSON.stringify({ practitioners: [{ ...known, id: 'other' }] }),
      fault: 'practitioners.0.identities: one of these logins names another practitioner too',
    },
    {
      name: 'an approval for an unknown version',
      text: grant({ version: '2.1.1' }),
      fault: 'approvals.0.version: lung-nodule 2.1.1 is not in the register',
    },
    {
      name: 'an approval for a function that nothing serves',
      text: grant({ functions: ['triage'] }),
      fault: 'approvals.0.functions: lung-nodule 2.1.0 does not serve triage',
    },
    {
      name: 'granted by nobody',
      text: grant({ grantedBy: 'nobody' }),
      fault: 'approvals.0.grantedBy: nobody is no practitioner of the register',
    },
    {
      name: 'a supervisor who does not exist',
      text: grant({ mode: 'supervised', supervisor: 'nobody' }),
      fault: 'approvals.0.supervisor: nobody is no practitioner of the register',
    },
    {
      name: 'a supervisor who may not do it alone',
      text: grant({ mode: 'supervised', supervisor: 'lead' }),
      fault:
        'approvals.0.supervisor: lead has no independent approval at the time for detection, view with this version',
    },
    {
      name: 'two that say the same for the same time',
      text: grant({ from: '2027-01-31', until: '2028-01-01', functions: ['view'] }),
      fault: 'approvals.0.from: overlaps A-1, which is for the same version, function and mode',
    },
    {
      name: 'a stop-use of an unknown version',
      text: stop({ version: '9' }),
      fault: 'stopUses.0.model: no version in the register is meant by this',
    },
    {
      name: 'a stop-use by nobody',
      text: stop({ by: 'nobody' }),
      fault: 'stopUses.0.by: nobody is no practitioner of the register',
    },
    {
      name: 'taking back what is not there',
      text: removal('evidence', 'E-77'),
      fault: 'removals.0.id: there is no such record',
    },
    {
      name: 'taking back a person of whom more is said',
      text: removal('practitioner', 'radiologist'),
      fault: 'evidence E-1: practitioner: radiologist is no practitioner of the register',
    },
  ])('$name', async ({ text, fault }) => {
    const faults = await house.propose(text).then(
      () => [],
      (error: unknown) => (error instanceof RegisterFileFaults ? error.faults : []),
    );
    expect(faults.map(({ path, message }) => `${path}: ${message}`)).toContainEqual(fault);
    expect(await house.register.pending()).toEqual([]);
  });

  test.each([
    {
      name: 'a stop-use of the whole site',
      text: stop({ model: undefined, version: undefined, site: 'general' }),
    },
    {
      name: 'a stop-use of a family',
      text: stop({ model: undefined, version: undefined, family: 'lung-ct' }),
    },
    {
      name: 'a suspension and its lifting',
      text: JSON.stringify({
        evidence: [
          { ...base, id: 'E-8', type: 'suspension', happenedAt: '2026-03-01' },
          { ...base, id: 'E-9', type: 'suspension-lifted', happenedAt: '2026-03-02' },
        ],
      }),
    },
  ])('good: $name', async ({ text }) => {
    expect((await house.propose(text)).state).toBe('pending');
  });
});
