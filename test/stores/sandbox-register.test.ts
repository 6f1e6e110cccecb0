import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sandboxPolicyText, sandboxRegister } from '../../fixtures/sandbox/sandbox-register.ts';
import { decideCoSignature } from '../../src/domain/co-signature.ts';
import { decide } from '../../src/domain/decide.ts';
import type { Principal } from '../../src/domain/principal.ts';
import type { RegisterSnapshot } from '../../src/domain/register.ts';
import type { StudyContext } from '../../src/domain/dicom/study-context.ts';
import type { AiFunction, Assurance } from '../../src/domain/words.ts';
import { checkRecords } from '../../src/register/check-records.ts';
import { createLiveRegister } from '../../src/register/live-register.ts';
import { parsePolicy } from '../../src/register/load-policy.ts';
import { parseTyped } from '../../src/register/parse-record.ts';
import { parseRegisterFile } from '../../src/register/parse-register-file.ts';
import { aStudy, modelName, versionString } from '../fakes/register-builder.ts';

/** Midnight, as the sandbox reckons; the cast comes at work later that day. */
const TODAY = Date.parse('2026-08-31T00:00:00Z');
const NOW = TODAY + 10 * 3_600_000;

const shippedText = readFileSync(join(__dirname, '../../config/policy/uk-pathway-2025.yaml'), 'utf8');
const policy = parsePolicy(sandboxPolicyText(shippedText), 'sandbox policy');
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

const file = sandboxRegister({
  now: TODAY,
  endpoints: { ocrUrl: 'http://127.0.0.1:4001', drafterUrl: 'http://127.0.0.1:4002' },
  digests: {
    'burned-in-text@1.0.0': digest('1'),
    'burned-in-text@2.0.0': digest('2'),
    'template-drafter@1.0.0': digest('3'),
  },
});

const changes = parseRegisterFile(JSON.stringify(file), 'sandbox').changes.map(({ change }) => change);

const typed = changes.map((change) => {
  const one = parseTyped(change);
  if (one === undefined) throw new Error('the sandbox register keeps to no schema');
  return one;
});
const live = createLiveRegister(policy);
const faults = checkRecords({ changes: typed, live, policy, now: NOW });
for (const change of typed) live.apply(change, TODAY);
const register: RegisterSnapshot = live.snapshot();

const ASSURANCE: Readonly<Record<string, Assurance>> = {
  'ben.carter': 2,
  'erin.novak': 1,
  'george.adeyemi': 1,
};

function signedIn(subject: string): Principal {
  return {
    kind: 'person',
    provider: 'urn:countersign:sandbox:identity-provider',
    subject,
    method: 'saml',
    assurance: ASSURANCE[subject] ?? 3,
    authenticatedAt: NOW - 60_000,
    expiresAt: NOW + 3_600_000,
    sessionRef: 's',
  };
}

const CR: StudyContext = aStudy({
  modalities: ['CR'],
  site: 'sandbox-general',
  simulator: true,
  ageYears: 63,
});

interface Asked {
  readonly model: string;
  readonly version: string;
  readonly function: AiFunction;
  readonly input?: 'study' | 'caller';
  readonly coSignature?: 'to-come';
}

const QUALITY: Asked = {
  model: 'burned-in-text',
  version: '1.0.0',
  function: 'quality-check',
  input: 'study',
};
const DETECTION: Asked = {
  model: 'burned-in-text',
  version: '1.0.0',
  function: 'detection',
  input: 'caller',
};
const QUALITY_2: Asked = {
  model: 'burned-in-text',
  version: '2.0.0',
  function: 'quality-check',
  input: 'study',
};
const DRAFT: Asked = {
  model: 'template-drafter',
  version: '1.0.0',
  function: 'report-draft',
  input: 'study',
};
const PRESCRIBING: Asked = {
  model: 'template-prescriber',
  version: '1.0.0',
  function: 'prescribing-suggestion',
  input: 'study',
};
const RECORDS: Asked = {
  model: 'template-record-reader',
  version: '1.0.0',
  function: 'record-query',
  input: 'study',
};
const VIEW: Asked = { model: 'burned-in-text', version: '1.0.0', function: 'view' };

function codes(who: string, asked: Asked, study: StudyContext): readonly string[] {
  const { model, version, ...rest } = asked;
  const question = {
    caller: signedIn(who),
    ...rest,
    model: modelName(model),
    version: versionString(version),
    study,
  };
  return decide(question, register, NOW).reasons.map(({ code }) => code);
}

const LOCKED_2 = ['not-released', 'approval-missing'];
const LAPSED = ['credential-lapsed', 'declaration-overdue'];
const UNTRAINED = ['credential-in-training', 'requirement-missing'];
const STRANGER = ['identity-unmapped', 'assurance-too-low'];
const OFF_PATHWAY = [
  'credential-missing',
  'requirement-missing',
  'guideline-unacknowledged',
  'approval-missing',
];
const AUDITOR = ['registration-lapsed', 'assurance-too-low', 'function-not-in-duty', 'approval-missing'];
const PHARMACIST = ['function-not-in-duty', 'approval-missing'];

