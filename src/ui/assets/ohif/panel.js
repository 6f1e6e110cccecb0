// What the panel knows and does. Each press asks the gateway; what it says is shown, and nothing is concluded from it here.

import { createClient } from './panel-client.js';
import { watchStudy } from './panel-study.js';
import { createView } from './panel-view.js';
import { functionText, runName } from './panel-words.js';

const READ_ON = 'Images are read as before.';
/** Coming back to the window asks again, but not at each glance elsewhere. There is no clock: asking by itself would keep a session awake. */
const AGAIN_MS = 5_000;

/** The panel of one page; `attach` shows it in a shadow root and gives the way to take it out again. */
export function createPanel(services) {
  const client = createClient(() => authorizationOf(services.userAuthenticationService));
  const state = emptyState();
  const panel = { client, state, views: new Set(), turn: 0, loadedAt: 0, askedFor: undefined };
  return { attach: (root) => attach(panel, services, root) };
}

function emptyState() {
  return {
    study: undefined,
    isLoading: false,
    /** What stands before everything else: `{ text, isSignedOut? }`. */
    notice: undefined,
    /** `{ rows }`, or `{ sentence, reasons }` where the gateway gave none. */
    models: { rows: [] },
    cases: { rows: [] },
    choices: [],
    /** By study and version, what a press of Run came to. */
    runs: new Map(),
    /** By case: what was chosen, what is being recorded, what was refused. */
    answers: new Map(),
    /** By case: the texts of drafts, which are kept nowhere else. */
    drafts: new Map(),
    /** Said aloud by screen readers, once: what is drawn anew is not said again. */
    said: '',
  };
}

function attach(panel, services, root) {
  const view = createView(root, actionsOf(panel));
  panel.views.add(view);
  const stop = watchStudy(services, (study) => {
    showStudy(panel, study);
  });
  const back = () => {
    if (document.visibilityState === 'visible' && window.performance.now() - panel.loadedAt > AGAIN_MS)
      refresh(panel);
  };
  window.addEventListener('focus', back);
  document.addEventListener('visibilitychange', back);
  show(panel);
  return () => {
    stop();
    window.removeEventListener('focus', back);
    document.removeEventListener('visibilitychange', back);
    panel.views.delete(view);
  };
}

function actionsOf(panel) {
  return {
    reload: () => {
      refresh(panel);
    },
    run: (row) => run(panel, row),
    choose: (caseId, chosen) => {
      setAnswer(panel, caseId, chosen);
    },
    answer: (one, said) => answer(panel, one, said),
  };
}

function show({ state, views }) {
  for (const view of views) view.show(state);
}

function change(panel, changes) {
  Object.assign(panel.state, changes);
  show(panel);
}

/** While the viewer arranges itself nothing is on screen for a moment: what is known of the study stays known. */
function showStudy(panel, study) {
  change(panel, { study });
  if (study === undefined || study.uid === panel.askedFor) return;
  panel.askedFor = study.uid;
  change(panel, { models: { rows: [] }, cases: { rows: [] }, notice: undefined, said: '' });
  void load(panel);
}

/** Asks again, and leaves what was refused before: it may be put right. A run without an answer keeps its key. */
function refresh(panel) {
  const { runs, answers } = panel.state;
  for (const [name, { isRunning, key }] of runs) if (!isRunning && key === undefined) runs.delete(name);
  for (const [caseId, one] of answers) answers.set(caseId, { ...one, refused: undefined });
  void load(panel);
}

/** Asks everything about the study on screen. An answer that comes after another study was opened is left. */
async function load(panel) {
  const { client, state } = panel;
  const { study } = state;
  if (study === undefined) return;
  panel.turn += 1;
  const { turn } = panel;
  change(panel, { isLoading: true });
  const [ready, models, cases, choices] = await Promise.all([
    client.isReady(),
    client.models(study.uid),
    client.cases(study.uid),
    client.dispositions(),
  ]);
  if (turn !== panel.turn) return;
  panel.loadedAt = window.performance.now();
  const notice = noticeOf([ready, models, cases]);
  if (notice?.isSignedOut) state.drafts.clear();
  change(panel, {
    isLoading: false,
    notice,
    said: notice?.text ?? state.said,
    // Where AI is locked for everybody, or nobody is signed in, nothing is offered.
    models: notice === undefined ? listOf(models, 'models') : { rows: [] },
    cases: notice?.isSignedOut ? { rows: [] } : listOf(cases, 'cases'),
    choices: choices.kind === 'ok' ? choices.body.dispositions : state.choices,
  });
}

function noticeOf([ready, ...others]) {
  const all = [ready, ...others];
  if (all.some(({ kind }) => kind === 'signed-out')) {
    return { isSignedOut: true, text: `You are signed out, so AI is locked. ${READ_ON}` };
  }
  const away = all.find(({ kind }) => kind === 'away');
  if (away !== undefined) return { text: `AI is away: ${lowered(away.sentence)} ${READ_ON}` };
  return ready.kind === 'ok'
    ? undefined
    : { text: `AI is locked for everybody. ${ready.sentence} ${READ_ON}` };
}

