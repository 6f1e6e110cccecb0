import type { RequestHandler } from 'express';
import type { checkReadiness } from '../flows/check-readiness.ts';
import type { classifyResult } from '../flows/classify-result.ts';
import type { confirmAct } from '../flows/confirm-act.ts';
import type { exportCsv } from '../flows/export-csv.ts';
import type { importCsv } from '../flows/import-csv.ts';
import type { listPendingActs } from '../flows/list-acts.ts';
import type { performAct } from '../flows/perform-act.ts';
import type { readProposal } from '../flows/read-proposal.ts';
import type { readRegisterPage, readRegisterRecord } from '../flows/read-register.ts';
import type { withdrawAct } from '../flows/withdraw-act.ts';
import type { explainCase } from '../flows/explain-case.ts';
import type { listCases, readMyCase } from '../flows/list-cases.ts';
import type {
  answerForCoSignature,
  listForCoSignature,
  readForCoSignature,
} from '../flows/co-sign-result.ts';
import type { listDispositionReasons } from '../flows/list-disposition-reasons.ts';
import type { findSeriesStudy } from '../flows/find-series-study.ts';
import type { listLabelModels } from '../flows/list-label-models.ts';
import type { listTensorModels } from '../flows/list-tensor-models.ts';
import type { listModels } from '../flows/list-models.ts';
import type { listFallingDue } from '../flows/list-falling-due.ts';
import type { makeFeed, readFeed, readFeedState, revokeFeed } from '../flows/keep-calendar-feed.ts';
import type { listProbableResults, readClassification } from '../flows/read-classification.ts';
import type { readCoSignedResult } from '../flows/read-co-signed.ts';
import type { readCard, readCardKeys } from '../flows/read-card.ts';
import type { exportLogBook, listSupervised, readLogBook } from '../flows/read-log-book.ts';
import type { signLogBookCase } from '../flows/sign-log-book-case.ts';
import type { createOneTimeCode } from '../flows/create-one-time-code.ts';
import type { exportCaseLog, readCaseLog, readVerification } from '../flows/read-case-log.ts';
import type { readDrift } from '../flows/read-drift.ts';
import type { recordDisposition } from '../flows/record-disposition.ts';
import type { recordTruth } from '../flows/record-truth.ts';
import type { retrieve } from '../flows/retrieve.ts';
import type { runInference } from '../flows/run-inference.ts';
import type { listPeople } from '../flows/list-people.ts';
import type { readApproval, readApprovalChoices, readCarryOver } from '../flows/read-approvals.ts';
import type { listEvidence, readEvidencePiece } from '../flows/read-evidence.ts';
import type { listAllGuidelines, readGuideline } from '../flows/read-guidelines.ts';
import type {
  listModelVersions,
  readModelChoices,
  readModelVersion,
  readStopUse,
} from '../flows/read-models.ts';
import type { readProfile } from '../flows/read-profile.ts';
import type { listWaiting, readWaiting } from '../flows/read-waiting.ts';
import type { search } from '../flows/search.ts';
import type { cancelWorkitem, updateWorkitem } from '../flows/change-workitem.ts';
import type { changeWorkitemState } from '../flows/change-workitem-state.ts';
import type { createWorkitem } from '../flows/create-workitem.ts';
import type { readWorkitem, searchWorkitems } from '../flows/read-workitems.ts';
import type {
  subscribeToWorkitems,
  suspendSubscription,
  unsubscribeFromWorkitems,
} from '../flows/subscribe-workitems.ts';
import type { WorkitemEvents } from '../flows/workitem-events.ts';
import type { storeObjects } from '../flows/store-objects.ts';
import type { Clock, Ids } from '../flows/ports.ts';
import type { whoAmI, whoCalls, whoSignedIn } from '../flows/who-am-i.ts';
import type { whoCouldUse } from '../flows/who-could-use.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Pages } from '../ui/create-pages.ts';
import type { ViewerFiles } from '../ui/load-viewer.ts';
import type { ViewerPacs } from '../ui/viewer-config.ts';
import type { TrustedHop } from './trusted-hops.ts';

/** A flow with its dependencies already given: (input, signal) → answer. */
type Bound<F> = F extends (deps: never, ...rest: infer Rest) => infer Answer
  ? (...rest: Rest) => Answer
  : never;

