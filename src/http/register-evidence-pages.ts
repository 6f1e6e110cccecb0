import type { Request, Response, Router } from 'express';
import { GatewayError } from '../domain/errors.ts';
import type { EvidencePiece } from '../domain/evidence-file.ts';
import type { EvidenceType } from '../domain/evidence-types.ts';
import type { Profile } from '../domain/profile.ts';
import type { EvidenceEntry } from '../domain/register-acts.ts';
import { evidenceFields } from '../ui/evidence-fields.ts';
import {
  addEvidencePage,
  correctEvidencePage,
  evidenceKindsPage,
  evidencePiecePage,
} from '../ui/evidence-pages.ts';
import { evidenceText } from '../ui/evidence-words.ts';
import { reasonFields, withdrawPage } from '../ui/standing-forms.ts';
import { addRoute } from './add-route.ts';
import { noQuery } from './api-schemas.ts';
import { addFormDoor } from './form-door.ts';
import { offerIn } from './offered-act.ts';
import { frameOf, openPage, sendPage, type PageContext, type PageDeps } from './page-context.ts';
import { parseInput } from './parse-input.ts';
import { confirmAmong, openProfile } from './profile-pages.ts';
import {
  addEvidenceForm,
  changedReasonForm,
  correctEvidenceForm,
  pieceParams,
  typeParams,
  type EvidenceForm,
} from './register-forms.ts';

type Handler = (req: Request, res: Response) => Promise<void>;

/** Adds the pages on which evidence is entered, looked at, corrected and withdrawn. */
export function addEvidencePages(router: Router, deps: PageDeps): void {
  addRoute(router, '/me/register/people/:id/add-evidence', { get: [getKinds(deps)] });
  addRoute(router, '/me/register/people/:id/evidence/:piece', { get: [getPiece(deps)] });
  addAttestation(router, deps);
  addCorrection(router, deps);
  addWithdrawal(router, deps);
}

function getKinds(deps: PageDeps): Handler {
  const open = openProfile(deps);
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    parseInput(noQuery, req.query);
    const profile = await open(context, req);
    const title = `Add evidence: ${profile.practitioner.name}`;
    const frame = frameOf(deps, context, { title, section: 'register' });
    sendPage(deps, res, 'evidence-kinds', { frame, model: evidenceKindsPage(profile) });
  };
}

function getPiece(deps: PageDeps): Handler {
  const open = openPiece(deps);
  return async (req, res) => {
    const context = await openPage(deps, req, res);
    parseInput(noQuery, req.query);
    const file = await open(context, req);
    const confirm = confirmAmong(deps, context, file.offers);
    const model = evidencePiecePage(file, { timeZone: deps.timeZone, confirm });
    const title = `${evidenceText(file.piece.type)}: ${file.practitioner.name}`;
    sendPage(deps, res, 'evidence-piece', {
      frame: frameOf(deps, context, { title, section: 'register' }),
      model,
    });
  };
}

function openPiece(deps: PageDeps): (context: PageContext, req: Request) => Promise<EvidencePiece> {
  return ({ evidence, signal }, req) => {
    const { id, piece } = parseInput(pieceParams, req.params);
    return deps.flows.readEvidencePiece({ evidence, practitioner: id, id: piece }, signal);
  };
}

interface Attesting {
  readonly profile: Profile;
  readonly type: EvidenceType;
  readonly offers: Profile['offers'];
}

function addAttestation(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: '/me/register/people/:id/add-evidence/:type',
    section: 'register',
    title: ({ type, profile }: Attesting) => `${evidenceText(type)}: ${profile.practitioner.name}`,
    open: openAttesting(deps),
    offer: offerIn('attest-evidence'),
    fields: ({ type, profile }) => evidenceFields(type, aroundOf(profile)),
    schema: ({ type }) => addEvidenceForm(type),
    page: ({ profile }, shown) => addEvidencePage(profile, shown),
    act: ({ profile, type }, form) => ({
      act: { act: 'attest-evidence', piece: entryOf(profile.practitioner.id, type, form) },
    }),
    next: ({ profile }) => `/me/register/people/${profile.practitioner.id}`,
  });
}

