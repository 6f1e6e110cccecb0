import type { ActFinding } from './act-finding.ts';
import type { RecordDraft, RegisterAct, RegisterActName } from './register-acts.ts';
import type { Instant, Practitioner, RegisterSnapshot } from './register.ts';

/** Who does something to the register, and how it stands at that moment. */
export interface ActMatter {
  readonly actor: Practitioner;
  readonly register: RegisterSnapshot;
  readonly now: Instant;
  /** Fresh ids, for records that are new. */
  readonly newId: () => string;
  /** A case that the gateway's own log says the actor supervised for the person: the only one that they can name. */
  readonly supervisedCase?: string;
  /** Since when it waits, where what was proposed is judged again; absent while it is proposed. */
  readonly proposedAt?: Instant;
}

/** What stands against an act by itself, whoever does it, and what it writes. Findings win: then nothing is written. */
export interface ActOutline {
  readonly findings: readonly ActFinding[];
  readonly changes: readonly RecordDraft[];
  /** Two people whatever the policy says. */
  readonly takesTwo?: true;
}

type Member<A, N> = A extends { readonly act: infer M } ? (N extends M ? A : never) : never;
type ActsByName = { readonly [N in RegisterActName]: Member<RegisterAct, N> & { readonly act: N } };

/** The act of that name. */
export type ActNamed<N extends RegisterActName = RegisterActName> = { [P in N]: ActsByName[P] }[N];

/** One function for each act, that outlines it. */
export type ActOutlines<N extends RegisterActName = RegisterActName> = {
  readonly [P in N]: (act: ActNamed<P>, matter: ActMatter) => ActOutline;
};

/** An act that cannot be outlined, because what it is about is not there. */
export function nothingBut(...findings: readonly ActFinding[]): ActOutline {
  return { findings, changes: [] };
}
