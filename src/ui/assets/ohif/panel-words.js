// Words for what the gateway says in codes. The gateway's pages say the same; a test compares them.

export const FUNCTIONS = {
  triage: 'Triage',
  detection: 'Detection',
  segmentation: 'Segmentation',
  quantification: 'Quantification',
  'report-draft': 'Report draft',
  'record-query': 'Record query',
  'prescribing-suggestion': 'Prescribing suggestion',
  'protocol-recommendation': 'Protocol recommendation',
  'quality-check': 'Quality check',
  view: 'Viewing a stored AI result',
};

/** How far a case has come, with the kind of tag it gets; the word alone says everything. */
export const STATES = {
  open: { text: 'Running', kind: 'plain' },
  released: { text: 'Result released', kind: 'good' },
  sealed: { text: 'Waits for a second signature', kind: 'wait' },
  withheld: { text: 'Result withheld', kind: 'bad' },
  failed: { text: 'AI failed', kind: 'bad' },
  refused: { text: 'Refused', kind: 'wait' },
  viewed: { text: 'Stored result viewed', kind: 'plain' },
  orphaned: { text: 'Never finished', kind: 'plain' },
  unsolicited: { text: 'AI ran by itself', kind: 'plain' },
};

export const ANSWERS = [
  { value: 'accepted', text: 'Accept', done: 'Accepted', hint: 'I agree with the AI.' },
  { value: 'edited', text: 'Edit', done: 'Edited', hint: 'I used it after changing it.' },
  { value: 'overridden', text: 'Override', done: 'Overridden', hint: 'I disagree; my own finding stands.' },
  { value: 'ignored', text: 'Ignore', done: 'Ignored', hint: 'It played no part.' },
  { value: 'flagged', text: 'Flag', done: 'Flagged', hint: 'Something about it looks wrong.' },
];

/** Of an answer that was cut nothing is accepted or edited, whoever it is for: nothing whole was given. */
const OF_A_PART = ['overridden', 'ignored', 'flagged'];

/** Whether there is no answer that somebody else would have to give. */
export function saysAll(one) {
  const sayable = one.shownInPart === true ? OF_A_PART : ANSWERS;
  return answersTo(one).length === sayable.length;
}

/** What is said in the place of answers that people of this profession do not give. */
export const FOR_OTHERS =
  'Other answers are for a Responsible Clinician (RC-AI) to record: give them the name of this case.';

/** The answers that are this person's to give: the gateway links to them and to no others. */
export function answersTo({ links }) {
  return ANSWERS.filter(({ value }) => links[value] !== undefined);
}

/** Where a version is run that this panel has no input for. */
const ELSEWHERE = {
  'monai-label': 'Run it from the MONAI Label panel or 3D Slicer.',
  'openai-chat': 'Run it from a program that chats.',
};

export function functionText(name) {
  return FUNCTIONS[name] ?? name;
}

/** What needs the caller's image data, or has to be told more than the study, is run where those are. */
export function isRunHere({ input, protocol }) {
  return input === 'study' && (protocol === 'oip-v2' || protocol === 'torchserve');
}

export function elsewhereText({ input, protocol }) {
  if (input === 'caller') return 'Run it from a viewer that sends it image data.';
  return ELSEWHERE[protocol] ?? 'Run it from another program.';
}

/** What the AI said, in rows; empty where nothing is kept or this person may not see it now. */
export function resultRows({ finding, score, positive, dose = [] }) {
  return [
    ...(finding === undefined ? [] : [['Finding', finding]]),
    ...(score === undefined ? [] : [['Score', score.toFixed(3)]]),
    ...(positive === undefined ? [] : [['Threshold', positive ? 'At or above it' : 'Below it']]),
    ...dose.map((flag) => [`Dose: ${flag.quantity}`, doseText(flag)]),
  ];
}

function doseText({ value, unit, level, exceeds }) {
  if (level === undefined) return `${value} ${unit}: no local diagnostic reference level`;
  const named = `the local level of ${level.value} ${level.unit}`;
  return `${value} ${unit}: ${exceeds ? `above ${named}; say why if you use it` : `not above ${named}`}`;
}

/** Why there is no result to see in a case that has one, or had a part of one. */
export function missingText({ function: name, shownInPart }) {
  if (shownInPart === true) return 'Part of this answer may have been shown before it was cut off.';
  return name === 'report-draft'
    ? 'A draft is shown once, when it is made. Run it again if you need it.'
    : 'No score or finding can be shown: the model gave none, or you may not see it now.';
}

export function timeText(iso) {
  const shape = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hour12: false };
  return new Date(iso).toLocaleString('en-GB', shape);
}

/** The texts of a draft in an answer of the Open Inference Protocol. */
export function draftTexts({ outputs = [] }) {
  return outputs
    .filter(({ datatype }) => datatype === 'BYTES')
    .flatMap(({ data }) => data.flat(Infinity))
    .filter((text) => typeof text === 'string' && text.trim() !== '');
}

/** Reasons that every one of the rows has, said once, and of each row what it has besides. */
export function sharedReasons(rows) {
  const keyOf = ({ code, text }) => `${code} ${text}`;
  const [first, ...others] = rows;
  const shared =
    others.length === 0
      ? []
      : first.reasons.filter((reason) =>
          others.every((row) => row.reasons.some((one) => keyOf(one) === keyOf(reason))),
        );
  const keys = shared.map(keyOf);
  return { shared, own: (row) => row.reasons.filter((reason) => !keys.includes(keyOf(reason))) };
}

/** By what a run is known: what is pressed on one study is not seen on another. */
export function runName(study, { model, version, function: wanted }) {
  return [study.uid, model, version, wanted].join(' ');
}
