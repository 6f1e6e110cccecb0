// One case of the person's on the study on screen, and what they say of it.

import { element, link, reasonList } from './panel-elements.js';
import {
  ANSWERS,
  answersTo,
  FOR_OTHERS,
  functionText,
  missingText,
  resultRows,
  saysAll,
  STATES,
  timeText,
} from './panel-words.js';

/** A case, with its result and the buttons by which it is answered. `links` of the gateway say that it can be. */
export function caseCard(state, actions, one) {
  const title = `${functionText(one.function)}: ${one.model} ${one.version}`;
  const isAnswerable = one.links !== undefined;
  return element(
    'article',
    { class: 'case', 'aria-label': `Case: ${title}, ${timeText(one.openedAt)}` },
    element('p', { class: 'tags' }, ...tagsOf(one)),
    element(
      'h4',
      { tabindex: '-1', 'data-key': `card ${one.caseId}` },
      `${title} `,
      element('time', { datetime: one.openedAt, class: 'version' }, timeText(one.openedAt)),
    ),
    ...(isAnswerable
      ? [...resultOf(one, state.drafts.get(one.caseId)), ...answersOf(state, actions, one)]
      : []),
    element(
      'p',
      { class: 'ways' },
      link('Open the case', `/me/cases/${one.caseId}`, `case ${one.caseId}`),
      ...coSigned(one),
    ),
  );
}

function tagsOf({ state, signOff }) {
  const { text, kind } = STATES[state] ?? { text: state, kind: 'plain' };
  const signed = { given: ['good', 'Signed off'], awaited: ['wait', 'Awaiting sign-off'] }[signOff];
  return [
    element('span', { class: `tag ${kind}` }, text),
    ...(signed === undefined ? [] : [' ', element('span', { class: `tag ${signed[0]}` }, signed[1])]),
  ];
}

function coSigned({ coSigned, caseId }) {
  return coSigned === true
    ? [' ', link('Read the co-signed result', `/me/cases/${caseId}/result`, `co-signed ${caseId}`)]
    : [];
}

function resultOf(one, drafts = []) {
  const rows = resultRows(one);
  const facts = rows.flatMap(([key, value]) => [element('dt', {}, key), element('dd', {}, value)]);
  return [
    element(
      'p',
      { class: 'caution' },
      element('strong', {}, 'Not a diagnosis.'),
      ` ${cautionOf(one, drafts)}`,
    ),
    ...drafts.flatMap((text) => draftOf(one, text)),
    ...(rows.length === 0 ? [] : [element('dl', {}, ...facts)]),
    ...(rows.length === 0 && drafts.length === 0 ? [element('p', { class: 'quiet' }, missingText(one))] : []),
  ];
}

function cautionOf(one, drafts) {
  if (drafts.length > 0)
    return 'A machine wrote this draft. Check every word. It is kept nowhere: copy it now.';
  const who = saysAll(one) ? 'You decide' : 'A Responsible Clinician decides';
  return `An AI made this. ${who} what it means for the patient.`;
}

function draftOf({ caseId }, text) {
  const copy = (event) => {
    window.navigator.clipboard.writeText(text).then(
      () => {
        event.target.textContent = 'Copied';
      },
      () => {
        event.target.textContent = 'Select it and copy by hand';
      },
    );
  };
  return [
    element(
      'div',
      {
        class: 'draft',
        tabindex: '0',
        role: 'group',
        'aria-label': 'Draft text',
        'data-key': `draft ${caseId}`,
      },
      text,
    ),
    element('button', { type: 'button', 'data-key': `copy ${caseId}`, onclick: copy }, 'Copy the draft'),
  ];
}

/** What is answered takes little room; it can be changed all the same. */
function answersOf(state, actions, one) {
  const { refused, disclosed = one.disclosed === true } = state.answers.get(one.caseId) ?? {};
  const said = [...onRecord(state, one), ...(refused === undefined ? [] : [refusedBox(one, refused)])];
  const ways = [
    buttonsOf(state, actions, one),
    ...(saysAll(one) ? [] : [element('p', { class: 'quiet' }, FOR_OTHERS)]),
    disclosedBox(actions, one, disclosed),
    reasonPart(state, actions, one),
  ];
  if (one.disposition === undefined) return [...said, ...ways];
  const key = `change ${one.caseId}`;
  const summary = element('summary', { 'data-key': `${key} summary` }, 'Change the answer');
  return [...said, element('details', { 'data-key': key }, summary, ...ways)];
}

