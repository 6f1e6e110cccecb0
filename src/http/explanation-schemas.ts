import { z } from 'zod';
import { CASE_STATES } from '../domain/case-view.ts';
import { SCHEME_PARTS } from '../domain/credential-status.ts';
import { ENTRY_KINDS } from '../domain/log-entry.ts';
import { QUESTION_LABELS } from '../domain/recorded-question.ts';
import { ANSWER_PARTS, REPLAY_KINDS } from '../domain/replay-decision.ts';
import { ORIENTATIONS } from '../domain/dicom/series-facts.ts';
import { AGE_BANDS } from '../domain/dicom/study-context.ts';
import {
  AI_FUNCTIONS,
  APPROVAL_MODES,
  ASSURANCES,
  CREDENTIAL_STATUSES,
  HELD_FOR,
  INPUT_SOURCES,
  PROTOCOLS,
  MODEL_STATES,
  PROFESSIONS,
} from '../domain/words.ts';
import { KNOWN } from '../flows/who-could-use.ts';
import { modelName, versionString } from './api-schemas.ts';
import { reason } from './openapi-answers.ts';

export const whoCouldUseQuery = z.strictObject({
  model: modelName,
  version: versionString,
  on: z.union([z.iso.date(), z.iso.datetime()], { error: 'must be a day or an instant' }).meta({
    description:
      'A moment, such as 2026-03-03T09:30:00Z; a day means its last moment in the gateway’s time zone.',
  }),
  known: z.enum(KNOWN).default('then').meta({
    description: 'As the register was on record at that moment, or with all that was recorded since.',
  }),
  site: z
    .string()
    .regex(/^[^\p{Cc}]{1,64}$/u)
    .optional()
    .meta({ description: 'One site; any where it is absent.' }),
});

/** Shapes of what is answered. */
const instant = z.string().meta({ format: 'date-time', description: 'ISO 8601, UTC.' });
const answer = z.strictObject({
  result: z.enum(['permit', 'deny']),
  reasons: z.array(z.string()).meta({ description: 'Codes.' }),
  practitioner: z.string().optional(),
  supervisor: z.string().optional(),
  credential: z.strictObject({ id: z.string(), status: z.string() }).optional(),
  approval: z.strictObject({ id: z.string(), mode: z.string() }).optional(),
  modelDigest: z.string().optional(),
  endpoint: z.string().optional(),
});
const obstacle = z.discriminatedUnion('code', [
  z.strictObject({ code: z.literal('erased'), labels: z.array(z.enum(QUESTION_LABELS)) }),
  z.strictObject({ code: z.literal('not-recorded') }),
  z.strictObject({ code: z.literal('register-gone') }),
  z.strictObject({
    code: z.literal('policy-unreadable'),
    policy: z.string().meta({ description: 'Its digest.' }),
  }),
  z.strictObject({ code: z.literal('other-rules'), recorded: z.int(), here: z.int() }),
]);
const span = z.strictObject({ min: z.number(), max: z.number() });
const seriesFacts = z.strictObject({
  modality: z.string(),
  sliceThicknessMm: span.optional(),
  kvp: span.optional(),
  orientation: z.enum([...ORIENTATIONS, 'oblique', 'mixed']).optional(),
  burnedIn: z.boolean().optional(),
  derived: z.boolean().optional(),
});
const said = { model: z.string().optional(), version: z.string().optional() };
const attested = z.strictObject({
  ...said,
  metadata: z.strictObject(said).optional(),
  checksum: z.string().optional(),
  after: z.string().optional(),
});
const asked = z.strictObject({
  login: z.strictObject({ method: z.string(), assurance: z.literal(ASSURANCES), at: instant }).optional(),
  site: z.string().optional(),
  study: z
    .strictObject({
      modality: z.array(z.string()),
      bodyPart: z.array(z.string()),
      age: z.enum(AGE_BANDS),
      simulator: z.boolean().optional(),
      series: z.array(seriesFacts).optional().meta({
        description: 'How its series were made, where a limit of the version’s was held against it.',
      }),
      seriesNamed: z.literal(true).optional().meta({
        description: 'The call named the one series that is its input; that one alone was judged.',
      }),
    })
    .optional(),
  input: z.enum(INPUT_SOURCES).optional(),
  protocol: z.enum(PROTOCOLS).optional(),
  wants: z.literal('text').optional().meta({ description: 'The call asked for a text and nothing else.' }),
  locked: z.literal(true).optional(),
  coSignature: z.enum(['to-come', 'given']).optional(),
  attested: attested.optional(),
  madeAt: instant.optional(),
  heldFor: z.enum(HELD_FOR).optional(),
});
const policy = z.strictObject({ id: z.string(), version: z.string(), digest: z.string() });
const person = z.strictObject({ id: z.string(), name: z.string() });
const requirement = z.strictObject({
  title: z.string(),
  part: z.enum(SCHEME_PARTS),
  met: z.boolean(),
  metUntil: instant.optional(),
  family: z.string().optional(),
  source: z.string().meta({ description: 'The sentence of the pathway it comes from.' }),
});
const stood = z.strictObject({
  practitioner: person.extend({ profession: z.enum(PROFESSIONS) }).optional(),
  credentials: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      status: z.enum(CREDENTIAL_STATUSES),
      requirements: z.array(requirement),
    }),
  ),
  approval: z
    .strictObject({
      id: z.string(),
      functions: z.array(z.enum(AI_FUNCTIONS)),
      mode: z.enum(APPROVAL_MODES),
      from: instant,
      until: instant,
      grantedBy: z.string(),
      supervisor: z.string().optional(),
      plan: z.string().optional(),
      carriedFrom: z.string().optional(),
      endedBecause: z.string().optional(),
    })
    .optional(),
  supervisor: person.optional(),
  model: z
    .strictObject({
      title: z.string(),
      family: z.string(),
      digest: z.string(),
      state: z.enum(MODEL_STATES),
      retiredAt: instant.optional(),
      releases: z.array(
        z.strictObject({
          site: z.string(),
          from: instant,
          until: instant.optional(),
          signedBy: z.string().optional(),
          plan: z.string().optional(),
        }),
      ),
    })
    .optional(),
  stopUses: z.array(
    z.strictObject({
      id: z.string(),
      model: z.string().optional(),
      version: z.string().optional(),
      family: z.string().optional(),
      site: z.string().optional(),
      endpoint: z.string().optional().meta({
        description: 'The one endpoint that it holds for: it did not prove its version.',
      }),
      from: instant,
      until: instant.optional(),
      liftedAt: instant.optional(),
      liftedBy: z.array(z.string()).optional(),
      liftedBecause: z.string().optional(),
      reason: z.string(),
      by: z.string(),
    }),
  ),
});
const verdict = z.enum(REPLAY_KINDS);

