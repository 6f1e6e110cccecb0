import { decide, type Decision } from './decide.ts';
import type { ModelName, PractitionerId, VersionString } from './identifiers.ts';
import type { Principal } from './principal.ts';
import type { ReasonInstance } from './reasons.ts';
import type { Approval, Instant, Practitioner, RegisterSnapshot } from './register.ts';
import { AI_FUNCTIONS, type AiFunction, type ApprovalMode } from './words.ts';

/** One function of a version for one person: whether it was open to them in principle, and what it rested on or what stood against it. */
export interface CouldUse {
  readonly practitioner: PractitionerId;
  readonly name: string;
  readonly function: AiFunction;
  readonly permitted: boolean;
  readonly reasons: readonly ReasonInstance[];
  readonly approval?: {
    readonly id: string;
    readonly mode: ApprovalMode;
    readonly supervisor?: PractitionerId;
  };
  readonly credential?: { readonly id: string; readonly status: string };
}

interface Asked {
  readonly model: ModelName;
  readonly version: VersionString;
  /** Any where it is absent. */
  readonly site?: string;
  /** Whether the PACS is a simulator. */
  readonly simulator: boolean;
}

const HOUR_MS = 3_600_000;

/**
 * Who could use a version at a moment: for everybody who ever had an approval for it, each function that they were approved for, as
 * `decide` answers it in principle, on a study that fits, for somebody who has just shown their smart card.
 */
export function couldUse(asked: Asked, register: RegisterSnapshot, at: Instant): readonly CouldUse[] {
  const approvals = register.approvalsOfVersion(asked.model, asked.version);
  const people = [...new Set(approvals.map(({ practitioner }) => practitioner))].toSorted();
  return people.flatMap((id) => {
    const person = register.practitioner(id);
    if (person === undefined) return [];
    const functions = functionsOf(approvals.filter(({ practitioner }) => practitioner === id));
    return functions.map((fn) => judge({ asked, person, fn }, register, at));
  });
}

function functionsOf(approvals: readonly Approval[]): readonly AiFunction[] {
  const named = new Set(approvals.flatMap(({ functions }) => functions));
  return AI_FUNCTIONS.filter((fn) => named.has(fn));
}

interface Row {
  readonly asked: Asked;
  readonly person: Practitioner;
  readonly fn: AiFunction;
}

function judge(row: Row, register: RegisterSnapshot, at: Instant): CouldUse {
  const { person, fn } = row;
  const { permitted, reasons, approval, credential } = bestDecision(row, register, at);
  return {
    practitioner: person.id,
    name: person.name,
    function: fn,
    permitted,
    reasons,
    ...(approval === undefined ? {} : { approval: approvalOf(approval) }),
    ...(credential === undefined ? {} : { credential }),
  };
}

/** One login that opens it is enough. Who has none names nobody, and could use nothing. */
function bestDecision({ asked, person, fn }: Row, register: RegisterSnapshot, at: Instant): Decision {
  const { model, version, site, simulator } = asked;
  const [first = NO_LOGIN, ...others] = person.identities;
  const decideFor = (login: Login): Decision =>
    decide(
      {
        caller: freshLogin(login, at),
        function: fn,
        model,
        version,
        study: undefined,
        inPrinciple: { site, simulator },
      },
      register,
      at,
    );
  const decision = decideFor(first);
  return decision.permitted
    ? decision
    : (others.map(decideFor).find(({ permitted }) => permitted) ?? decision);
}

type Login = Practitioner['identities'][number];
const NO_LOGIN: Login = { provider: '', subject: '' };

function freshLogin({ provider, subject }: Login, at: Instant): Principal {
  return {
    kind: 'person',
    provider,
    subject,
    method: 'smart-card',
    assurance: 3,
    authenticatedAt: at,
    expiresAt: at + HOUR_MS,
    sessionRef: '',
  };
}

function approvalOf({ id, mode, supervisor }: Approval): NonNullable<CouldUse['approval']> {
  return { id, mode, ...(supervisor === undefined ? {} : { supervisor }) };
}
