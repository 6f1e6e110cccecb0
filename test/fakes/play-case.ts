import { forgeAnswer } from '../../fixtures/saml/forge-answer.ts';
import {
  acsPath,
  answerXml,
  base64,
  CONTEXT,
  GATEWAY_ENTITY,
  postAnswer,
  VICTIM,
  type Begun,
  type HostileCase,
  type ValidCase,
} from '../../fixtures/saml/corpus-case.ts';
import type { CorpusHouse } from './corpus-house.ts';

/** What came of a case. Statuses are not in it: only sessions count. */
export interface Verdict {
  /** For whom sessions were opened meanwhile, whether they live or not. */
  readonly opened: readonly string[];
  /** For whom there are sessions in the store afterwards. */
  readonly living: readonly string[];
  /** Whom the browser of the victim is afterwards, by its cookies. */
  readonly who: string | undefined;
  /** Whom the same browser is once it has brought an honest answer: nothing is refused because everything is. */
  readonly honest?: string | undefined;
}

/** A sign-in that has begun, and what was written for it. */
interface Written {
  readonly begun: Begun;
  readonly xml: string;
}

/** Cases that are written together, a few seconds before they are played. */
const TOGETHER = 24;

/**
 * Writes the messages of cases before they are needed, many at once, because each asks another program for its signatures.
 * Resolves to what was written for the case in this place.
 */
export function writeAhead<T>(
  cases: readonly T[],
  write: (one: T) => Promise<Written>,
): (place: number) => Promise<Written> {
  const pages = new Map<number, readonly Promise<Written>[]>();
  return async (place) => {
    const page = Math.floor(place / TOGETHER);
    const known = pages.get(page) ?? cases.slice(page * TOGETHER, (page + 1) * TOGETHER).map(write);
    pages.set(page, known);
    // One that cannot be written is told by its own test.
    await Promise.allSettled(known);
    const written = known[place % TOGETHER];
    if (written === undefined) throw new RangeError(`there is no case ${String(place)}`);
    return written;
  };
}

export async function writeHostile(house: CorpusHouse, hostile: HostileCase): Promise<Written> {
  const begun = await house.begin({ provider: hostile.provider ?? 'north' });
  return { begun, xml: (await hostile.write?.(house, begun)) ?? '' };
}

export async function playHostile(
  house: CorpusHouse,
  hostile: HostileCase,
  { begun, xml }: Written,
  isControlled: boolean,
): Promise<Verdict> {
  const mark = house.opened.length;
  await hostile.act(house, begun, xml);
  const opened = house.opened.slice(mark).map(({ principal }) => principal.subject);
  const living = await house.living();
  const who = await house.whoIs(begun.browser);
  const honest = isControlled ? { honest: await signInHonestly(house, hostile, begun) } : {};
  await house.endAll();
  return { opened, living, who, ...honest };
}

/** To the very sign-in that was attacked, unless that is over. */
async function signInHonestly(
  house: CorpusHouse,
  { usesUp = false }: HostileCase,
  begun: Begun,
): Promise<string | undefined> {
  const again = usesUp ? await house.begin({ provider: begun.provider }) : begun;
  await postAnswer(again.browser, again.provider, honestXml(house, again));
  return house.whoIs(again.browser);
}

/** Written and signed in this process, which is quicker: it only has to be good. */
function honestXml(house: CorpusHouse, { provider, requestId }: Begun): string {
  const facts = {
    issuer: house.entityIds[provider],
    audience: GATEWAY_ENTITY,
    acsUrl: new URL(acsPath(provider), house.gatewayUrl).href,
    requestId,
    subject: VICTIM,
    contextClass: `${CONTEXT}SmartcardPKI`,
    nowMs: Date.now(),
  };
  return forgeAnswer(facts, house.keys[provider]);
}

/** What must come of it. */
export function verdictOf(
  { opens = [], lives = opens, who = lives[0] }: HostileCase,
  isControlled: boolean,
): Verdict {
  const honest = isControlled ? { honest: VICTIM } : {};
  return { opened: opens, living: lives, who: who ?? undefined, ...honest };
}

export async function writeValid(house: CorpusHouse, valid: ValidCase): Promise<Written> {
  const begun = await house.begin({ provider: valid.provider ?? 'north' });
  return { begun, xml: await answerXml(house, begun, valid.recipe(house), valid.key?.(house)) };
}

/** Whom a browser is that brings this answer, and how surely. */
export async function playValid(
  house: CorpusHouse,
  valid: ValidCase,
  { begun, xml }: Written,
): Promise<{ readonly who: string | undefined; readonly assurance: number | undefined }> {
  await begun.browser.post(acsPath(begun.provider), { SAMLResponse: (valid.encode ?? base64)(xml) });
  const who = await house.whoIs(begun.browser);
  const assurance = house.opened.at(-1)?.principal.assurance;
  await house.endAll();
  return { who, assurance };
}
