import type { LogEntry } from '../../src/domain/log-entry.ts';
import { replayDecision } from '../../src/domain/replay-decision.ts';
import { questionText } from '../../src/domain/replay-words.ts';
import { answerForCoSignature } from '../../src/flows/co-sign-result.ts';
import { coSignRegister, createCoSignHouse, PHARMACIST, SESSIONS } from '../fakes/co-sign-house.ts';
import { aResult } from '../fakes/inference-house.ts';

describe('what was decided about the co-signer', () => {
  async function signed(): Promise<Readonly<Record<'release' | 'opening' | 'nameless', LogEntry>>> {
    const made = createCoSignHouse();
    const caseId = await made.seal();
    const who = { evidence: { sessionToken: SESSIONS.pharmacist }, requestId: 'request-2' };
    const said = { caseId, answer: 'co-signed', digest: aResult().digest, words: undefined } as const;
    await answerForCoSignature(made.deps, { ...who, ...said }, new AbortController().signal);
    const { log } = made.house;
    const release = made.house.last();
    await log.append({
      id: 'x',
      kind: 'case.intent',
      facts: {},
      personal: {},
      retainClass: 'imaging-record',
    });
    const [opening, nameless] = [log.all()[0], made.house.last()];
    if (opening === undefined) throw new Error('no entries');
    return { release, opening, nameless };
  }

  test('is decided again the same, and otherwise in another register', async () => {
    const { release, opening } = await signed();
    expect(replayDecision(release, coSignRegister(), opening)).toMatchObject({
      kind: 'same',
      recorded: { practitioner: PHARMACIST, result: 'permit' },
    });
    for (const parts of [{ evidence: [] }, { practitioners: [] }]) {
      expect(replayDecision(release, coSignRegister(parts), opening)).toMatchObject({ kind: 'different' });
    }
  });

  test('is not decided again once who asked, or who signed, was erased', async () => {
    const { release, opening, nameless } = await signed();
    const erased = { kind: 'unreplayable', because: { code: 'erased' } };
    for (const [entry, first] of [
      [release, { ...opening, personal: {} }],
      [{ ...release, personal: {} }, opening],
    ] as const) {
      expect(replayDecision(entry, coSignRegister(), first)).toMatchObject(erased);
    }
    // Whoever asked was never named: nobody could have been another.
    const replay = replayDecision(release, coSignRegister(), nameless);
    expect(replay?.replayed?.reasons).toEqual(['co-signer-is-asker']);
  });

  test('is asked in one sentence', async () => {
    const { release } = await signed();
    const asked = (entry: LogEntry, name?: string) => questionText(entry, name);
    expect(asked(release, 'Pat Pharmacist')).toBe(
      'May Pat Pharmacist be the second person who answers for prescribing suggestion by lung-nodule 2.1.0 on a study (CT, chest) at general?',
    );
    expect(asked(release)).toContain('May pharmacist be');
    expect(asked({ ...release, personal: {} })).toContain('May whoever had signed in be');
  });
});
