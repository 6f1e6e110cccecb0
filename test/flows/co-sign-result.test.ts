import { foldCase } from '../../src/domain/case-view.ts';
import { driftCells } from '../../src/domain/drift-cells.ts';
import { decide } from '../../src/domain/decide.ts';
import {
  answerForCoSignature,
  listForCoSignature,
  readForCoSignature,
} from '../../src/flows/co-sign-result.ts';
import { openCase } from '../../src/flows/open-case.ts';
import { readCoSignedResult } from '../../src/flows/read-co-signed.ts';
import { recordDisposition } from '../../src/flows/record-disposition.ts';
import { awaitsCoSignature, keepSealed } from '../../src/flows/seal-result.ts';
import { sweepSealed } from '../../src/flows/sweep-sealed.ts';
import {
  coSignRegister,
  createCoSignHouse,
  PHARMACIST,
  SESSIONS,
  type CoSignHouse,
} from '../fakes/co-sign-house.ts';
import { faultOf } from '../fakes/fault-of.ts';
import { aCaseId, aRequest, aResult } from '../fakes/inference-house.ts';
import { MODEL, NOW, VERSION } from '../fakes/register-builder.ts';

const never = new AbortController().signal;
const DIGEST = aResult().digest;
const DAY_MS = 86_400_000;

type Who = keyof typeof SESSIONS;
const by = (who: Who) => ({ evidence: { sessionToken: SESSIONS[who] }, requestId: 'request-2' });
const caseId = aCaseId(1);

const list = ({ deps }: CoSignHouse, who: Who) => listForCoSignature(deps, by(who), never);
const see = ({ deps }: CoSignHouse, who: Who) => readForCoSignature(deps, { ...by(who), caseId }, never);
const fetch = ({ deps }: CoSignHouse, who: Who = 'asker') =>
  readCoSignedResult(deps, { ...by(who), caseId }, never);
function answer(
  { deps }: CoSignHouse,
  who: Who,
  said: { readonly answer?: 'co-signed' | 'refused'; readonly digest?: string; readonly words?: string } = {},
) {
  const { answer: given = 'co-signed', digest = DIGEST, words } = said;
  return answerForCoSignature(deps, { ...by(who), caseId, answer: given, digest, words }, never);
}
const viewOf = ({ house }: CoSignHouse) => foldCase(house.log.all().filter((one) => one.caseId === caseId));

async function sealedHouse(): Promise<CoSignHouse> {
  const made = createCoSignHouse();
  await made.seal();
  return made;
}

test('sealed: on record with its digest, kept, and nobody’s: not the asker’s, not one to answer', async () => {
  const made = await sealedHouse();
  expect(made.house.last()).toMatchObject({
    kind: 'case.outcome',
    facts: {
      asked: { coSignature: 'to-come' },
      release: { action: 'sealed', reasons: ['co-signature-missing'] },
      output: { digest: DIGEST, codes: ['nodule'] },
    },
  });
  expect(viewOf(made)).toMatchObject({ state: 'sealed', reasons: ['co-signature-missing'] });
  expect(viewOf(made)).not.toHaveProperty('finding');
  const fault = await faultOf(fetch(made));
  expect([fault.code, fault.reasons.map(({ code }) => code)]).toEqual([
    'not-permitted',
    ['co-signature-missing'],
  ]);
  const said = recordDisposition(
    { ...made.deps, ids: made.house.deps.ids, caseLogReader: made.house.log },
    { ...by('asker'), caseId, disposition: 'ignored', reason: undefined, disclosed: undefined },
    never,
  );
  expect(await faultOf(said)).toMatchObject({ code: 'conflict' });
});

test('co-signed: the record names both, then the asker reads it, as often as they like, and the fetch is on record once', async () => {
  const made = await sealedHouse();
  expect(await list(made, 'pharmacist')).toMatchObject([{ caseId, askerName: 'Dr Rae Radiologist' }]);
  expect(await see(made, 'pharmacist')).toMatchObject({
    body: { outputs: [{ data: ['Contrast 70 mL'] }] },
    context: { ageYears: 57, modalities: ['CT'] },
  });
  expect(made.house.last()).toMatchObject({
    kind: 'audit.read',
    caseId,
    personal: { cosigner: 'pharmacist', about: 'radiologist' },
  });
  await answer(made, 'pharmacist', { words: 'eGFR checked' });
  expect(made.house.last()).toMatchObject({
    kind: 'case.release',
    caseId,
    facts: {
      decision: { result: 'permit', reasons: [] },
      coSigned: { answer: 'co-signed', words: 'eGFR checked' },
      release: { action: 'released', reasons: [] },
      output: { digest: DIGEST },
    },
    personal: { user: 'radiologist', cosigner: 'pharmacist', subject: 'pharmacist' },
  });
  expect(viewOf(made)).toMatchObject({ state: 'released', coSigned: true, finding: 'nodule', score: 0.75 });
  expect(await list(made, 'pharmacist')).toEqual([]);
  for (const _ of [1, 2]) expect(await fetch(made)).toMatchObject({ caseId, digest: DIGEST });
  expect(made.house.kinds().filter((kind) => kind === 'delivery')).toHaveLength(1);
  expect(await faultOf(fetch(made, 'colleague'))).toMatchObject({ code: 'not-found' });
  expect(await faultOf(fetch(made, 'pharmacist'))).toMatchObject({ code: 'not-found' });
});

