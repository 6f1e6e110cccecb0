import { decideDisposition } from '../../src/domain/decide-disposition.ts';
import { decideRetrieval } from '../../src/domain/decide-retrieval.ts';
import { decide } from '../../src/domain/decide.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { DISPOSITIONS } from '../../src/domain/words.ts';
import {
  aPrincipal,
  aRegister,
  aStudy,
  MODEL,
  NOW,
  RADIOLOGIST,
  VERSION,
} from '../fakes/register-builder.ts';
import { seriesUid, sopInstanceUid } from '../fakes/uids.ts';
import { aQuestion } from './reason-given.ts';

/** Somebody who may do everything, but for what the login itself says. */
const ROWS: readonly {
  readonly name: string;
  readonly login: Partial<Principal>;
  readonly codes: readonly string[];
}[] = [
  { name: 'a browser', login: {}, codes: [] },
  { name: 'a token for AI', login: { scopes: ['ai'] }, codes: [] },
  { name: 'a token for images', login: { scopes: ['images'] }, codes: ['token-scope'] },
  { name: 'a token for nothing', login: { scopes: [] }, codes: ['token-scope'] },
  { name: 'a session that is confirmed', login: { unconfirmed: false }, codes: [] },
  {
    name: 'a session known from memory',
    login: { unconfirmed: true },
    codes: ['session-unconfirmed'],
  },
  {
    name: 'a token for images, known from memory',
    login: { scopes: ['images'], unconfirmed: true },
    codes: ['session-unconfirmed', 'token-scope'],
  },
];
const codesOf = (reasons: readonly { readonly code: string }[]): readonly string[] =>
  reasons.map(({ code }) => code);

describe('what proves a login is judged wherever AI is decided', () => {
  test.each(ROWS)('a call by $name -> $codes', ({ login, codes }) => {
    const decision = decide(aQuestion({ caller: aPrincipal(login) }), aRegister(), NOW);
    expect(codesOf(decision.reasons)).toEqual(codes);
    expect(decision.permitted).toBe(codes.length === 0);
  });

  test.each(ROWS)('a stored result seen by $name -> $codes', ({ login, codes }) => {
    const result = {
      seriesInstanceUid: seriesUid('1.5'),
      sopInstanceUid: sopInstanceUid('1.9'),
      grade: 'definite',
      algorithmName: MODEL,
      algorithmVersion: VERSION,
      madeAt: NOW - 60_000,
    } as const;
    const question = { caller: aPrincipal(login), study: aStudy(), results: [result] };
    const { permitted, locked } = decideRetrieval(question, aRegister(), NOW);
    expect(permitted).toHaveLength(codes.length === 0 ? 1 : 0);
    expect(locked.map(({ decision }) => codesOf(decision.reasons))).toEqual(
      codes.length === 0 ? [] : [codes],
    );
  });

  test.each(ROWS.flatMap((row) => DISPOSITIONS.map((disposition) => ({ ...row, disposition }))))(
    '$disposition by $name -> $codes',
    ({ login, codes, disposition }) => {
      const question = { caller: aPrincipal(login), disposition, caseOwner: RADIOLOGIST };
      expect(codesOf(decideDisposition(question, aRegister(), NOW).reasons)).toEqual(codes);
    },
  );
});
