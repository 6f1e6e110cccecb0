import { parsePolicy } from '../../src/register/load-policy.ts';
import { faultsIn, shippedPolicyText } from '../fakes/policy-folder.ts';

const TEXT = shippedPolicyText();

/** The shipped policy with one text in place of another that it holds. */
function changed(from: string, to: string): string {
  expect(TEXT).toContain(from);
  return TEXT.replace(from, to);
}

/** Line of the changed policy on which a text stands first. */
function lineOf(text: string, part: string): number {
  return text.slice(0, text.indexOf(part)).split('\n').length;
}

const OWN_ACT = '  - act: declare\n';
const SECOND = 'second: { roles: [programme-lead, clinical-director] }';
const CPD = 'evidence: [cpd]\n        minCredits: 20';
const MINI_CEX = 'evidence: [mini-cex]\n';

describe('what a policy says that cannot all hold', () => {
  test.each([
    {
      name: 'an act given twice',
      from: '- act: log-cpd',
      to: '- act: declare',
      at: '- act: declare\n    minAssurance: 2\n    maxLoginAgeMinutes: 720\n    source: Radiologists',
      path: 'acts.1',
      message: 'declare is given twice',
    },
    {
      name: 'two people and nobody to be the second',
      from: SECOND,
      to: 'second: { roles: [], credentials: [] }',
      at: 'second: { roles: [], credentials: [] }',
      path: 'acts.27.second',
      message: 'nobody could be the second person: name roles or credentials',
    },
    {
      name: 'a second person where one is enough',
      from: `people: 2\n    ${SECOND}`,
      to: SECOND,
      at: SECOND,
      path: 'acts.27.second',
      message: 'a second person stands only where `people` is 2',
    },
    {
      name: 'one’s own act with roles',
      from: OWN_ACT,
      to: `${OWN_ACT}    roles: [auditor]\n`,
      at: OWN_ACT.trim(),
      path: 'acts.0.act',
      message: "declare is one's own: it names no roles, no credentials and no second person",
    },
    {
      name: 'one’s own act for two',
      from: OWN_ACT,
      to: `${OWN_ACT}    people: 2\n`,
      at: OWN_ACT.trim(),
      path: 'acts.0.act',
      message: "declare is one's own: it names no roles, no credentials and no second person",
    },
    {
      name: 'an act of nobody',
      from: '- act: retire-model\n    credentials: [rc-ai]',
      to: '- act: retire-model',
      at: '- act: retire-model',
      path: 'acts.22.act',
      message: "retire-model is nobody's: name roles or credentials, or leave it out",
    },
    {
      name: 'an act for a credential that is no scheme',
      from: '- act: retire-model\n    credentials: [rc-ai]',
      to: '- act: retire-model\n    credentials: [rc-xx]',
      at: 'credentials: [rc-xx]',
      path: 'acts.22.credentials',
      message: 'rc-xx is no scheme of this policy',
    },
    {
      name: 'a second person with a credential that is no scheme',
      from: 'second: { roles: [programme-lead, clinical-director], credentials: [rc-ai] }',
      to: 'second: { roles: [programme-lead], credentials: [rc-xx] }',
      at: 'second: { roles: [programme-lead], credentials: [rc-xx] }',
      path: 'acts.15.second.credentials',
      message: 'rc-xx is no scheme of this policy',
    },
    {
      name: 'an attestation by a credential that is no scheme',
      from: 'credentials: [rc-ai]\n    source: Each is discussed',
      to: 'credentials: [rc-xx]\n    source: Each is discussed',
      at: 'credentials: [rc-xx]',
      path: 'attestations.3.credentials',
      message: 'rc-xx is no scheme of this policy',
    },
    {
      name: 'evidence that a scheme asks for and nobody may enter',
      from: 'evidence: [entry-clearance]\n    roles',
      to: 'evidence: [essay]\n    roles',
      at: 'evidence: [entry-clearance]',
      path: 'schemes.0.entry.4.evidence.0',
      message: 'entry-clearance is asked for, and no attestation says who may enter it',
    },
    {
      name: 'evidence that a duty asks for and nobody may enter',
      from: ', osce-prescribing]\n    roles',
      to: ']\n    roles',
      at: 'evidence: [osce-prescribing]',
      path: 'duties.8.evidence.0',
      message: 'osce-prescribing is asked for, and no attestation says who may enter it',
    },
    {
      name: 'evidence attested by two rules',
      from: 'evidence: [entry-clearance]\n    roles',
      to: 'evidence: [entry-clearance, cct]\n    roles',
      at: 'evidence: [entry-clearance, cct]',
      path: 'attestations.1.evidence.1',
      message: 'cct is given twice',
    },
    {
      name: 'an award by attestation',
      from: 'evidence: [entry-clearance]\n    roles',
      to: 'evidence: [entry-clearance, award]\n    roles',
      at: 'evidence: [entry-clearance, award]',
      path: 'attestations.1.evidence.1',
      message: 'award is put on record by an act of its own',
    },
    {
      name: 'an attestation of nobody',
      from: 'evidence: [entry-clearance]\n    roles: [clinical-director]',
      to: 'evidence: [entry-clearance]',
      at: '  - evidence: [entry-clearance]\n    source',
      path: 'attestations.1',
      message: 'nobody may: name roles or credentials',
    },
    {
      name: 'a final interpretation by who is always supervised',
      from: '- disposition: accepted\n    credentials: [rc-ai]',
      to: '- disposition: accepted\n    credentials: [rc-ai, registrar]',
      at: 'credentials: [rc-ai, registrar]',
      path: 'dispositions.0.credentials',
      message: 'registrar always works supervised, and "accepted" is a final interpretation',
    },
    {
      name: 'criteria of evidence that has none',
      from: MINI_CEX,
      to: `${MINI_CEX}        criteria: [good]\n`,
      at: 'criteria: [good]',
      path: 'schemes.0.award.4.criteria',
      message: 'nobody could meet this: mini-cex never says it',
    },
    {
      name: 'statements of evidence that makes none',
      from: MINI_CEX,
      to: `${MINI_CEX}        statements: [stayed-in-scope]\n`,
      at: 'statements: [stayed-in-scope]',
      path: 'schemes.0.award.4.statements',
      message: 'nobody could meet this: mini-cex never says it',
    },
    {
      name: 'consecutive evidence without places',
      from: MINI_CEX,
      to: `${MINI_CEX}        consecutive: true\n`,
      at: 'evidence: [mini-cex]\n        consecutive: true',
      path: 'schemes.0.award.4.consecutive',
      message: 'nobody could meet this: mini-cex never says it',
    },
    {
      name: 'stations of evidence that has none',
      from: MINI_CEX,
      to: `${MINI_CEX}        minDistinct: { field: station, count: 2 }\n`,
      at: 'minDistinct: { field: station, count: 2 }',
      path: 'schemes.0.award.4.minDistinct',
      message: 'nobody could meet this: mini-cex never says it',
    },
    {
      name: 'units of evidence that has none',
      from: 'minDistinct: { field: station, count: 3 }',
      to: 'minDistinct: { field: unit, count: 3 }',
      at: 'minDistinct: { field: unit, count: 3 }',
      path: 'schemes.0.award.6.minDistinct',
      message: 'nobody could meet this: osce-high-stakes-rcr never says it',
    },
    {
      name: 'credits of evidence that has none',
      from: MINI_CEX,
      to: `${MINI_CEX}        minCredits: 5\n`,
      at: 'minCredits: 5\n',
      path: 'schemes.0.award.4.minCredits',
      message: 'nobody could meet this: mini-cex never says it',
    },
    {
      name: 'a score of evidence that has none',
      from: 'evidence: [cct, frcr]\n',
      to: 'evidence: [cct, frcr]\n        minScore: 1\n',
      at: 'minScore: 1\n',
      path: 'schemes.0.entry.1.minScore',
      message: 'nobody could meet this: cct and frcr never says it',
    },
    {
      name: 'a family of evidence that names none',
      from: 'withinMonths: 12\n        graceMonths: 12\n        reason: declaration-overdue',
      to: 'withinMonths: 12\n        perModelFamily: true\n        reason: declaration-overdue',
      at: 'perModelFamily: true',
      path: 'schemes.0.continuing.0.perModelFamily',
      message: 'nobody could meet this: annual-declaration never says it',
    },
    {
      name: 'a band of doctors',
      from: MINI_CEX,
      to: `${MINI_CEX}        minBand: 7\n`,
      at: 'minBand: 7',
      path: 'schemes.0.award.4.minBand',
      message: 'nobody could meet this: no radiologist has a band',
    },
    {
      name: 'a suspension as an achievement',
      from: MINI_CEX,
      to: 'evidence: [mini-cex, suspension]\n',
      at: 'evidence: [mini-cex, suspension]',
      path: 'schemes.0.award.4.evidence.1',
      message: 'suspension is no achievement',
    },
    {
      name: 'the listing before there is one',
      from: 'evidence: [cct, frcr]\n',
      to: 'evidence: [award]\n',
      at: 'evidence: [award]',
      path: 'schemes.0.entry.1.evidence.0',
      message: 'the listing is asked for by itself, in `award`',
    },
    {
      name: 'the listing, or something else',
      from: MINI_CEX,
      to: 'evidence: [mini-cex, award]\n',
      at: 'evidence: [mini-cex, award]',
      path: 'schemes.0.award.4.evidence.1',
      message: 'the listing is asked for by itself, in `award`',
    },
    {
      name: 'local evidence of anything',
      from: MINI_CEX,
      to: 'evidence: [local]\n',
      at: 'evidence: [local]',
      path: 'schemes.0.award.4.evidence.0',
      message: 'needs `criteria`: without them, local evidence of anything would do',
    },
    {
      name: 'a reason that says nothing of evidence',
      from: `${CPD}\n        withinMonths: 24\n        graceMonths: 24\n        reason: cpd-short`,
      to: `${CPD}\n        withinMonths: 24\n        graceMonths: 24\n        reason: stop-use`,
      at: 'reason: stop-use',
      path: 'schemes.0.continuing.1.reason',
      message: 'stop-use says nothing of evidence: use requirement-missing',
    },
    {
      name: 'a reason that speaks of other evidence',
      from: `${CPD}\n        withinMonths: 24\n        graceMonths: 24\n        reason: cpd-short`,
      to: `${CPD}\n        withinMonths: 24\n        graceMonths: 24\n        reason: audit-overdue`,
      at: `graceMonths: 24\n        reason: audit-overdue`,
      path: 'schemes.0.continuing.1.reason',
      message: 'audit-overdue speaks of audit-led and board-minutes only',
      below: 1,
    },
    {
      name: 'notice days in no order',
      from: 'noticeDays: [90, 30, 7]',
      to: 'noticeDays: [30, 90, 7]',
      at: 'noticeDays: [30, 90, 7]',
      path: 'noticeDays',
      message: 'longest first, each once',
    },
  ])('$name', ({ from, to, at, path, message, below = 0 }) => {
    const text = changed(from, to);
    expect(faultsIn(() => parsePolicy(text, 'p.yaml'))).toContainEqual({
      file: 'p.yaml',
      line: lineOf(text, at) + (path.endsWith('consecutive') ? 1 : below),
      path,
      message,
    });
  });
});
