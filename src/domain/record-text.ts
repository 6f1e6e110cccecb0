import { canonicalJson } from './canonical-json.ts';
import type { Approval, Evidence, Guideline, Instant, ModelVersion, StopUse } from './register.ts';

/** The words of a record, as an import file writes it. */
export type RecordText = Readonly<Record<string, unknown>>;

/** An instant as import files write it: a day where it is a day's first moment, else to the second where that says it all. */
function instantText(instant: Instant): string {
  return new Date(instant).toISOString().replace(/T00:00:00\.000Z$|\.000(?=Z$)/, '');
}

/** A record's words: members that are not there are left out, and those named in `times` are instants. */
export function recordText(members: RecordText, times: readonly string[] = []): RecordText {
  const stands = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    stands.map(([name, value]) => [
      name,
      times.includes(name) && typeof value === 'number' ? instantText(value) : value,
    ]),
  );
}

const TIME = /^\d{4}-\d{2}-\d{2}(T[\d:.]+Z)?$/;

/** Whether it is an instant as import files write it. */
export function isTimeText(value: unknown): value is string {
  return typeof value === 'string' && TIME.test(value);
}

/**
 * A text to hold two records' words against each other by: times that are written differently are the same. Words that no record can
 * have (half a character) are none the less compared: whoever sent them is told so by the register's schema.
 */
export function comparable(value: unknown): string {
  return canonicalJson(plainTimes(value) ?? null);
}

function plainTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainTimes);
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value);
    return Object.fromEntries(members.map(([name, one]) => [name.toWellFormed(), plainTimes(one)]));
  }
  if (isTimeText(value)) return Date.parse(value) || value;
  return typeof value === 'string' ? value.toWellFormed() : value;
}

/** A model version in the words of an import file. */
export function modelVersionText({ releases, ...known }: ModelVersion): RecordText {
  return recordText(
    { ...known, releases: releases.map((one) => recordText({ ...one }, ['from', 'until'])) },
    ['retiredAt'],
  );
}

/** A piece of evidence in the words of an import file. When it was taken up is not for a file to say. */
export function evidenceText({ recordedAt: _at, ...piece }: Evidence): RecordText {
  return recordText({ ...piece }, ['happenedAt', 'validUntil']);
}

/** An approval in the words of an import file. */
export function approvalText(approval: Approval): RecordText {
  return recordText({ ...approval }, ['from', 'until']);
}

/** A stop-use in the words of an import file. */
export function stopUseText(stop: StopUse): RecordText {
  return recordText({ ...stop }, ['from', 'until', 'liftedAt']);
}

/** A guideline in the words of an import file. */
export function guidelineText({ reviews, comments, ...version }: Guideline): RecordText {
  const dated = (rows: readonly object[]): readonly RecordText[] =>
    rows.map((row) => recordText({ ...row }, ['at']));
  return recordText({ ...version, reviews: dated(reviews), comments: dated(comments) }, [
    'draftedAt',
    'signedAt',
    'effectiveFrom',
  ]);
}

/** Names a guideline's version among the records. */
export function guidelineId({ id, version }: Pick<Guideline, 'id' | 'version'>): string {
  return `${id}@${version}`;
}