test('however much waits that is somebody else’s to sign, one’s own is listed', async () => {
  const made = await sealedHouse();
  const [one] = made.sealed.kept();
  if (one === undefined) throw new Error('nothing is sealed');
  for (let at = 2; at <= 500; at += 1)
    await made.sealed.keep({ ...one, caseId: aCaseId(at), asker: PHARMACIST, sealedAt: one.sealedAt - at });
  expect(await list(made, 'pharmacist')).toMatchObject([{ caseId }]);
});

test('refused: with words, on record, and gone', async () => {
  const made = await sealedHouse();
  expect(await faultOf(answer(made, 'pharmacist', { answer: 'refused' }))).toMatchObject({
    code: 'bad-request',
  });
  await answer(made, 'pharmacist', { answer: 'refused', words: 'Renal function unknown' });
  expect(viewOf(made)).toMatchObject({ state: 'withheld', err: 'co-signature-refused' });
  expect(made.house.last().facts.coSigned).toEqual({ answer: 'refused', words: 'Renal function unknown' });
  expect(made.sealed.kept()).toEqual([]);
  expect(await faultOf(fetch(made))).toMatchObject({ code: 'not-found' });
});

test.each<readonly [string, Who, string]>([
  ['the asker', 'asker', 'co-signer-is-asker'],
  ['somebody whose credential is another', 'colleague', 'function-not-in-duty'],
  ['a login without a card', 'password', 'assurance-too-low'],
])('%s sees nothing and signs nothing -> %3$s', async (_name, who, code) => {
  const made = await sealedHouse();
  const entries = made.house.kinds();
  expect(await list(made, who)).toEqual([]);
  for (const attempt of [see(made, who), answer(made, who)]) {
    const fault = await faultOf(attempt);
    expect([fault.code, fault.caseId]).toEqual(['not-permitted', caseId]);
    expect(fault.reasons.map((one) => one.code)).toContain(code);
  }
  expect(made.house.kinds()).toEqual(entries);
});

test('a stop-use: nobody sees it, signs it or reads it any more; to refuse it stands open', async () => {
  const stopped = coSignRegister({
    stopUses: [{ id: 's', model: MODEL, version: VERSION, from: NOW - 1, reason: 'wrong', by: 'lead' }],
  });
  const signed = await sealedHouse();
  await answer(signed, 'pharmacist');
  signed.house.setRegister(stopped);
  expect((await faultOf(fetch(signed))).reasons.map(({ code }) => code)).toContain('stop-use');
  const made = await sealedHouse();
  made.house.setRegister(stopped);
  for (const attempt of [see(made, 'pharmacist'), answer(made, 'pharmacist')]) {
    expect((await faultOf(attempt)).reasons.map(({ code }) => code)).toEqual(['stop-use']);
  }
  await answer(made, 'pharmacist', { answer: 'refused', words: 'stopped' });
  expect(viewOf(made)).toMatchObject({ state: 'withheld' });
});

test('a stop-use while it is written down that it was seen: it is not', async () => {
  const made = await sealedHouse();
  const stopUses = [{ id: 's-1', model: MODEL, from: NOW - 1, reason: 'wrong dose', by: 'radiologist' }];
  made.house.log.onNextAppend(() => made.house.setRegister(coSignRegister({ sequence: 2, stopUses })));
  expect((await faultOf(see(made, 'pharmacist'))).reasons.map(({ code }) => code)).toEqual(['stop-use']);
});

test('another result than was seen, or none any more -> conflict, nothing written', async () => {
  const made = await sealedHouse();
  const entries = made.house.kinds();
  const other = `sha256:${'e'.repeat(64)}`;
  expect(await faultOf(answer(made, 'pharmacist', { digest: other }))).toMatchObject({ code: 'conflict' });
  expect(made.house.kinds()).toEqual(entries);
  await answer(made, 'pharmacist');
  expect(await faultOf(answer(made, 'second'))).toMatchObject({ code: 'conflict' });
  expect(await faultOf(see(made, 'second'))).toMatchObject({ code: 'conflict' });
});

