import type { CredentialCard } from '../../src/domain/credential-card.ts';
import type { DueItem } from '../../src/domain/due-item.ts';
import { GatewayError, NotIdentified } from '../../src/domain/errors.ts';
import { foldLogBook } from '../../src/domain/log-book.ts';
import type { SupervisedCase } from '../../src/domain/log-book-cases.ts';
import { reasonOf } from '../../src/domain/reason-texts.ts';
import type { RegisterProposal } from '../../src/domain/register-proposal.ts';
import type { ListedDue } from '../../src/flows/list-falling-due.ts';
import type { LoginEvidence } from '../../src/flows/ports.ts';
import type { LogBookView } from '../../src/flows/read-log-book.ts';
import type { Flows } from '../../src/http/app-deps.ts';
import {
  aPractitioner,
  buildSnapshot,
  modelName,
  practitionerId,
  versionString,
} from './register-builder.ts';

/** As of when the made-up dates are. */
export const DUE_NOW = Date.UTC(2026, 2, 3, 14, 5, 6);
export const FEED_TOKEN = 'A'.repeat(43);
const DAY = 86_400_000;
const KNOWN_SESSION = 'known-session';

const ALICE = practitionerId('alice.osei');
const BEN = practitionerId('ben.adeyemi');

/** Something of Alice's that is due so many days from now. */
export function aDueItem(days: number, changes: Partial<DueItem> = {}): DueItem {
  return {
    id: `declaration/${ALICE}`,
    kind: 'declaration',
    person: ALICE,
    title: 'annual safety declaration',
    dueAt: DUE_NOW + days * DAY,
    href: '/me/declaration',
    ...changes,
  };
}

const DUE: readonly ListedDue[] = [
  aDueItem(-4, { notice: 0 }),
  aDueItem(5, {
    id: 'cpd',
    kind: 'cpd',
    title: '20 AI-specific CPD credits in two years',
    notice: 7,
    href: '/me/cpd',
  }),
  aDueItem(80, { id: 'registration', kind: 'registration', title: 'professional registration', notice: 90 }),
  aDueItem(200, { id: 'review', kind: 'guideline-review', title: 'review of the guideline “Lung nodules”' }),
].map((item) => ({ ...item, name: 'Alice Osei' }));

export const CARD: CredentialCard = {
  practitioner: aPractitioner({ id: ALICE, name: 'Alice Osei' }),
  credentials: [{ id: 'rc-ai', title: 'Responsible Clinician for AI (RC-AI)', status: 'current' }],
  unlocked: [
    {
      model: modelName('burned-in-text'),
      version: versionString('1.0.0'),
      functions: ['quality-check', 'detection'],
      mode: 'independent',
      sites: ['general'],
    },
  ],
  locked: [
    {
      model: modelName('burned-in-text'),
      version: versionString('2.0.0'),
      function: 'quality-check',
      reasons: [reasonOf('stop-use', { model: 'burned-in-text', version: '2.0.0' })],
    },
  ],
  registerSequence: 7,
  policy: { id: 'uk-pathway-2025', version: '1', digest: `sha256:${'0'.repeat(64)}` },
  issuedAt: DUE_NOW / 1000,
  expiresAt: DUE_NOW / 1000 + 120,
};

/** A supervised case of Ben's with this number in its last place. */
function aCase(number: number): SupervisedCase {
  return {
    caseId: `c-00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    openedUs: (DUE_NOW - (40 - number) * DAY) * 1000,
    function: 'detection',
    model: 'lung-nodule',
    version: '2.1.0',
    modality: ['CT'],
    site: 'general',
    supervisor: ALICE,
    ...(number % 2 === 0 ? { disposition: 'accepted' } : {}),
  };
}

/** Ben's log-book: so many supervised cases, all but the third and the last signed off. */
export function aLogBook(count: number, changes: Partial<LogBookView> = {}): LogBookView {
  const cases = Array.from({ length: count }, (_, place) => aCase(place + 1));
  const practitioner = aPractitioner({ id: BEN, name: 'Ben Adeyemi', registrationNumber: '7654321' });
  const signed = cases
    .map((one, place) => ({ one, ordinal: place + 1 }))
    .filter(({ ordinal }) => ordinal !== 3 && ordinal !== count);
  const evidence = signed.map(({ one, ordinal }) => ({
    id: `E-${String(ordinal)}`,
    practitioner: BEN,
    type: 'log-book-case' as const,
    happenedAt: one.openedUs / 1000,
    recordedAt: one.openedUs / 1000 + DAY,
    attestedBy: ALICE,
    ordinal,
    caseId: one.caseId,
  }));
  const dops = {
    id: 'E-dops',
    practitioner: BEN,
    type: 'dops' as const,
    happenedAt: DUE_NOW - 2 * DAY,
    attestedBy: ALICE,
  };
  const register = buildSnapshot({ practitioners: [practitioner], evidence: [...evidence, dops] });
  return {
    book: foldLogBook({ practitioner, cases, register }, DUE_NOW),
    names: { [ALICE]: 'Alice Osei' },
    isOwn: true,
    reader: BEN,
    now: DUE_NOW,
    ...changes,
  };
}

const PROPOSAL: RegisterProposal = {
  digest: `sha256:${'1'.repeat(64)}`,
  act: 'attest-evidence',
  people: 1,
  proposedAt: DUE_NOW,
  changes: [],
  signedBy: [],
  keys: [],
  consents: [],
  state: 'applied',
};

type DueFlows = Pick<
  Flows,
  | 'listFallingDue'
  | 'readFeedState'
  | 'makeFeed'
  | 'revokeFeed'
  | 'readFeed'
  | 'readCard'
  | 'readCardKeys'
  | 'readLogBook'
  | 'exportLogBook'
  | 'listSupervised'
  | 'signLogBookCase'
>;

/** Flows of due dates, card and log-book over made-up data; only the known session is signed in. */
export function fakeDueFlows(): DueFlows {
  const logBookOf = (practitioner: string | undefined): LogBookView =>
    practitioner === undefined ? aLogBook(12) : aLogBook(12, { isOwn: false, reader: ALICE });
  return {
    listFallingDue: async ({ evidence }) =>
      admit(evidence, {
        items: DUE,
        total: DUE.length,
        now: DUE_NOW,
        noticeDays: [90, 30, 7],
        mayReadEverybodys: true,
      }),
    readFeedState: async ({ evidence }) => admit(evidence, undefined),
    makeFeed: async ({ evidence }) => admit(evidence, FEED_TOKEN),
    revokeFeed: async ({ evidence }) => admit(evidence, undefined),
    readFeed: async ({ token }) => {
      if (token === FEED_TOKEN) return 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n';
      throw new GatewayError('not-found', { detail: 'There is no calendar at this address.' });
    },
    readCard: async ({ evidence }) => admit(evidence, { card: CARD, claims: { sub: ALICE }, token: 'a.b.c' }),
    readCardKeys: async () => ({ keys: [] }),
    readLogBook: async ({ evidence, practitioner }) => admit(evidence, logBookOf(practitioner)),
    exportLogBook: async ({ evidence, practitioner }) => admit(evidence, logBookOf(practitioner)),
    listSupervised: async ({ evidence }) => admit(evidence, [{ practitioner: BEN, name: 'Ben Adeyemi' }]),
    signLogBookCase: async ({ evidence }) => admit(evidence, PROPOSAL),
  };
}

function admit<T>({ bearerToken, sessionToken }: LoginEvidence, answer: T): T {
  if ((bearerToken ?? sessionToken) !== KNOWN_SESSION) throw new NotIdentified();
  return answer;
}