function lowered(sentence) {
  return `${sentence.slice(0, 1).toLowerCase()}${sentence.slice(1)}`;
}

function listOf(answer, member) {
  if (answer.kind === 'ok') return { rows: answer.body[member] ?? [] };
  return { rows: [], sentence: answer.sentence, reasons: answer.reasons ?? [] };
}

/** One press is one case, however often it is pressed while it runs: the key is the same until there is an answer. */
async function run(panel, row) {
  const { client, state } = panel;
  const { study } = state;
  if (study === undefined) return;
  const name = runName(study, row);
  const before = state.runs.get(name);
  if (before?.isRunning) return;
  const key = before?.key ?? window.crypto.randomUUID();
  const title = `${functionText(row.function)}: ${row.title} ${row.version}`;
  setRun(panel, name, { isRunning: true, key }, `${title} is running.`);
  const answered = await client.run(row, study.uid, key);
  if (answered.kind === 'ok') {
    const { caseId, drafts } = answered;
    if (caseId !== undefined && drafts.length > 0) state.drafts.set(caseId, drafts);
    setRun(panel, name, { doneAs: caseId }, `${title} is done. Its case stands below.`);
  } else {
    const failed = failedRun(answered, key);
    setRun(panel, name, failed, `${title} gave no result. ${failed.sentence}`);
  }
  if (state.study?.uid === study.uid || answered.kind === 'signed-out') await load(panel);
}

/** Without an answer nobody knows whether it ran: the next press asks for the same case. */
function failedRun(answered, key) {
  if (answered.kind === 'away') {
    return {
      key,
      sentence: `${answered.sentence} Press Run again to get the answer of the same case.`,
      reasons: [],
    };
  }
  if (answered.kind === 'signed-out') return { sentence: 'You are signed out.', reasons: [] };
  const { sentence, reasons, caseId } = answered;
  return { sentence, reasons, caseId };
}

function setRun(panel, name, now, said) {
  panel.state.runs.set(name, now);
  change(panel, { said });
}

/** Records what the person did with a result. */
async function answer(panel, one, { disposition, reasonCode, done }) {
  const { client, state } = panel;
  const { caseId } = one;
  const { isBusy, disclosed } = state.answers.get(caseId) ?? {};
  if (isBusy) return;
  setAnswer(panel, caseId, { isBusy: true, refused: undefined });
  const said = {
    disposition,
    ...(reasonCode === undefined ? {} : { reasonCode }),
    ...(disclosed === true ? { disclosed } : {}),
  };
  const answered = await client.answer(caseId, said);
  const read = answered.kind === 'ok' || answered.kind === 'away' ? await client.oneCase(caseId) : answered;
  if (read.kind === 'ok') replaceCase(panel, read.body);
  const isOnRecord = answered.kind === 'ok' || isSaidIn(read, said);
  const refused = isOnRecord ? undefined : refusedAnswer(answered, { done, disposition });
  setAnswer(panel, caseId, { isBusy: false, refused });
  change(panel, { said: isOnRecord ? `On record: ${done}.` : `${refused.title} ${refused.sentence}` });
  // Nobody is signed in: what is on screen is nobody's to read.
  if (answered.kind === 'signed-out') await load(panel);
}

/** An answer that was lost may be on record all the same. */
function isSaidIn({ kind, body }, { disposition, reasonCode, disclosed }) {
  if (kind !== 'ok' || body.disposition !== disposition) return false;
  return body.dispositionCode === reasonCode && (disclosed !== true || body.disclosed === true);
}

function refusedAnswer(answered, { done, disposition }) {
  const title =
    answered.kind === 'away' ? `Nobody knows whether “${done}” was recorded.` : `“${done}” was not recorded.`;
  return { ...sentenceOf(answered), disposition, title };
}

function sentenceOf(answered) {
  if (answered.kind === 'signed-out') return { sentence: 'You are signed out.', reasons: [] };
  return { sentence: answered.sentence, reasons: answered.reasons ?? [] };
}

function setAnswer(panel, caseId, changes) {
  const { answers } = panel.state;
  answers.set(caseId, { ...answers.get(caseId), ...changes });
  show(panel);
}

function replaceCase({ state }, body) {
  const rows = state.cases.rows.map((row) => (row.caseId === body.caseId ? body : row));
  state.cases = { ...state.cases, rows };
}

/** The viewer's own proof of login, where it has one; the session's cookie goes along by itself. */
function authorizationOf(service) {
  const { Authorization } = service?.getAuthorizationHeader?.() ?? {};
  return typeof Authorization === 'string' ? { Authorization } : {};
}
