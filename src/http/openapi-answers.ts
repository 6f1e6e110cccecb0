import { z } from 'zod';
import { DOSE_QUANTITIES, DOSE_UNITS } from '../domain/dose.ts';
import { CASE_STATES } from '../domain/case-view.ts';
import { TRUTH_SOURCES, TRUTH_VERDICTS } from '../domain/truth-words.ts';
import { PROBLEM_CODES } from '../domain/errors.ts';
import { ENTRY_KINDS } from '../domain/log-entry.ts';
import { ACT_REASONS } from '../domain/act-reasons.ts';
import { REASONS } from '../domain/reasons.ts';
import {
  APPROVAL_MODES,
  DISPOSITIONS,
  ENDPOINT_FUNCTIONS,
  INPUT_SOURCES,
  PROTOCOLS,
  PROFESSIONS,
  REGISTER_ROLES,
  TOKEN_SCOPES,
} from '../domain/words.ts';

/** Shapes of what the API answers. They describe, they do not check: what is sent is made by typed code. */

const instant = z.string().meta({ format: 'date-time', description: 'ISO 8601, UTC.' });
const seq = z.int().min(0).meta({ description: 'Place in the case log.' });
const next = z.string().optional().meta({ description: 'Cursor of the next page; absent on the last.' });

export const reason = z
  .strictObject({
    code: z.enum([...REASONS, ...ACT_REASONS]),
    text: z.string().meta({ description: 'One sentence for the person.' }),
    remedy: z.string().meta({ description: 'What to do about it.' }),
    assurance: z
      .union([z.literal(1), z.literal(2), z.literal(3)])
      .optional()
      .meta({ description: 'How strongly to sign in, where that is what is wanted.' }),
  })
  .meta({ id: 'Reason' });

export const problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(PROBLEM_CODES),
  detail: z.string().optional(),
  reasons: z.array(reason),
  caseId: z.string().optional(),
  requestId: z.string(),
});

export const models = z.strictObject({
  models: z.array(
    z.strictObject({
      model: z.string(),
      version: z.string(),
      title: z.string(),
      function: z.enum(ENDPOINT_FUNCTIONS),
      input: z.enum(INPUT_SOURCES),
      protocol: z.enum(PROTOCOLS).meta({ description: 'The dialect in which it is called.' }),
      permitted: z.boolean(),
      reasons: z.array(reason),
    }),
  ),
});

/** A dose that a model recommends, held against its local level. */
export const doseFlag = z
  .strictObject({
    quantity: z.enum(DOSE_QUANTITIES),
    unit: z.enum(DOSE_UNITS),
    value: z.number(),
    level: z.strictObject({ id: z.string(), value: z.number(), unit: z.enum(DOSE_UNITS) }).optional(),
    exceeds: z.boolean(),
  })
  .meta({ id: 'DoseFlag' });

export const oneCase = z
  .strictObject({
    caseId: z.string(),
    openedAt: instant,
    state: z.enum(CASE_STATES),
    function: z.string(),
    model: z.string(),
    version: z.string(),
    site: z.string().optional(),
    modality: z.array(z.string()),
    reasons: z
      .array(z.string())
      .meta({ description: 'Reason codes of a refusal, or of a result that was not let out.' }),
    err: z.string().optional(),
    shownInPart: z.literal(true).optional().meta({
      description:
        'It came in pieces and was cut: some of it was shown, or nobody can say that it was not. Links lead to what can be said of a part.',
    }),
    score: z.number().optional(),
    positive: z.boolean().optional(),
    finding: z.string().optional(),
    dose: z.array(doseFlag).optional().meta({
      description:
        'Recommended doses against the local reference levels; no level where none is for such a study.',
    }),
    inputVerified: z.boolean().optional(),
    disposition: z.enum(DISPOSITIONS).optional(),
    dispositionReason: z.string().optional(),
    dispositionCode: z.string().optional(),
    changedShare: z.number().optional().meta({ description: 'How much of a draft was changed, 0 to 1.' }),
    disclosed: z.boolean().optional(),
    truth: z
      .array(
        z.strictObject({
          source: z.enum(TRUTH_SOURCES),
          verdict: z.enum(TRUTH_VERDICTS),
          replaces: z.enum(TRUTH_VERDICTS).optional(),
          date: z.string().optional(),
          code: z.string().optional(),
        }),
      )
      .optional()
      .meta({ description: 'What was found out later, the newest of each source.' }),
    mode: z.enum(APPROVAL_MODES).optional(),
    signOff: z
      .enum(['awaited', 'given'])
      .optional()
      .meta({ description: 'Supervised cases: whether their supervisor has signed them off.' }),
    coSigned: z.boolean().optional(),
    links: z.partialRecord(z.enum(DISPOSITIONS), z.string()).optional().meta({
      description:
        'Pages on which one button records that disposition; with `/<reason code>` behind it, its reason too.',
    }),
    textDigest: z.string().optional(),
    studyInstanceUid: z.string().optional(),
    practitioner: z.string().optional(),
    supervisor: z.string().optional(),
    entries: z.array(z.strictObject({ seq, kind: z.string(), at: instant })),
  })
  .meta({ id: 'Case' });