describe('the sandbox register', () => {
  test('holds together', () => {
    expect(faults).toEqual([]);
    expect(policy).toMatchObject({ id: 'uk-pathway-2025-sandbox', callerInputAllowed: true });
  });

  test.each([
    { who: 'alice.osei', quality: [], detection: [], second: LOCKED_2, draft: [], view: [] },
    { who: 'ben.carter', quality: [], detection: [], second: LOCKED_2, draft: [], view: [] },
    {
      who: 'carol.singh',
      quality: [],
      detection: [...UNTRAINED, 'approval-missing'],
      second: ['not-released', ...UNTRAINED, 'approval-missing'],
      draft: [],
      view: [],
    },
    {
      who: 'david.lloyd',
      quality: LAPSED,
      detection: LAPSED,
      second: ['not-released', ...LAPSED, 'approval-missing'],
      draft: LAPSED,
      view: LAPSED,
    },
    {
      who: 'erin.novak',
      quality: STRANGER,
      detection: STRANGER,
      second: [...STRANGER, 'not-released'],
      draft: STRANGER,
      view: STRANGER,
    },
    {
      who: 'fiona.grant',
      quality: OFF_PATHWAY,
      detection: OFF_PATHWAY,
      second: ['not-released', ...OFF_PATHWAY],
      draft: OFF_PATHWAY,
      view: OFF_PATHWAY,
    },
    {
      who: 'george.adeyemi',
      quality: AUDITOR,
      detection: AUDITOR,
      second: [...AUDITOR.slice(0, 2), 'not-released', ...AUDITOR.slice(2)],
      draft: AUDITOR,
      view: AUDITOR,
    },
    {
      who: 'hana.patel',
      quality: PHARMACIST,
      detection: PHARMACIST,
      second: ['not-released', ...PHARMACIST],
      draft: PHARMACIST,
      view: PHARMACIST,
    },
  ])('on a sandbox study, $who', ({ who, quality, detection, second, draft, view }) => {
    expect({
      quality: codes(who, QUALITY, CR),
      detection: codes(who, DETECTION, CR),
      second: codes(who, QUALITY_2, CR),
      draft: codes(who, DRAFT, CR),
      view: codes(who, VIEW, CR),
    }).toEqual({ quality, detection, second, draft, view });
  });

  test('a study that is no simulation stays locked for sandbox approvals, and for no other', () => {
    const real = { ...CR, simulator: false };
    const everyone = [
      'alice.osei',
      'ben.carter',
      'carol.singh',
      'david.lloyd',
      'fiona.grant',
      'george.adeyemi',
    ];
    const locked = everyone.flatMap((who) =>
      [QUALITY, DETECTION, QUALITY_2, DRAFT, VIEW]
        .filter((asked) => codes(who, asked, real).includes('simulator-only'))
        .map((asked) => `${who} ${asked.function}`),
    );
    expect(locked).toEqual(['carol.singh report-draft']);
    expect(codes('alice.osei', DRAFT, real)).toEqual([]);
  });

  test('what wants a second person or a smart card is for her alone, and the pharmacist may co-sign it', () => {
    const sealed = { ...PRESCRIBING, coSignature: 'to-come' as const };
    expect(codes('alice.osei', sealed, CR)).toEqual([]);
    expect(codes('alice.osei', PRESCRIBING, CR)).toEqual(['co-signature-missing']);
    expect(codes('alice.osei', RECORDS, CR)).toEqual([]);
    for (const who of ['ben.carter', 'carol.singh', 'david.lloyd', 'hana.patel']) {
      expect(codes(who, sealed, CR)).not.toEqual([]);
      expect(codes(who, RECORDS, CR)).not.toEqual([]);
    }
    const { model, version, function: fn } = PRESCRIBING;
    const question = {
      caller: signedIn('hana.patel'),
      function: fn,
      model: modelName(model),
      version: versionString(version),
      study: CR,
      to: 'co-signed' as const,
    };
    for (const [name, reasons] of [
      ['alice.osei', []],
      ['hana.patel', ['co-signer-is-asker']],
    ] as const) {
      const asker = register.practitioners().find(({ id }) => id === name)?.id;
      if (asker === undefined) throw new Error(`${name} is in no register`);
      const said = decideCoSignature({ ...question, asker }, register, NOW).reasons;
      expect(said.map(({ code }) => code)).toEqual(reasons);
    }
  });

  test.each([
    { name: 'not the policy that ships', text: 'id: other\ncallerInputAllowed: false\n' },
    { name: 'says it twice', text: `${shippedText}\ncallerInputAllowed: false\n` },
  ])('the sandbox policy is made from the one that ships only: $name', ({ text }) => {
    expect(() => sandboxPolicyText(text)).toThrow(/exactly once/);
  });
});
