/**
 * How long a Trust's whole register takes to load, and how much memory it keeps: 2,000 practitioners, 300 model versions, 60,000
 * approvals, 500,000 pieces of evidence. Wanted: under 2 s, under 200 MB of heap and buffers together. Beside it, as the raw limit,
 * SQLite handing out the same rows unread. Run with --expose-gc. The data set is built once; its folder is the first argument.
 */
import Database from 'better-sqlite3';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePractitionerId } from '../../src/domain/identifiers.ts';
import { auditRegister } from '../../src/register/audit-register.ts';
import { DATASET_NOW, FULL_SIZE, personId } from './dataset-records.ts';
import { buildRegisterDataset, openRegisterDataset } from './register-dataset.ts';

const ROUNDS = 5;
const folder = process.argv[2] ?? join(tmpdir(), 'countersign-register-bench');
mkdirSync(folder, { recursive: true });
const path = join(folder, 'register.sqlite');

function megabytes(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
}

async function timed<T>(work: () => T | Promise<T>): Promise<{ readonly ms: number; readonly value: T }> {
  const began = performance.now();
  const value = await work();
  return { ms: performance.now() - began, value };
}

const built = await timed(() => buildRegisterDataset(path, FULL_SIZE));
console.log(`built         ${built.ms.toFixed(0).padStart(6)} ms`);

for (let round = 0; round < ROUNDS; round += 1) {
  const raw = await timed(() => {
    const database = new Database(path, { readonly: true });
    const rows = database.prepare<[], string>('select body from register_record').pluck().iterate();
    let bytes = 0;
    for (const body of rows) bytes += body.length;
    database.close();
    return bytes;
  });
  const before = megabytes();
  const { ms, value: opened } = await timed(() => openRegisterDataset(path));
  const kept = megabytes() - before;
  const { sequence } = opened.register.snapshot();
  console.log(
    `load          ${ms.toFixed(0).padStart(6)} ms  ${(ms / raw.ms).toFixed(1)} x raw (${raw.ms.toFixed(0)} ms)  ${kept.toFixed(0)} MB  ${String(sequence)} changes`,
  );
  await opened.close();
}

const { register, database, close } = await openRegisterDataset(path);
const snapshot = register.snapshot();
const people = snapshot.practitioners().map(({ id }) => id);
const versions = snapshot.modelVersions();
const looked = await timed(() => {
  let found = 0;
  for (let turn = 0; turn < 1_000_000; turn += 1) {
    const person = people[turn % people.length];
    const known = versions[turn % versions.length];
    if (person !== undefined && known !== undefined) {
      found += snapshot.approvalsFor(person, known.model, known.version).length;
    }
  }
  return found;
});
console.log(`approvalsFor  ${((looked.ms * 1_000) / 1_000_000).toFixed(3).padStart(6)} µs each`);
const cold = await timed(() => people.reduce((sum, id) => sum + snapshot.evidenceOf(id).length, 0));
console.log(`evidenceOf    ${((cold.ms * 1_000) / people.length).toFixed(0).padStart(6)} µs each, cold`);
const id = parsePractitionerId(personId(7));
const warm = await timed(() => {
  for (let turn = 0; turn < 10_000 && id !== undefined; turn += 1) snapshot.evidenceOf(id);
});
console.log(`evidenceOf    ${(warm.ms / 10).toFixed(1).padStart(6)} µs each, warm`);
const audit = await timed(() => auditRegister(database));
console.log(`audit         ${audit.ms.toFixed(0).padStart(6)} ms  ${audit.value?.problem ?? 'all well'}`);
console.log(`${String(register.sequenceAt(DATASET_NOW))} changes by now`);
await close();