export const cases = z.strictObject({ cases: z.array(oneCase), next });

export const dispositionReasons = z.strictObject({
  dispositions: z.array(
    z.strictObject({
      disposition: z.enum(DISPOSITIONS),
      reasons: z.array(z.strictObject({ code: z.string(), title: z.string() })),
    }),
  ),
});

export const dispositionRecorded = z.strictObject({
  caseId: z.string(),
  disposition: z.enum(DISPOSITIONS),
  receipt: z.strictObject({
    seq,
    id: z.string(),
    leaf: z.string().meta({ description: 'Leaf hash, hex (RFC 6962).' }),
  }),
});

export const verification = z
  .strictObject({
    verifiedSize: z
      .int()
      .min(0)
      .meta({ description: 'Entries below this were recomputed and match the checkpoint.' }),
    size: z.int().min(0),
    checkpoint: z.string().optional().meta({ description: 'The newest signed checkpoint, verbatim.' }),
    problem: z.string().optional().meta({ description: 'What does not match, and where.' }),
  })
  .meta({ id: 'Verification' });

const entry = z.strictObject({
  seq,
  id: z.string(),
  kind: z.enum(ENTRY_KINDS),
  caseId: z.string().optional(),
  intent: z.string().optional(),
  at: instant,
  leaf: z.string(),
  facts: z.record(z.string(), z.unknown()),
  practitioner: z.string().optional(),
  studyInstanceUid: z.string().optional(),
});
export const caseLog = z.strictObject({ entries: z.array(entry), next, verification });

export const drift = z.strictObject({
  rows: z.array(
    z.strictObject({
      model: z.string(),
      version: z.string(),
      site: z.string(),
      day: z.string(),
      maker: z.string(),
      sex: z.string(),
      ageBand: z.string(),
      counter: z.string(),
      bin: z.string(),
      value: z.number(),
    }),
  ),
});

const person = z.strictObject({
  kind: z.literal('person'),
  practitioner: z
    .strictObject({
      id: z.string(),
      name: z.string(),
      profession: z.enum(PROFESSIONS),
      roles: z.array(z.enum(REGISTER_ROLES)),
    })
    .nullable()
    .meta({ description: 'Null when the login names nobody in the AI register, or more than one person.' }),
  identityProvider: z.string(),
  nameId: z.string(),
  method: z.enum(['saml', 'smart-card', 'oidc', 'break-glass']),
  assurance: z
    .union([z.literal(1), z.literal(2), z.literal(3)])
    .meta({ description: '1 password, 2 second factor, 3 smart card.' }),
  authenticatedAt: instant,
  expiresAt: instant,
  role: z
    .strictObject({ id: z.string(), name: z.string().optional(), organisation: z.string().optional() })
    .optional()
    .meta({ description: 'The role chosen at the identity provider, where one was.' }),
  scopes: z
    .array(z.enum(TOKEN_SCOPES))
    .optional()
    .meta({ description: 'What a bearer token is good for; absent for the session of a browser.' }),
  unconfirmed: z
    .literal(true)
    .optional()
    .meta({ description: 'Sessions cannot be checked at the moment: images only.' }),
});
const machine = z.strictObject({
  kind: z.literal('machine'),
  id: z.string(),
  purpose: z.enum(['ai-results', 'modality', 'pacs-events', 'truth']),
  models: z.array(z.strictObject({ model: z.string(), version: z.string() })),
});
export const whoCalls = z.discriminatedUnion('kind', [person, machine]).meta({ id: 'Caller' });

export const alive = z.strictObject({ alive: z.literal(true) });
export const readiness = z.strictObject({
  ready: z.boolean().meta({ description: 'Whether images can be served.' }),
  aiLocked: z.boolean(),
  aiLockedBecause: z.array(z.string()),
  parts: z.array(
    z.strictObject({
      part: z.enum(['register', 'case-log', 'pacs', 'identity', 'drift', 'policy']),
      name: z.string().optional().meta({ description: 'The id of a PACS that is not the main one.' }),
      ok: z.boolean(),
      detail: z.string(),
    }),
  ),
});

/** The AI door's metadata and health, as the Open Inference Protocol has them. */
export const inferenceServer = z.strictObject({
  name: z.string(),
  version: z.string(),
  extensions: z.array(z.string()),
});
export const modelMetadata = z.strictObject({
  name: z.string(),
  versions: z.array(z.string()),
  platform: z.string(),
  inputs: z.array(z.unknown()),
  outputs: z.array(z.unknown()),
});
export const serverLive = z.strictObject({ live: z.boolean() });
export const serverReady = z.strictObject({ live: z.boolean(), ready: z.boolean() });
export const modelReady = z.strictObject({ name: z.string(), ready: z.boolean() });
