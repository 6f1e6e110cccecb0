import { judgeWithdrawal } from '../../src/domain/judge-withdrawal.ts';
import { refusedActEntry } from '../../src/domain/refused-act.ts';
import { actReasonOf } from '../../src/domain/act-reason-texts.ts';
import type { RecordDraft } from '../../src/domain/register-acts.ts';
import type { Consent } from '../../src/domain/register-proposal.ts';
import type { Evidence } from '../../src/domain/register.ts';
import { consentOf } from '../fakes/confirm-codes.ts';
import { PEOPLE, person, peopleRegister, signedIn, type PersonName } from '../fakes/act-people.ts';
import { NOW, practitionerId } from '../fakes/register-builder.ts';

describe('taking a proposal back', () => {
  const judge = (
    by: PersonName,
    proposal: { readonly consents: readonly Consent[] },
    drafts: readonly RecordDraft[] = [],
  ): readonly string[] =>
    judgeWithdrawal({ proposal, drafts }, person(by), peopleRegister(), NOW).map(({ code }) => code);
  const ask = (by: PersonName, first: PersonName, register = peopleRegister()): readonly string[] =>
    judgeWithdrawal(
      { proposal: { consents: [consentOf(first)] }, drafts: [] },
      person(by),
      register,
      NOW,
    ).map(({ code }) => code);
  test('is for whoever proposed it, and for programme leads', () => {
    expect(PEOPLE.filter((by) => ask(by, 'it').length === 0)).toEqual(['lead', 'other-lead', 'it']);
    expect(ask('director', 'it')).toEqual(['proposal-of-another']);
  });

  test('not of what concerns oneself, unless one has proposed it', () => {
    const ofLead = { kind: 'practitioner', id: 'lead', removed: true, reason: 'Left' } as const;
    const by = (...people: readonly PersonName[]) => ({ consents: people.map((name) => consentOf(name)) });
    expect(judge('lead', by('other-lead'), [ofLead])).toEqual(['interested-party']);
    expect(judge('lead', by('other-lead', 'lead'), [ofLead])).toEqual(['interested-party']);
    expect(judge('lead', by(), [ofLead])).toEqual(['interested-party']);
    expect(judge('lead', by('lead'), [ofLead])).toEqual([]);
    expect(judge('other-lead', by('director'), [ofLead])).toEqual([]);
    const ofIt = { ...ofLead, id: 'it' };
    expect(judge('it', by('lead'), [ofIt])).toEqual(['proposal-of-another', 'interested-party'].toSorted());
  });

  test('not while suspended', () => {
    const suspended: Evidence = {
      id: 'stop',
      practitioner: practitionerId('it'),
      type: 'suspension',
      happenedAt: NOW,
      attestedBy: 'lead',
    };
    expect(ask('it', 'it', peopleRegister({ evidence: [suspended] }))).toEqual(['practitioner-suspended']);
  });
});

describe('how a refused act stands in the case log', () => {
  const refused = {
    act: 'suspend' as const,
    principal: signedIn('trainee'),
    practitioner: 'trainee',
    reasons: [actReasonOf('act-not-in-duty')],
    requestId: 'request-1',
  };
  test('who, what and why; nobody is named outside the personal part', () => {
    const entry = refusedActEntry(refused, NOW);
    expect(entry).toMatchObject({
      kind: 'register.change',
      facts: { change: { kind: 'act', action: 'refused', act: 'suspend', reasons: ['act-not-in-duty'] } },
      personal: { user: 'trainee', subject: 'trainee' },
    });
    const { personal: _personal, ...rest } = entry;
    expect(JSON.stringify(rest)).not.toContain('trainee');
    const { practitioner: _practitioner, ...unknown } = refused;
    expect(refusedActEntry(unknown, NOW).personal).toEqual({ subject: 'trainee' });
  });

  test('once a minute for the same session, act and reasons', () => {
    const { id } = refusedActEntry(refused, NOW);
    expect(refusedActEntry({ ...refused, requestId: 'request-2' }, NOW + 59_999).id).toBe(id);
    expect(refusedActEntry(refused, NOW + 60_000).id).not.toBe(id);
    expect(refusedActEntry({ ...refused, act: 'import' }, NOW).id).not.toBe(id);
    expect(refusedActEntry({ ...refused, reasons: [] }, NOW).id).not.toBe(id);
    expect(refusedActEntry({ ...refused, principal: signedIn('it') }, NOW).id).not.toBe(id);
  });
});
