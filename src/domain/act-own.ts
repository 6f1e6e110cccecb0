import { addMonths, isoDate } from './calendar.ts';
import type { ActFinding } from './act-finding.ts';
import {
  nothingBut,
  type ActMatter,
  type ActNamed,
  type ActOutline,
  type ActOutlines,
} from './act-matter.ts';
import { currentGuideline } from './current-guideline.ts';
import { isInForce } from './evidence-count.ts';
import { guidelineId, recordText, type RecordText } from './record-text.ts';
import type { Evidence } from './register.ts';
import { DECLARATION_STATEMENTS } from './words.ts';

/** What one entry can count for at most, and how old it can be when it is logged: beyond that it was mistyped. */
const MOST_CREDITS = 100;
const OLDEST_MONTHS = 60;

/** What people say of themselves: the annual declaration, CPD, that they have read a guideline. */
export const OWN_OUTLINES: ActOutlines<'declare' | 'log-cpd' | 'acknowledge-guideline'> = {
  declare: outlineDeclaration,
  'log-cpd': outlineCpd,
  'acknowledge-guideline': outlineAcknowledgement,
};

function outlineDeclaration({ statements }: ActNamed<'declare'>, matter: ActMatter): ActOutline {
  const missing = DECLARATION_STATEMENTS.filter((one) => !statements.includes(one));
  const detail = missing.map((one) => one.replaceAll('-', ' ')).join(', ');
  return {
    findings: missing.length === 0 ? [] : [{ code: 'statements-missing', facts: { detail } }],
    changes: [ownPiece(matter, { type: 'annual-declaration', happenedAt: matter.now, statements })],
  };
}

function outlineCpd(act: ActNamed<'log-cpd'>, matter: ActMatter): ActOutline {
  const { title, credits, happenedAt, modelFamily, document } = act;
  const { now } = matter;
  const findings: ActFinding[] = [];
  if (!(happenedAt <= now && happenedAt >= addMonths(now, -OLDEST_MONTHS))) {
    findings.push({
      code: 'date-implausible',
      facts: { detail: 'CPD is logged within five years, and not before it was' },
    });
  }
  if (!(credits > 0 && credits <= MOST_CREDITS)) findings.push({ code: 'credits-out-of-bounds' });
  if (ownPieces(matter, 'cpd').some((piece) => isSameCpd(piece, act))) {
    findings.push({ code: 'exists-already', facts: { detail: title } });
  }
  const piece = { type: 'cpd', happenedAt, credits, modelFamily, document, note: title };
  return { findings, changes: [ownPiece(matter, piece)] };
}

/** Entered twice: the same thing on the same day for the same credits. */
function isSameCpd(
  piece: Evidence,
  { title, credits, happenedAt, modelFamily }: ActNamed<'log-cpd'>,
): boolean {
  return (
    piece.note === title &&
    piece.credits === credits &&
    piece.modelFamily === modelFamily &&
    Math.abs(piece.happenedAt - happenedAt) < DAY_MS &&
    isoDate(piece.happenedAt) === isoDate(happenedAt)
  );
}

const DAY_MS = 86_400_000;

function outlineAcknowledgement(
  { guideline, version }: ActNamed<'acknowledge-guideline'>,
  matter: ActMatter,
): ActOutline {
  const name = guidelineId({ id: guideline, version });
  if (!isToBeRead(guideline, version, matter)) {
    return nothingBut({
      code: 'guideline-not-current',
      facts: { detail: `${guideline}, version ${version}` },
    });
  }
  const isKnown = ownPieces(matter, 'guideline-acknowledgement').some(
    (piece) => piece.guideline === name && isInForce(piece, matter.now),
  );
  return {
    findings: isKnown ? [{ code: 'exists-already', facts: { detail: name } }] : [],
    changes: [
      ownPiece(matter, { type: 'guideline-acknowledgement', happenedAt: matter.now, guideline: name }),
    ],
  };
}

/** The version in force, or one that a model names; never one that nobody has signed off. */
function isToBeRead(id: string, version: string, { register, now }: ActMatter): boolean {
  const draft = register.guidelineVersions(id).find((one) => one.version === version);
  if (draft !== undefined && draft.signedAt === undefined) return false;
  if (currentGuideline(register, id, now)?.version === version) return true;
  return register.modelVersions().some(({ guideline, state }) => {
    return state !== 'retired' && guideline?.id === id && guideline.version === version;
  });
}

function ownPieces({ actor, register }: ActMatter, type: Evidence['type']): readonly Evidence[] {
  return register.evidenceOf(actor.id).filter((piece) => piece.type === type);
}

function ownPiece({ actor, newId }: ActMatter, members: RecordText): ActOutline['changes'][number] {
  const id = `E-${newId()}`;
  const record = { id, practitioner: actor.id, attestedBy: actor.id, recordedBy: actor.id, ...members };
  return { kind: 'evidence', id, record: recordText(record, ['happenedAt']) };
}