test('two answer at once: the log has one of them, it takes effect, and the other is told', async () => {
  const made = await sealedHouse();
  const both = await Promise.allSettled([
    answer(made, 'pharmacist'),
    answer(made, 'second', { answer: 'refused', words: 'no' }),
  ]);
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  const ends = made.house.log.all().filter(({ kind }) => kind === 'case.release');
  expect(ends).toHaveLength(1);
  const isSigned = ends[0]?.personal.cosigner === PHARMACIST;
  expect(viewOf(made)?.state).toBe(isSigned ? 'released' : 'withheld');
  expect(made.sealed.kept()).toHaveLength(isSigned ? 1 : 0);
});

test('time over: ended on record by whichever node comes first, gone, and nobody’s', async () => {
  const made = await sealedHouse();
  made.wait(DAY_MS - 1);
  expect(await sweepSealed(made.deps)).toBe(0);
  made.wait(1);
  expect(await list(made, 'pharmacist')).toEqual([]);
  expect(await faultOf(see(made, 'pharmacist'))).toMatchObject({ code: 'not-found' });
  expect(await Promise.all([sweepSealed(made.deps), sweepSealed(made.deps)])).toContain(1);
  expect(made.house.kinds().filter((kind) => kind === 'case.release')).toHaveLength(1);
  expect(viewOf(made)).toMatchObject({ state: 'withheld', err: 'seal-expired' });
  expect(made.sealed.kept()).toEqual([]);
});

test('time over for a signed one: taken out, and its case stays released', async () => {
  const made = await sealedHouse();
  await answer(made, 'pharmacist');
  made.wait(DAY_MS);
  expect(await sweepSealed(made.deps)).toBe(0);
  expect(viewOf(made)).toMatchObject({ state: 'released', coSigned: true });
  expect(made.sealed.kept()).toEqual([]);
});

test.each(['fails', 'fails-but-written'] as const)(
  'the log %s -> nobody sees it and nothing is let out',
  async (mode) => {
    const made = await sealedHouse();
    made.house.log.behave(mode);
    for (const attempt of [see(made, 'pharmacist'), answer(made, 'pharmacist')]) {
      expect(await faultOf(attempt)).toMatchObject({ code: 'case-log-unavailable' });
    }
  },
);

test('the PACS away -> nothing is seen and nothing signed', async () => {
  const made = await sealedHouse();
  made.house.setStudy(new Error('away'));
  await expect(see(made, 'pharmacist')).rejects.toThrow('away');
  await expect(answer(made, 'pharmacist')).rejects.toThrow('away');
});

test('counted once: when it is let out, not when it is sealed', async () => {
  const made = await sealedHouse();
  await answer(made, 'pharmacist');
  const rules = { dayOf: () => '2026-03-10', scoreEdges: [] };
  const counted = made.house.log
    .all()
    .flatMap((entry) => driftCells(entry, rules).map(({ counter }) => counter));
  expect(counted).toEqual(['volume', 'latency', 'released', 'positive', 'score', 'score-sum']);
});

test.each([
  ['refused', { answer: 'refused', words: 'no' }, 'co-signature-refused'],
  ['out of time', undefined, 'seal-expired'],
] as const)('%s counts as withheld for that', async (_name, said, bin) => {
  const made = await sealedHouse();
  if (said === undefined) {
    made.wait(DAY_MS);
    await sweepSealed(made.deps);
  } else await answer(made, 'pharmacist', said);
  const cells = driftCells(made.house.last(), { dayOf: () => '2026-03-10', scoreEdges: [] });
  expect(cells).toMatchObject([{ counter: 'withheld', bin }]);
});

test('a result that comes with files, or that nobody is known to have asked for, is not kept', async () => {
  const made = createCoSignHouse();
  const opened = await openCase(made.house.deps, aRequest({ function: 'prescribing-suggestion' }), never);
  const decision = decide({ ...opened.question, coSignature: 'to-come' }, coSignRegister(), NOW);
  const file = { name: 'a', contentType: 'b', bytes: new Uint8Array() };
  const { practitioner: _nobody, ...unknown } = decision;
  for (const given of [
    { decision, answer: aResult({ files: [file] }) },
    { decision: unknown, answer: aResult() },
  ]) {
    expect(await faultOf(keepSealed(made.deps, opened, given))).toMatchObject({ code: 'model-failed' });
  }
  expect(made.sealed.kept()).toEqual([]);
  expect(awaitsCoSignature(opened)).toMatchObject({
    code: 'not-permitted',
    caseId: opened.id,
    reasons: [{ code: 'co-signature-missing' }],
  });
});