function openAttesting(deps: PageDeps): (context: PageContext, req: Request) => Promise<Attesting> {
  const open = openProfile(deps);
  return async (context, req) => {
    const { type } = parseInput(typeParams, req.params);
    const profile = await open(context, req);
    if (!profile.isOwn && !profile.attestable.includes(type)) {
      throw new GatewayError('not-found', { detail: 'Evidence of this kind is not yours to put on record.' });
    }
    return { profile, type, offers: profile.offers };
  };
}

function aroundOf({ standings, families }: Profile): Parameters<typeof evidenceFields>[1] {
  return { schemes: standings.map(({ scheme }) => scheme), families };
}

function entryOf(
  practitioner: EvidenceEntry['practitioner'],
  type: EvidenceType,
  form: EvidenceForm,
): EvidenceEntry {
  const { reason: _reason, etag: _etag, ...said } = form;
  return { practitioner, type, ...said };
}

/** What the case log says of a case of the gateway stays as it is, whatever is corrected. */
function fromLog({
  caseId,
  ordinal,
  ratings,
}: EvidencePiece['piece']): Pick<EvidenceEntry, 'caseId' | 'ordinal' | 'ratings'> {
  if (caseId === undefined) return {};
  return {
    caseId,
    ...(ordinal === undefined ? {} : { ordinal }),
    ...(ratings === undefined ? {} : { ratings }),
  };
}

interface Correcting {
  readonly file: EvidencePiece;
  readonly profile: Profile;
  readonly offers: Profile['offers'];
}

function addCorrection(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: '/me/register/people/:id/evidence/:piece/correct',
    section: 'register',
    title: ({ file }: Correcting) => `Correct: ${evidenceText(file.piece.type)}`,
    open: openCorrecting(deps),
    offer: offerIn('correct-evidence'),
    fields: ({ file: { piece }, profile }) => [
      ...evidenceFields(piece.type, { ...aroundOf(profile), piece }),
      ...reasonFields(),
    ],
    schema: ({ file }) => correctEvidenceForm(file.piece),
    page: ({ file }, shown) => correctEvidencePage(file, shown),
    act: ({ file: { piece, practitioner } }, form) => ({
      act: {
        act: 'correct-evidence',
        id: piece.id,
        piece: { ...entryOf(practitioner.id, piece.type, form), ...fromLog(piece) },
        reason: form.reason ?? '',
      },
      ifMatch: { kind: 'evidence', id: piece.id, etag: form.etag ?? '' },
    }),
    next: ({ file }) => pieceHref(file),
  });
}

function openCorrecting(deps: PageDeps): (context: PageContext, req: Request) => Promise<Correcting> {
  const open = openPiece(deps);
  return async (context, req) => {
    const file = await open(context, req);
    const { evidence, signal } = context;
    const profile = await deps.flows.readProfile({ evidence, practitioner: file.practitioner.id }, signal);
    return { file, profile, offers: file.offers };
  };
}

function addWithdrawal(router: Router, deps: PageDeps): void {
  addFormDoor(router, deps, {
    path: '/me/register/people/:id/evidence/:piece/withdraw',
    section: 'register',
    title: ({ piece }: EvidencePiece) => `Withdraw: ${evidenceText(piece.type)}`,
    open: openPiece(deps),
    offer: offerIn('withdraw-evidence'),
    fields: () => reasonFields(),
    schema: changedReasonForm,
    page: withdrawPage,
    act: ({ piece: { id } }, { reason, etag }) => ({
      act: { act: 'withdraw-evidence', id, reason },
      ifMatch: { kind: 'evidence', id, etag },
    }),
    next: ({ practitioner }) => `/me/register/people/${practitioner.id}`,
  });
}

function pieceHref({ practitioner, piece }: EvidencePiece): string {
  return `/me/register/people/${practitioner.id}/evidence/${encodeURIComponent(piece.id)}`;
}
