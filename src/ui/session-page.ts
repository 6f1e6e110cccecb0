import type { Principal } from '../domain/principal.ts';
import type { Assurance, TokenScope } from '../domain/words.ts';
import { methodText, scopeText, strengthText, unlocksText } from './login-words.ts';
import { momentOfMilliseconds } from './plain-time.ts';
import type { WayOut } from './problem-page.ts';
import { confirmWay } from './step-up-way.ts';

/** What a code may be made for, as the form offers it. */
export interface ScopeChoice {
  readonly value: TokenScope;
  readonly text: string;
  readonly checked: boolean;
}

/** The page of somebody's own session. */
export interface SessionPage {
  readonly facts: readonly { readonly key: string; readonly value: string }[];
  readonly strength: string;
  readonly unlocks: string;
  /** To prove more, the most first. */
  readonly confirm: readonly WayOut[];
  readonly canLock: boolean;
  readonly canSignOutEverywhere: boolean;
  /** What a code for another program can be made for; empty where none can be made. */
  readonly scopes: readonly ScopeChoice[];
  readonly faults: readonly { readonly field: string; readonly text: string }[];
}

/** This page's own address. */
const HERE = '/me/session';
const MORE_THAN_A_PASSWORD: readonly Assurance[] = [3, 2];
const MINUTE_MS = 60_000;

interface Given {
  readonly principal: Principal;
  /** As the head of the page says it. */
  readonly viewer: { readonly name: string; readonly standing: string; readonly mayReadCaseLog: boolean };
  readonly idleMs: number;
  readonly timeZone: string;
  /** Which doors there are. */
  readonly offers: {
    readonly lock: boolean;
    readonly everywhere: boolean;
    readonly stepUp: boolean;
    readonly codes: boolean;
  };
  readonly faults?: SessionPage['faults'];
}

/** Turns a session into what the template shows. */
export function sessionPage(given: Given): SessionPage {
  const { principal, offers } = given;
  const isWhole = principal.method !== 'break-glass' && principal.unconfirmed !== true;
  const stronger = MORE_THAN_A_PASSWORD.filter((assurance) => assurance > principal.assurance);
  return {
    facts: factsOf(given),
    strength: strengthText(principal),
    unlocks: unlocksText(principal),
    confirm: isWhole && offers.stepUp ? stronger.map((assurance) => confirmWay(assurance, HERE)) : [],
    canLock: offers.lock,
    canSignOutEverywhere: offers.everywhere,
    scopes: isWhole && offers.codes ? scopeChoices(given.viewer.mayReadCaseLog) : [],
    faults: given.faults ?? [],
  };
}

function factsOf({ principal, viewer, idleMs, timeZone }: Given): SessionPage['facts'] {
  const { role } = principal;
  return [
    { key: 'Name', value: viewer.name },
    { key: 'Standing', value: viewer.standing },
    { key: 'Signed in by', value: methodText(principal.method) },
    ...(principal.subject === viewer.name ? [] : [{ key: 'Known there as', value: principal.subject }]),
    ...(role === undefined ? [] : [{ key: 'Role', value: roleText(role) }]),
    { key: 'Since', value: momentOfMilliseconds(principal.authenticatedAt, timeZone).text },
    { key: 'Ends at the latest', value: momentOfMilliseconds(principal.expiresAt, timeZone).text },
    { key: 'Locks by itself', value: `After ${minutesText(idleMs)} without use` },
  ];
}

function roleText({ id, name, organisation }: NonNullable<Principal['role']>): string {
  return [name ?? id, organisation].filter((part) => part !== undefined).join(', ');
}

function minutesText(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / MINUTE_MS));
  return minutes === 1 ? 'one minute' : `${minutes} minutes`;
}

/** Images and AI from the start; records only for those who may read them, and only when asked for. */
function scopeChoices(mayReadRecords: boolean): readonly ScopeChoice[] {
  const offered: readonly TokenScope[] = mayReadRecords ? ['images', 'ai', 'records'] : ['images', 'ai'];
  return offered.map((value) => ({ value, text: scopeText(value), checked: value !== 'records' }));
}
