import type { DicomJsonElement, DicomJsonObject } from '../../src/domain/dicom/dicom-json.ts';
import type { Workitem } from '../../src/domain/workitem.ts';
import { aCaseId } from './inference-house.ts';
import { aPrincipal, aStudy, MODEL, NOW, RADIOLOGIST, VERSION } from './register-builder.ts';
import { sopInstanceUid } from './uids.ts';

/** An element with these values. */
export function el(vr: string, ...values: readonly unknown[]): DicomJsonElement {
  return { vr, Value: values };
}

/** An item of Scheduled Processing Parameters: a text under a concept. */
export function parameter(code: string, scheme: string, text: string): DicomJsonObject {
  return {
    '0040A040': el('CS', 'TEXT'),
    '0040A043': el('SQ', { '00080100': el('SH', code), '00080102': el('SH', scheme) }),
    '0040A160': el('UT', text),
  };
}

/** Scheduled Processing Parameters that name an exact version. */
export function asksFor(
  model: string,
  version: string,
  ...more: readonly DicomJsonObject[]
): DicomJsonElement {
  return el('SQ', parameter('111001', 'DCM', model), parameter('111003', 'DCM', version), ...more);
}

/** A workitem for the ready-made version on the ready-made study, as a person would create it. */
export function aWorkitemDraft(changes: Readonly<Record<string, DicomJsonElement>> = {}): DicomJsonObject {
  const study = el('UI', aStudy().studyInstanceUid);
  return {
    '00100010': el('PN', { Alphabetic: 'MADEUP^Mary' }),
    '00100020': el('LO', 'P-1'),
    '0020000D': study,
    '00404005': el('DT', '20260310090000'),
    '00404021': el('SQ', { '0020000D': study, '0040E020': el('CS', 'DICOM') }),
    '00404041': el('CS', 'READY'),
    '00741000': el('CS', 'SCHEDULED'),
    '00741200': el('CS', 'HIGH'),
    '00741202': el('LO', 'AI'),
    '00741204': el('LO', 'Nodules, chest CT'),
    '00741210': asksFor(MODEL, VERSION),
    ...changes,
  };
}

/** The same as it is kept. */
export function aWorkitem(changes: Partial<Workitem> = {}): Workitem {
  const { '00741000': _state, ...dataset } = aWorkitemDraft();
  return {
    uid: sopInstanceUid('1.5.1'),
    state: 'SCHEDULED',
    dataset,
    model: MODEL,
    version: VERSION,
    function: 'detection',
    creator: RADIOLOGIST,
    asked: { caller: aPrincipal(), study: aStudy() },
    caseId: aCaseId(1),
    intentId: 'id-1',
    isCaseEnded: false,
    createdAt: NOW,
    revision: 1,
    ...changes,
  };
}

/** What a performer adds when it has done its work: when, and which objects it made. */
export function performed(...sopInstanceUids: readonly string[]): DicomJsonObject {
  return performedOn(aStudy().studyInstanceUid, ...sopInstanceUids);
}

/** The same on another study. */
export function performedOn(study: string, ...sopInstanceUids: readonly string[]): DicomJsonObject {
  const references = sopInstanceUids.map((uid) => ({
    '00081150': el('UI', '1.2.840.10008.5.1.4.1.1.88.33'),
    '00081155': el('UI', uid),
  }));
  return {
    '00741216': el('SQ', {
      '00404050': el('DT', '20260310090100'),
      '00404051': el('DT', '20260310090200'),
      '00404033': el('SQ', {
        '0020000D': el('UI', study),
        '00081199': el('SQ', ...references),
      }),
    }),
  };
}

/** A request to change the state. */
export function toState(state: string, transactionUid?: string): DicomJsonObject {
  return {
    '00741000': el('CS', state),
    ...(transactionUid === undefined ? {} : { '00081195': el('UI', transactionUid) }),
  };
}
