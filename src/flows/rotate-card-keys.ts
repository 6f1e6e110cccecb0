import type { CardKeys } from './ports-card.ts';
import type { CaseLogAppender, Clock } from './ports.ts';

interface Deps {
  readonly cardKeys: Pick<CardKeys, 'due' | 'keep'>;
  readonly caseLog: CaseLogAppender;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/**
 * Changes the keys of the credential card where that has come due: a new one is shown, an old one gives up its private half or is
 * shown no more. Each change stands in the case log before it is made. Resolves to how many there were. Throws CaseLogUnavailable,
 * RegisterUnavailable: then nothing has changed, and it can be tried again.
 */
export async function rotateCardKeys({ cardKeys, caseLog, clock }: Deps): Promise<number> {
  const changes = cardKeys.due(clock.nowMs());
  for (const { kid, change, signsFrom } of changes) {
    await caseLog.append({
      // The key's own name: tried again, it is the same entry.
      id: `card-key:${kid}:${change}`,
      kind: 'key.rotate',
      facts: {
        change: {
          kind: 'card-key',
          action: change,
          id: kid,
          ...(signsFrom === undefined ? {} : { signsFrom }),
        },
      },
      personal: {},
      retainClass: 'security',
    });
  }
  await cardKeys.keep();
  return changes.length;
}
