import type { ActFinding } from './act-finding.ts';
import {
  nothingBut,
  type ActMatter,
  type ActNamed,
  type ActOutline,
  type ActOutlines,
} from './act-matter.ts';
import { judgeSupervision } from './act-supervision.ts';
import { judgeLife } from './model-life.ts';
import { approvalText, recordText } from './record-text.ts';
import type {
  Approval,
  Instant,
  ModelVersion,
  Practitioner,
  RegisterSnapshot,
  RevalidationPlan,
} from './register.ts';
import type { AiFunction } from './words.ts';

type Grant = ActNamed<'grant-approval'>;

/** A form says a day: it may have begun some hours ago. */
const DAY_MS = 86_400_000;

/** Granting an approval, and ending one before its time. */
export const APPROVAL_OUTLINES: ActOutlines<'grant-approval' | 'end-approval'> = {
  'grant-approval': outlineGrant,
  'end-approval': outlineEnd,
};

function outlineGrant(act: Grant, matter: ActMatter): ActOutline {
  const { actor, register, newId } = matter;
  const person = register.practitioner(act.practitioner);
  const known = register.modelVersion(act.model, act.version);
  const isOwn: readonly ActFinding[] = act.practitioner === actor.id ? [{ code: 'not-for-oneself' }] : [];
  if (person === undefined || known === undefined) {
    return nothingBut(
      ...isOwn,
      ...(person === undefined ? [unknownPerson(act.practitioner)] : []),
      ...(known === undefined ? [unknownVersion(act)] : []),
    );
  }
  const { act: _name, supervisor, plan, ...said } = act;
  const id = `A-${newId()}`;
  const planStudies = act.mode === 'acceptance' ? planOf(act, register)?.studies : undefined;
  const record = { id, ...said, grantedBy: actor.id, supervisor, plan, planStudies };
  return {
    findings: [...isOwn, ...judgeGrant(act, known, matter), ...judgeMode(act, { person, known }, matter)],
    changes: [{ kind: 'approval', id, record: recordText(record, ['from', 'until']) }],
  };
}

function planOf({ plan }: Grant, register: RegisterSnapshot): RevalidationPlan | undefined {
  return plan === undefined ? undefined : register.plan(plan);
}

function judgeGrant(
  act: Grant,
  known: ModelVersion,
  { register, now, proposedAt = now }: ActMatter,
): readonly ActFinding[] {
  const findings: ActFinding[] = [...judgeLife('grant-approval', known)];
  const unserved = act.functions.filter((name) => !serves(known, name));
  if (unserved.length > 0)
    findings.push({ code: 'function-not-served', facts: { detail: unserved.join(', ') } });
  if (!(act.from < act.until && act.until > now)) {
    findings.push({
      code: 'dates-in-disorder',
      facts: { detail: 'it must end after it begins, and not before today' },
    });
  }
  if (act.from < proposedAt - DAY_MS) {
    findings.push({ code: 'dates-in-disorder', facts: { detail: 'nothing is approved for the past' } });
  }
  const others = overlapping(act, register).map(({ id }) => id);
  if (others.length > 0) findings.push({ code: 'approval-overlaps', facts: { detail: others.join(', ') } });
  return findings;
}

interface About {
  readonly person: Practitioner;
  readonly known: ModelVersion;
}

function judgeMode(act: Grant, about: About, matter: ActMatter): readonly ActFinding[] {
  switch (act.mode) {
    case 'supervised':
      return judgeSupervision(act, matter);
    case 'sandbox':
      return about.known.endpoints.some(({ simulator }) => simulator) ? [] : [{ code: 'no-simulator' }];
    case 'acceptance':
      return judgeAcceptance(act, about, matter);
    case 'independent':
      return isSupervisedOnly(act.functions, about.person, matter.register)
        ? [{ code: 'supervised-only', facts: { detail: about.person.profession } }]
        : [];
  }
}

/** Only for whoever runs the approved plan of exactly this version, while it is in acceptance. */
function judgeAcceptance(act: Grant, { known }: About, { register }: ActMatter): readonly ActFinding[] {
  const plan = planOf(act, register);
  const isTheirs =
    plan !== undefined &&
    plan.operator === act.practitioner &&
    plan.model === act.model &&
    plan.version === act.version;
  return [
    ...judgeLife('record-acceptance-test', known),
    ...(isTheirs
      ? []
      : [{ code: 'plan-not-in-force', facts: { detail: act.plan ?? 'none named' } } as const]),
  ];
}

/** Every credential of their profession for one of these functions is a supervised one. */
function isSupervisedOnly(
  functions: readonly AiFunction[],
  { profession }: Practitioner,
  { policy }: RegisterSnapshot,
): boolean {
  return functions.some((name) => {
    const { credentials = [] } = policy.duties.find((duty) => duty.function === name) ?? {};
    const open = policy.schemes.filter(
      ({ id, professions }) => credentials.includes(id) && professions.includes(profession),
    );
    return open.length > 0 && open.every(({ supervisedOnly }) => supervisedOnly);
  });
}

/** Ends it now; one that has not begun is taken back. */
function outlineEnd(
  { id, reason }: ActNamed<'end-approval'>,
  { actor, register, now }: ActMatter,
): ActOutline {
  const approval = register.approval(id);
  if (approval === undefined)
    return nothingBut({ code: 'unknown-record', facts: { detail: `approval ${id}` } });
  const findings: ActFinding[] = [];
  if (approval.practitioner === actor.id) findings.push({ code: 'not-for-oneself' });
  if (approval.until <= now) findings.push({ code: 'approval-ended', facts: { detail: id } });
  const ended = approvalText({ ...approval, until: now, endedBecause: reason });
  return {
    findings,
    changes: [
      approval.from < now
        ? { kind: 'approval', id, record: ended }
        : { kind: 'approval', id, removed: true, reason },
    ],
  };
}

/**
 * A person's approvals for the same version and mode, and one of the same functions, that run at the same time. One that was ended is
 * over, whatever moment a clock that was ahead gave it.
 */
export function overlapping(
  wanted: Pick<Approval, 'practitioner' | 'model' | 'version' | 'functions' | 'mode' | 'from' | 'until'>,
  register: RegisterSnapshot,
): readonly Approval[] {
  return register
    .approvalsFor(wanted.practitioner, wanted.model, wanted.version)
    .filter(
      (one) =>
        one.endedBecause === undefined &&
        one.mode === wanted.mode &&
        one.functions.some((name) => wanted.functions.includes(name)) &&
        one.from < wanted.until &&
        wanted.from < one.until,
    );
}

/** Whether a version serves a function; seeing what it made asks for no endpoint. */
export function serves({ endpoints }: ModelVersion, name: AiFunction): boolean {
  return name === 'view' || endpoints.some((endpoint) => endpoint.function === name);
}

/** That the register holds nobody of that name. */
export function unknownPerson(id: string): ActFinding {
  return { code: 'unknown-practitioner', facts: { detail: id } };
}

/** That the register holds no such version. */
export function unknownVersion({ model, version }: Pick<ModelVersion, 'model' | 'version'>): ActFinding {
  return { code: 'unknown-model-version', facts: { model, version } };
}

/** Whether an approval counts at a moment. One that was ended is over, whatever moment that names. */
export function isRunning(
  { from, until, endedBecause }: Pick<Approval, 'from' | 'until' | 'endedBecause'>,
  now: Instant,
): boolean {
  return endedBecause === undefined && from <= now && now < until;
}