export const explanation = z.strictObject({
  caseId: z.string(),
  state: z.enum(CASE_STATES),
  function: z.string(),
  model: z.string(),
  version: z.string(),
  verdict: verdict.meta({
    description:
      'different when one decision comes out otherwise, else unreplayable when one cannot be decided again.',
  }),
  isOwn: z.boolean().meta({ description: 'Whether it is your own case.' }),
  decisions: z.array(
    z.strictObject({
      seq: z.int().min(0).meta({ description: 'Place in the case log.' }),
      kind: z.enum(ENTRY_KINDS),
      decidedAt: instant,
      question: z.string(),
      asked,
      answer: answer.meta({ description: 'As it is on record.' }),
      reasons: z.array(reason),
      release: z.enum(['released', 'withheld', 'sealed']).optional(),
      err: z.string().optional(),
      registerSequence: z.int().min(0),
      policy: policy.optional(),
      replay: z.strictObject({
        kind: verdict,
        text: z.string(),
        differs: z.array(z.enum(ANSWER_PARTS)),
        because: obstacle.optional(),
        replayed: answer.optional(),
      }),
      stood: stood.optional().meta({ description: 'What it rested on, as it stood.' }),
    }),
  ),
});

export const couldUse = z.strictObject({
  model: z.string(),
  version: z.string(),
  at: instant,
  known: z.enum(KNOWN),
  site: z.string().optional(),
  registerSequence: z.int().min(1),
  policy,
  isRegistered: z.boolean().meta({ description: 'Whether the register held that version.' }),
  rows: z.array(
    z.strictObject({
      practitioner: z.string(),
      name: z.string(),
      function: z.enum(AI_FUNCTIONS),
      permitted: z.boolean(),
      reasons: z.array(reason),
      approval: z
        .strictObject({ id: z.string(), mode: z.enum(APPROVAL_MODES), supervisor: z.string().optional() })
        .optional(),
      credential: z.strictObject({ id: z.string(), status: z.string() }).optional(),
    }),
  ),
});
