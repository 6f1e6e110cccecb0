// Draws the panel anew at each change, and gives the keyboard back its place.

import { caseCard } from './panel-cases.js';
import { element, link, reasonList, studyHref } from './panel-elements.js';
import { STYLE } from './panel-style.js';
import { elsewhereText, functionText, isRunHere, resultRows, runName, sharedReasons } from './panel-words.js';

/** What people press to choose something; the viewer takes letters for its own commands everywhere else. */
const FIELDS = 'select, input, button, a, summary';
const OURS = new Set(['Enter', ' ', 'ArrowUp', 'ArrowDown', 'Home', 'End']);

/** A view in a shadow root; `show` draws a state. */
export function createView(root, actions) {
  const style = new window.CSSStyleSheet();
  style.replaceSync(STYLE);
  root.adoptedStyleSheets = [style];
  const said = element('p', { role: 'status', class: 'unseen' });
  const body = element('div', { class: 'body' });
  root.replaceChildren(element('section', { 'aria-label': 'AI on this study', class: 'panel' }, body, said));
  root.addEventListener('keydown', keepOurKeys);
  let shown;
  return {
    show: (state) => {
      const focused = root.activeElement?.dataset?.key;
      const isSame = shown === state.study?.uid;
      const open = isSame ? openParts(root) : new Map();
      const read = isSame ? readParts(root) : new Map();
      shown = state.study?.uid;
      body.replaceChildren(...parts(state, actions));
      for (const [key, isOpen] of open) setOpen(root, key, isOpen);
      for (const [key, scrollTop] of read) Object.assign(find(root, key) ?? {}, { scrollTop });
      if (focused !== undefined) giveBack(find(root, focused));
      if (said.textContent !== state.said) said.textContent = state.said;
    },
  };
}

/** A shadow root hides from the viewer that a list or a button is being used. */
function keepOurKeys(event) {
  const isChoosing = event.target.matches?.('select') === true;
  if (isChoosing || (event.target.matches?.(FIELDS) === true && OURS.has(event.key))) event.stopPropagation();
}

/** What was pressed may have been put away meanwhile: it is opened, so that the keyboard does not lose its place. */
function giveBack(pressed) {
  const away = pressed?.localName === 'summary' ? null : pressed?.closest('details:not([open])');
  if (away) away.open = true;
  pressed?.focus({ preventScroll: true });
}

function openParts(root) {
  return new Map([...root.querySelectorAll('details[data-key]')].map((one) => [one.dataset.key, one.open]));
}

/** How far each draft was scrolled. */
function readParts(root) {
  return new Map([...root.querySelectorAll('.draft')].map((one) => [one.dataset.key, one.scrollTop]));
}

function setOpen(root, key, isOpen) {
  const part = find(root, key);
  if (part !== null) part.open = isOpen;
}

function find(root, key) {
  return root.querySelector(`[data-key="${key.replaceAll('"', '\\"')}"]`);
}

function parts(state, actions) {
  const { study, notice } = state;
  if (study === undefined)
    return [element('p', { class: 'quiet' }, 'The viewer shows no study, or does not say which.')];
  return [
    heading(state, actions),
    ...(notice === undefined ? [] : [noticeBox(state, notice)]),
    ...unlockedPart(state, actions),
    ...casesPart(state, actions),
    ...lockedPart(state),
    element('p', { class: 'ways' }, link('More on this study’s page', studyHref(study), 'page')),
  ];
}

/** Of several studies on screen it says which one is meant. */
function heading({ study, isLoading }, { reload }) {
  const button = element('button', { type: 'button', 'data-key': 'reload', onclick: reload }, 'Refresh');
  if (isLoading) button.setAttribute('aria-disabled', 'true');
  return element(
    'header',
    {},
    element('div', {}, element('h2', {}, 'AI on this study'), element('p', { class: 'study' }, study.label)),
    button,
  );
}

function noticeBox({ study }, { text, isSignedOut }) {
  const back = encodeURIComponent(studyHref(study));
  return element(
    'div',
    { class: 'notice' },
    element('p', {}, text),
    ...(isSignedOut ? [element('p', {}, link('Sign in', `/auth/sign-in?return=${back}`, 'sign-in'))] : []),
  );
}

