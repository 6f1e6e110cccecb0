import { caseFacts, casePersonal } from '../../src/domain/case-facts.ts';
import { decide, type Question } from '../../src/domain/decide.ts';
import { buildEntryBody, personalValues, readEntry, type Salts } from '../../src/domain/entry-body.ts';
import type { EntryDraft, EntryFacts, LogEntry, PersonalLabel } from '../../src/domain/log-entry.ts';
import { leafHash } from '../../src/domain/merkle-tree.ts';
import type { Instant, RegisterSnapshot } from '../../src/domain/register.ts';

/** What is drafted, as the log gives it back: through the bytes that it stores. */
export function storedEntry(draft: EntryDraft, seq = 0): LogEntry {
  const values = personalValues(draft);
  const salts: Salts = Object.fromEntries(values.map(({ label }) => [label, Buffer.alloc(32, seq)]));
  const body = buildEntryBody(draft, {
    log: 'caselog.test/memory',
    seq,
    node: 'memory',
    epoch: 1,
    wallUs: 1_767_225_600_000_000 + seq,
    monoNs: '0',
    boot: 'memory',
    clk: 'ok',
    salts,
  });
  const personal = Object.fromEntries(values.map(({ label, value }) => [label, value]));
  return readEntry({ body, leaf: leafHash(body), personal });
}

interface Asked {
  readonly question: Question;
  readonly register: RegisterSnapshot;
  readonly at: Instant;
}

/** A decision as flows put it on record, read back; `changes` stand in place of what was recorded. */
export function decidedEntry({ question, register, at }: Asked, changes: EntryFacts = {}, seq = 0): LogEntry {
  const decision = decide(question, register, at);
  const { input, ...rest } = question;
  const subject = {
    ...rest,
    studyInstanceUid: question.study?.studyInstanceUid ?? '1.2.3',
    ...(input === undefined ? {} : { inputFrom: input }),
  };
  return storedEntry(
    {
      id: `e-${String(seq)}`,
      kind: decision.permitted ? 'case.intent' : 'case.refused',
      facts: { ...caseFacts(subject, decision), ...changes },
      personal: casePersonal(subject, decision),
      retainClass: 'imaging-record',
    },
    seq,
  );
}

/** The entry once these personal values are erased: its bytes stay as they are. */
export function erased(entry: LogEntry, ...labels: readonly PersonalLabel[]): LogEntry {
  const left = Object.entries(entry.personal).filter(([label]) => !labels.some((one) => one === label));
  return { ...entry, personal: Object.fromEntries(left) };
}