function buttonsOf({ answers }, actions, one) {
  const { isBusy } = answers.get(one.caseId) ?? {};
  const buttons = answersTo(one).map(({ value, text, done, hint }) =>
    element(
      'button',
      {
        type: 'button',
        title: hint,
        'aria-label': `${text}: ${hint}`,
        'aria-pressed': String(one.disposition === value),
        'data-key': `answer ${one.caseId} ${value}`,
        onclick: () => void actions.answer(one, { disposition: value, done }),
        ...(isBusy ? { 'aria-disabled': 'true' } : {}),
      },
      text,
    ),
  );
  return element(
    'div',
    { class: 'answers', role: 'group', 'aria-label': 'What did you do with it?' },
    ...buttons,
  );
}

function onRecord({ choices }, { disposition, dispositionCode, dispositionReason }) {
  if (disposition === undefined) return [element('p', { class: 'asked' }, 'What did you do with it?')];
  const done = ANSWERS.find(({ value }) => value === disposition)?.done ?? disposition;
  const known = choices.flatMap(({ reasons }) => reasons).find(({ code }) => code === dispositionCode);
  const why = [known?.title ?? dispositionCode, dispositionReason]
    .filter((part) => part !== undefined)
    .join('; ');
  return [
    element(
      'p',
      { class: 'asked' },
      'On record: ',
      element('strong', {}, done),
      why === '' ? '.' : ` (${why}).`,
    ),
  ];
}

/** The page of the link says what more it takes, a smart card for one. */
function refusedBox({ links }, { title, disposition, sentence, reasons }) {
  const page = links[disposition];
  return element(
    'div',
    { class: 'refused' },
    element('p', {}, element('strong', {}, title)),
    reasons.length > 0 ? reasonList(reasons) : element('p', {}, sentence),
    ...(page === undefined ? [] : [element('p', {}, link('Say it on its page', page, `say ${page}`))]),
  );
}

function disclosedBox({ choose }, { caseId }, isChecked) {
  const box = element('input', {
    type: 'checkbox',
    'data-key': `disclosed ${caseId}`,
    onchange: (event) => {
      choose(caseId, { disclosed: event.target.checked });
    },
  });
  box.checked = isChecked;
  return element('label', { class: 'check' }, box, ' The part AI played was documented to the patient');
}

/** One list of every answer with a coded reason, so that no reason goes with another answer. What wants words is said on the case's page. */
function reasonPart({ choices, answers }, actions, one) {
  const { caseId } = one;
  const { reason = '' } = answers.get(caseId) ?? {};
  const groups = answersTo(one).map(({ value, text }) => {
    const reasons = choices.find(({ disposition }) => disposition === value)?.reasons ?? [];
    const options = reasons
      .filter(({ code }) => code !== 'other')
      .map(({ code, title }) => optionOf(`${value}/${code}`, title, reason));
    return element('optgroup', { label: text }, ...options);
  });
  const list = element(
    'select',
    {
      'aria-label': 'Answer with a reason',
      'data-key': `reason ${caseId}`,
      onchange: (event) => {
        actions.choose(caseId, { reason: event.target.value });
      },
    },
    optionOf('', 'Choose an answer and reason', reason),
    ...groups,
  );
  return element(
    'details',
    { 'data-key': `reasons ${caseId}` },
    element('summary', { 'data-key': `reasons-summary ${caseId}` }, 'With a reason'),
    list,
    recordButton(actions, one, reason),
  );
}

function optionOf(value, text, chosen) {
  const option = element('option', { value }, text);
  option.selected = value === chosen;
  return option;
}

function recordButton(actions, one, reason) {
  const [disposition, reasonCode] = reason.split('/');
  const done = ANSWERS.find(({ value }) => value === disposition)?.done;
  const record = () => {
    if (done !== undefined) void actions.answer(one, { disposition, reasonCode, done });
  };
  const button = element(
    'button',
    { type: 'button', 'data-key': `record ${one.caseId}`, onclick: record },
    done === undefined ? 'Record' : `Record “${done}”`,
  );
  if (done === undefined) button.setAttribute('aria-disabled', 'true');
  return button;
}