function unlockedPart(state, actions) {
  const { models, notice, isLoading } = state;
  if (notice !== undefined) return [];
  if (models.sentence !== undefined) {
    return [
      element('h3', {}, 'AI'),
      ...refusal(models),
      element('p', { class: 'quiet' }, 'Images are read as before.'),
    ];
  }
  const permitted = models.rows.filter((row) => row.permitted);
  const rows = [...permitted.filter(isRunHere), ...permitted.filter((row) => !isRunHere(row))];
  const none =
    isLoading && models.rows.length === 0 ? 'Asking the gateway …' : 'Nothing is unlocked for you here.';
  return [
    element('h3', {}, 'Unlocked for you'),
    ...(rows.length === 0 ? [element('p', { class: 'quiet' }, none)] : []),
    ...rows.map((row) => unlockedRow(state, actions, row)),
  ];
}

function unlockedRow(state, { run }, row) {
  const name = runName(state.study, row);
  return element(
    'article',
    { class: 'row', 'aria-label': nameOf(row) },
    titleOf(row),
    ...wayToRun(state, run, { row, name }),
  );
}

function wayToRun(state, run, { row, name }) {
  if (!isRunHere(row)) return [element('p', { class: 'quiet' }, elsewhereText(row))];
  const now = state.runs.get(name) ?? {};
  const label = now.isRunning ? 'Running …' : 'Run';
  const button = element(
    'button',
    {
      type: 'button',
      class: 'main',
      'data-key': `run ${name}`,
      'aria-label': `${label} ${nameOf(row)}`,
      onclick: () => void run(row),
    },
    label,
  );
  if (now.isRunning) button.setAttribute('aria-disabled', 'true');
  return [button, ...doneAs(state, now), ...gaveNothing(state, now, name)];
}

/** The result stands in its case, further down: it does not push itself under a finger that is about to press. */
function doneAs({ cases }, { doneAs: caseId }) {
  const one = cases.rows.find((row) => row.caseId === caseId);
  if (one === undefined) return [];
  const [[, finding] = []] = resultRows(one);
  const go = (event) => {
    const heading = find(event.target.getRootNode(), `card ${caseId}`);
    heading?.scrollIntoView({ block: 'start' });
    heading?.focus({ preventScroll: true });
  };
  const button = element(
    'button',
    { type: 'button', 'data-key': `go ${caseId}`, onclick: go },
    'Go to its case',
  );
  return [element('p', { class: 'done' }, `Done${finding === undefined ? '' : `: ${finding}`}. `, button)];
}

function gaveNothing({ study }, { sentence, reasons = [], caseId }, name) {
  if (sentence === undefined) return [];
  const record = link('The case on record', `/me/cases/${caseId}`, `ran ${caseId}`);
  const page = link('Put it right on the study’s page', studyHref(study), `right ${name}`);
  return [
    ...refusal({ sentence, reasons }),
    ...(caseId === undefined ? [] : [element('p', {}, record)]),
    ...(reasons.length === 0 ? [] : [element('p', {}, page)]),
  ];
}

/** What was refused, and why. */
function refusal({ sentence, reasons }) {
  const said = reasons?.length > 0 ? reasonList(reasons) : element('p', {}, sentence);
  return [element('div', { class: 'refused' }, said)];
}

function casesPart(state, actions) {
  const { rows, sentence } = state.cases;
  if (sentence !== undefined)
    return [element('h3', {}, 'Your cases'), element('p', { class: 'quiet' }, sentence)];
  if (rows.length === 0) return [];
  return [
    element('h3', {}, 'Your cases on this study'),
    ...rows.map((one) => caseCard(state, actions, one)),
    element('p', { class: 'ways' }, link('All my cases', '/me/cases', 'cases')),
  ];
}

function lockedPart({ models }) {
  const rows = models.rows.filter(({ permitted }) => !permitted);
  if (rows.length === 0) return [];
  const { shared, own } = sharedReasons(rows);
  const isAll = rows.length === models.rows.length;
  const details = element(
    'details',
    { 'data-key': 'locked' },
    element('summary', { 'data-key': 'locked-summary' }, `Locked (${rows.length})`),
    ...(shared.length === 0 ? [] : [element('p', {}, 'All of them:'), reasonList(shared)]),
    ...rows.map((row) => lockedRow(row, own(row))),
  );
  details.open = isAll;
  return [details];
}

function lockedRow(row, reasons) {
  return element(
    'article',
    { class: 'row', 'aria-label': nameOf(row) },
    titleOf(row),
    ...(reasons.length === 0 ? [] : [reasonList(reasons)]),
  );
}

function titleOf({ function: name, title, version }) {
  const number = element('span', { class: 'version' }, `version ${version}`);
  return element('h4', {}, `${functionText(name)}: ${title} `, number);
}

function nameOf({ function: name, title, version }) {
  return `${functionText(name)}: ${title} version ${version}`;
}