/** Every flow the edge can call. */
export interface Flows {
  readonly whoAmI: Bound<typeof whoAmI>;
  readonly whoCalls: Bound<typeof whoCalls>;
  readonly whoSignedIn: Bound<typeof whoSignedIn>;
  readonly createOneTimeCode: Bound<typeof createOneTimeCode>;
  readonly listModels: Bound<typeof listModels>;
  readonly listLabelModels: Bound<typeof listLabelModels>;
  readonly listTensorModels: Bound<typeof listTensorModels>;
  readonly findSeriesStudy: Bound<typeof findSeriesStudy>;
  readonly runInference: Bound<typeof runInference>;
  readonly recordDisposition: Bound<typeof recordDisposition>;
  readonly listDispositionReasons: Bound<typeof listDispositionReasons>;
  readonly recordTruth: Bound<typeof recordTruth>;
  readonly listForCoSignature: Bound<typeof listForCoSignature>;
  readonly readForCoSignature: Bound<typeof readForCoSignature>;
  readonly answerForCoSignature: Bound<typeof answerForCoSignature>;
  readonly readCoSignedResult: Bound<typeof readCoSignedResult>;
  readonly listCases: Bound<typeof listCases>;
  readonly readMyCase: Bound<typeof readMyCase>;
  readonly readCaseLog: Bound<typeof readCaseLog>;
  readonly exportCaseLog: Bound<typeof exportCaseLog>;
  readonly readVerification: Bound<typeof readVerification>;
  readonly readDrift: Bound<typeof readDrift>;
  readonly explainCase: Bound<typeof explainCase>;
  readonly whoCouldUse: Bound<typeof whoCouldUse>;
  readonly performAct: Bound<typeof performAct>;
  readonly confirmAct: Bound<typeof confirmAct>;
  readonly withdrawAct: Bound<typeof withdrawAct>;
  readonly listPendingActs: Bound<typeof listPendingActs>;
  readonly readProposal: Bound<typeof readProposal>;
  readonly readRegisterPage: Bound<typeof readRegisterPage>;
  readonly readRegisterRecord: Bound<typeof readRegisterRecord>;
  readonly importCsv: Bound<typeof importCsv>;
  readonly exportCsv: Bound<typeof exportCsv>;
  readonly listFallingDue: Bound<typeof listFallingDue>;
  readonly readFeedState: Bound<typeof readFeedState>;
  readonly makeFeed: Bound<typeof makeFeed>;
  readonly revokeFeed: Bound<typeof revokeFeed>;
  readonly readFeed: Bound<typeof readFeed>;
  readonly readCard: Bound<typeof readCard>;
  readonly readCardKeys: Bound<typeof readCardKeys>;
  readonly readLogBook: Bound<typeof readLogBook>;
  readonly exportLogBook: Bound<typeof exportLogBook>;
  readonly listSupervised: Bound<typeof listSupervised>;
  readonly signLogBookCase: Bound<typeof signLogBookCase>;
  readonly readProfile: Bound<typeof readProfile>;
  readonly listPeople: Bound<typeof listPeople>;
  readonly listEvidence: Bound<typeof listEvidence>;
  readonly readEvidencePiece: Bound<typeof readEvidencePiece>;
  readonly readApprovalChoices: Bound<typeof readApprovalChoices>;
  readonly readApproval: Bound<typeof readApproval>;
  readonly readCarryOver: Bound<typeof readCarryOver>;
  readonly listModelVersions: Bound<typeof listModelVersions>;
  readonly readModelVersion: Bound<typeof readModelVersion>;
  readonly readModelChoices: Bound<typeof readModelChoices>;
  readonly readStopUse: Bound<typeof readStopUse>;
  readonly listAllGuidelines: Bound<typeof listAllGuidelines>;
  readonly readGuideline: Bound<typeof readGuideline>;
  readonly classifyResult: Bound<typeof classifyResult>;
  readonly readClassification: Bound<typeof readClassification>;
  readonly listProbableResults: Bound<typeof listProbableResults>;
  readonly listWaiting: Bound<typeof listWaiting>;
  readonly readWaiting: Bound<typeof readWaiting>;
  readonly checkReadiness: Bound<typeof checkReadiness>;
  readonly search: Bound<typeof search>;
  readonly retrieve: Bound<typeof retrieve>;
  readonly storeObjects: Bound<typeof storeObjects>;
  readonly createWorkitem: Bound<typeof createWorkitem>;
  readonly readWorkitem: Bound<typeof readWorkitem>;
  readonly searchWorkitems: Bound<typeof searchWorkitems>;
  readonly updateWorkitem: Bound<typeof updateWorkitem>;
  readonly changeWorkitemState: Bound<typeof changeWorkitemState>;
  readonly cancelWorkitem: Bound<typeof cancelWorkitem>;
  readonly subscribeToWorkitems: Bound<typeof subscribeToWorkitems>;
  readonly unsubscribeFromWorkitems: Bound<typeof unsubscribeFromWorkitems>;
  readonly suspendSubscription: Bound<typeof suspendSubscription>;
  readonly openWorkitemChannel: WorkitemEvents['open'];
}

