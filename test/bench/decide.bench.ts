/**
 * How many decisions a second one thread takes, with every reason, on the register of a large Trust; and beside it Cedar, a
 * policy engine, on a part of the same question (is this person's credential good, and are they approved for this version and
 * function?), in the same run. Machines differ, so read the ratio. Also: how much memory the register
 * holds, what a decision costs whose person has not been asked for yet, and how soon a stop-use or a suspension bites.
 * Wanted: 300,000 decisions a second or more. Seconds for each measurement: first argument (default 3).
 */
import { join } from 'node:path';
import { decide } from '../../src/domain/decide.ts';
import { createLiveRegister, type LiveRegister } from '../../src/register/live-register.ts';
import { loadPolicy } from '../../src/register/load-policy.ts';
import { parseTyped } from '../../src/register/parse-record.ts';
import type { RecordChange } from '../../src/register/register-change.ts';
import { DATASET_NOW as NOW, datasetChanges, FULL_SIZE } from './dataset-records.ts';
import { cedarQuestions, decideByCedar } from './decide-cedar.ts';
import { ask, makeDrafts, type Draft } from './decide-questions.ts';

const SECONDS = Number(process.argv[2] ?? 3);
const WANTED = 300_000;
const QUESTIONS = 100_000;
const SLICE_MS = 50;
const PERMITTED = 0.7;
const policy = loadPolicy(join(import.meta.dirname, '../../config/policy/uk-pathway-2025.yaml'));

function show(name: string, value: string): void {
  console.log(`${name.padEnd(40)} ${value}`);
}

function megabytes(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1e6;
}

function take(live: LiveRegister, change: RecordChange): void {
  const typed = parseTyped(change);
  if (typed === undefined) throw new Error(`no record of the register: ${JSON.stringify(change)}`);
  live.apply(typed, NOW);
}

function load(): LiveRegister {
  const { people, versions, approvals, evidence } = FULL_SIZE;
  const before = megabytes();
  const live = createLiveRegister(policy);
  for (const change of datasetChanges(FULL_SIZE)) take(live, change);
  console.log(
    `${people} people, ${versions} versions, ${approvals} approvals, ${evidence} pieces of evidence`,
  );
  show('the register holds', `${(megabytes() - before).toFixed(0)} MB`);
  return live;
}

/** What this thread has worked, ms: what else runs on the machine does not count. */
function workedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

interface Rate {
  /** Calls a second: the median of many short measurements, and the best of them. */
  readonly typical: number;
  readonly best: number;
}

/** Over the list again and again; the sum of what the calls give keeps the work from being left out. */
function rate<T>(items: readonly T[], work: (item: T) => number): Rate {
  const rates: number[] = [];
  let [place, sum] = [0, 0];
  const end = workedMs() + SECONDS * 1_000;
  while (workedMs() < end) {
    const began = workedMs();
    let [calls, took] = [0, 0];
    while (took < SLICE_MS) {
      const last = Math.min(place + 1_000, items.length);
      calls += last - place;
      for (; place < last; place += 1) sum += work(itemAt(items, place));
      place %= items.length;
      took = workedMs() - began;
    }
    rates.push((calls / took) * 1_000);
  }
  if (!Number.isFinite(sum)) throw new Error('never');
  rates.sort((a, b) => a - b);
  return { typical: rates[Math.floor(rates.length / 2)] ?? 0, best: rates.at(-1) ?? 0 };
}

function itemAt<T>(items: readonly T[], place: number): T {
  const item = items[place];
  if (item === undefined) throw new Error('never');
  return item;
}

function said({ typical, best }: Rate): string {
  return `${typical.toFixed(0).padStart(8)} a second (at best ${best.toFixed(0)})`;
}

/** The first decision about each person, who has to be worked out from their evidence. */
function cold(live: LiveRegister, drafts: readonly Draft[]): void {
  const register = live.snapshot();
  const first = new Map(drafts.map((draft) => [draft.subject, draft]));
  for (const { id } of register.practitioners()) register.memo.forget(id);
  const before = megabytes();
  const began = workedMs();
  for (const draft of first.values()) decide(ask(draft, NOW), register, NOW);
  const tookMs = workedMs() - began;
  show('first decision about a person', `${((tookMs * 1_000) / first.size).toFixed(0)} µs`);
  for (const draft of drafts) decide(ask(draft, NOW), register, NOW);
  show('kept of all people', `${(megabytes() - before).toFixed(1)} MB`);
}

/** From the record of it to the first denial, by the clock on the wall. */
function bite(live: LiveRegister, draft: Draft, change: RecordChange): string {
  const question = ask(draft, NOW);
  if (!decide(question, live.snapshot(), NOW).permitted) throw new Error('denied before');
  const began = performance.now();
  take(live, change);
  const { permitted, reasons } = decide(question, live.snapshot(), NOW);
  const tookMs = performance.now() - began;
  if (permitted) throw new Error('permitted after');
  return `${tookMs.toFixed(2)} ms (${reasons.map(({ code }) => code).join(', ')})`;
}

function changes(live: LiveRegister, [stopped, suspended]: readonly Draft[]): void {
  if (stopped === undefined || suspended === undefined) throw new Error('nothing is permitted');
  const { model, version } = stopped;
  const at = new Date(NOW).toISOString();
  const stop = { id: 'stop', model, version, from: at, reason: 'drift', by: 'p0001' };
  show(
    'from a stop-use to the first denial',
    bite(live, stopped, { kind: 'stop-use', id: 'stop', record: stop }),
  );
  const practitioner = suspended.subject;
  const suspension = { id: 's', practitioner, type: 'suspension', happenedAt: at, attestedBy: 'p0001' };
  show(
    'from a suspension to the first denial',
    bite(live, suspended, { kind: 'evidence', id: 's', record: suspension }),
  );
}

function main(): void {
  const live = load();
  const register = live.snapshot();
  const drafts = makeDrafts(register, { now: NOW, count: QUESTIONS, permitted: PERMITTED });
  cold(live, drafts);
  const work = (draft: Draft): number => decide(ask(draft, NOW), register, NOW).reasons.length;
  const permits = drafts.filter((draft) => work(draft) === 0);
  const denials = drafts.filter((draft) => work(draft) > 0);
  rate(drafts, work);
  const ours = rate(drafts, work);
  show(`decide, ${String(PERMITTED * 100)} % permitted`, said(ours));
  show('decide, permitted only', said(rate(permits, work)));
  show('decide, denied only', said(rate(denials, work)));
  const cedar = rate(cedarQuestions(drafts, register, NOW), decideByCedar);
  show('Cedar, credential and approval only', said(cedar));
  show('decide / Cedar', `${(ours.typical / cedar.typical).toFixed(1)} x`);
  changes(live, permits);
  show('wanted', `${WANTED} a second`);
  if (ours.typical < WANTED) process.exitCode = 1;
}

main();