/** A way to sign in, as the sign-in page offers it. */
export interface SignInChoice {
  readonly id: string;
  readonly title: string;
  readonly kind: 'saml' | 'oidc' | 'card';
  /** A local path, or an address on the card listener, without query; `return` and `step-up` are added. */
  readonly href: string;
}

/** Ready handlers of the identity room's doors. A way to sign in that is not set up is absent, and its doors answer 404. */
export interface LoginDoors {
  readonly saml: {
    /** GET /auth/saml/:idp/login */
    readonly login: RequestHandler;
    /** POST /auth/saml/:idp/acs (body parsed as form) */
    readonly acs: RequestHandler;
    /** GET /auth/saml/:idp/metadata */
    readonly metadata: RequestHandler;
    /** GET and POST /auth/saml/:idp/slo (body of a POST parsed as form) */
    readonly slo?: RequestHandler;
    /** GET /auth/saml/:idp/sign-out: takes the browser on to the identity provider after a sign-out here */
    readonly signOut?: RequestHandler;
  };
  readonly oidc?: {
    /** GET /auth/oidc/:idp/login */
    readonly login: RequestHandler;
    /** GET /auth/oidc/:idp/callback */
    readonly callback: RequestHandler;
    /** POST /auth/oidc/:idp/backchannel-logout (body parsed as form) */
    readonly backchannelLogout: RequestHandler;
  };
  readonly card?: {
    /** GET /auth/card */
    readonly enter: RequestHandler;
  };
  readonly session: {
    /** POST /auth/logout */
    readonly logout: RequestHandler;
    /** POST /auth/logout-everywhere */
    readonly logoutEverywhere?: RequestHandler;
    /** POST /auth/lock (form with `return`) */
    readonly lock?: RequestHandler;
    /** GET /auth/step-up */
    readonly stepUp?: RequestHandler;
  };
  readonly tokens?: {
    /** POST /auth/token (body parsed as form) */
    readonly issue: RequestHandler;
    /** POST /auth/revoke (body parsed as form) */
    readonly revoke: RequestHandler;
  };
  readonly breakGlass?: {
    /** POST /auth/break-glass (form with `username`, `password`, `return`) */
    readonly enter: RequestHandler;
    /** Whether emergency access may be used now. */
    readonly isOpen: () => boolean;
  };
  /** Counts an attempt at the address, and passes on; for doors that do not count by themselves. */
  readonly countAttempt?: RequestHandler;
  /** Ways to choose from on the sign-in page. */
  readonly choices: readonly SignInChoice[];
}

/** What the public app needs from outside. */
export interface AppDeps {
  readonly flows: Flows;
  readonly doors: LoginDoors;
  readonly pages: Pages;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** How people reach this gateway, e.g. `https://countersign.trust.nhs.uk`; the only origin that counts as our own. */
  readonly publicUrl: string;
  readonly limits: {
    /** Largest request body in bytes, of any kind that is read whole. */
    readonly maxBodyBytes: number;
    /** Largest request that stores objects, which is not held in memory; any size when absent. */
    readonly maxStoreBytes?: number;
    /** Largest AI call with tensors behind its JSON, which is not held in memory either; 1 GiB when absent. */
    readonly maxTensorBytes?: number;
  };
  /** Load balancers and reverse proxies whose word is taken; none when absent. */
  readonly trustedHops?: readonly TrustedHop[];
  readonly ids: Pick<Ids, 'newId'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** How long a session may go unused before it locks, ms; for the page that says so. */
  readonly idleMs: number;
  /** IANA time zone of times on pages. */
  readonly timeZone: string;
  /** Other origins whose viewers may read with a person's session, and call AI with a bearer token; none when absent. */
  readonly allowedOrigins?: readonly string[];
  /** Ids of the PACS beside the main one, each served at `/dicom-web/<id>`; none when absent. */
  readonly morePacs?: readonly string[];
  /** The viewer that is served below `/viewer/`, and what it reads, the main PACS first; none when absent. */
  readonly viewer?: { readonly files: ViewerFiles; readonly pacs: readonly ViewerPacs[] };
  /** True when the PACS holds made-up patients: every page then says so. */
  readonly simulator: boolean;
}
