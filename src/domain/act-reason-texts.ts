import type { ActReason } from './act-reasons.ts';
import type { ReasonFacts, ReasonInstance } from './reasons.ts';

type Words = Omit<ReasonInstance, 'code'>;

/** A reason against an act in words: a sentence for whoever wanted it, and what to do about it. Names no patient. */
export function actReasonOf(code: ActReason, facts: ReasonFacts = {}): ReasonInstance<ActReason> {
  return { code, ...WORDS[code](facts) };
}

const LEAD = 'Ask your programme lead';
const ANOTHER = 'Ask somebody else who may do it.';

const versionOf = ({ model, version }: ReasonFacts): string =>
  model === undefined ? 'This version' : `${model} ${version ?? ''}`.trimEnd();
/** ` (detail)`, or nothing. */
const inBrackets = ({ detail }: ReasonFacts): string => (detail === undefined ? '' : ` (${detail})`);
/** `: detail`, or nothing. */
const namely = ({ detail }: ReasonFacts): string => (detail === undefined ? '' : `: ${detail}`);

const OF_WHO = {
  'act-not-listed': (facts) => ({
    text: `The policy lets nobody do this${inBrackets(facts)}.`,
    remedy: `${LEAD} whether the policy should list it.`,
  }),
  'act-not-in-duty': (facts) => ({
    text: `This is not among your duties. It is for${facts.detail === undefined ? ' others' : `: ${facts.detail}`}.`,
    remedy: ANOTHER,
  }),
  'act-token-scope': () => ({
    text: 'The token that this program uses is not good for changing the register.',
    remedy: 'Make a new code that includes records on the page of your session, and give it to the program.',
  }),
  'not-for-oneself': (facts) => ({
    text: `Nobody grants, attests, signs or lifts anything for themselves${inBrackets(facts)}.`,
    remedy: ANOTHER,
  }),
  'attestation-not-in-duty': (facts) => ({
    text: `Evidence of this kind is not yours to put on record${inBrackets(facts)}.`,
    remedy: `${LEAD} who may.`,
  }),
  'interested-party': () => ({
    text: 'Something in it concerns you personally, so it is not for you to propose, confirm or take back.',
    remedy: ANOTHER,
  }),
  'second-must-differ': () => ({
    text: 'You are the first of the two people that this takes, so you cannot be the second.',
    remedy: 'Ask another person to confirm it.',
  }),
  'first-no-longer-may': (facts) => ({
    text: `Whoever proposed this may not do so any longer${inBrackets(facts)}.`,
    remedy: 'Take it back, and have somebody propose it who may.',
  }),
  'proposal-of-another': () => ({
    text: 'This was proposed by somebody else.',
    remedy: 'Ask them, or a programme lead, to take it back.',
  }),
  'proposal-overtaken': () => ({
    text: 'The register has gone on since this was proposed: done now, it would come to something else.',
    remedy: 'Take it back, look at how things stand, and have it proposed anew.',
  }),
  'proposal-complete': () => ({
    text: 'Enough people have agreed to this already: there is nothing left to confirm.',
    remedy: 'If it is not in force within a minute, one of them can confirm it once more.',
  }),
} satisfies Partial<Record<ActReason, (facts: ReasonFacts) => Words>>;

const OF_RECORDS = {
  'unknown-practitioner': (facts) => ({
    text: `There is nobody of this name in the register${inBrackets(facts)}.`,
    remedy: 'Check the identifier, or have the person added first.',
  }),
  'unknown-model-version': (facts) => ({
    text: `${versionOf(facts)} is not in the register.`,
    remedy: 'Check the name and the exact version, or register it first.',
  }),
  'unknown-record': (facts) => ({
    text: `There is no such record${inBrackets(facts)}.`,
    remedy: 'Check the identifier. It may have been taken back.',
  }),
  'exists-already': (facts) => ({
    text: `This is in the register already${inBrackets(facts)}.`,
    remedy: 'Nothing more is needed. To put it right, correct what is there.',
  }),
  'dates-in-disorder': (facts) => ({
    text: `These dates do not go together${namely(facts)}.`,
    remedy: 'Correct the dates, then send it again.',
  }),
  'nothing-to-change': (facts) => ({
    text: `There is nothing to change${inBrackets(facts)}.`,
    remedy: 'Say what should change, then send it again.',
  }),
} satisfies Partial<Record<ActReason, (facts: ReasonFacts) => Words>>;

const OF_PEOPLE = {
  'statements-missing': (facts) => ({
    text: `The declaration is made of all its statements together; missing${namely(facts)}.`,
    remedy: 'Declare all of them. If one does not hold, tell your programme lead before you use AI again.',
  }),
  'date-implausible': (facts) => ({
    text: `This date cannot be right${namely(facts)}.`,
    remedy: 'Correct the date, then send it again.',
  }),
  'credits-out-of-bounds': () => ({
    text: 'One entry is for more than 0 and at most 100 credits.',
    remedy: 'Correct the credits, or log what you did in several entries.',
  }),
  'guideline-not-current': (facts) => ({
    text: `This version of the guideline is not the one to acknowledge${inBrackets(facts)}.`,
    remedy: 'Read the version in force, and acknowledge that one.',
  }),
  'own-evidence-type': (facts) => ({
    text: `Only the person themselves can say this${inBrackets(facts)}.`,
    remedy: 'Ask them to sign in and say it.',
  }),
  'evidence-by-other-act': (facts) => ({
    text: `This is not entered, corrected or taken back as evidence${inBrackets(facts)}.`,
    remedy: 'Award, suspend, or have the suspension lifted, on the person’s page.',
  }),
  'assessors-must-differ': (facts) => ({
    text: `The RCR examiner and the Caldicott Guardian are two different people; this assessor stands in the other capacity already${inBrackets(facts)}.`,
    remedy: 'Say who marked it, or put right what stands.',
  }),
  'scheme-unknown': (facts) => ({
    text: `The policy has no such credential${inBrackets(facts)}.`,
    remedy: 'Choose one of the policy’s.',
  }),
  'award-unearned': (facts) => ({
    text: `The credential cannot be awarded yet. Still missing${namely(facts)}.`,
    remedy: 'Put the missing evidence on record first.',
  }),
  'already-suspended': (facts) => ({
    text: `The person, or this credential of theirs, is suspended${inBrackets(facts)}.`,
    remedy: 'Two people can lift the suspension, on the person’s page.',
  }),
  'not-suspended': (facts) => ({
    text: `There is no suspension of this kind in force${inBrackets(facts)}.`,
    remedy: 'Check whether the person or one credential was suspended.',
  }),
  'last-programme-lead': () => ({
    text: 'This would leave nobody who could sign in as programme lead, so nobody who could put the register right.',
    remedy: 'Make another person programme lead first.',
  }),
} satisfies Partial<Record<ActReason, (facts: ReasonFacts) => Words>>;

const OF_APPROVALS = {
  'function-not-served': (facts) => ({
    text: `This version does not serve${facts.detail === undefined ? ' this function' : `: ${facts.detail}`}.`,
    remedy: 'Leave it out, or choose a version that serves it.',
  }),
  'approval-overlaps': (facts) => ({
    text: `The person holds an approval of this kind for the same time already${namely(facts)}.`,
    remedy: 'End that one first, or let this one begin where it ends.',
  }),
  'approval-ended': (facts) => ({
    text: `This approval has ended already${inBrackets(facts)}.`,
    remedy: 'Nothing more is needed.',
  }),
  'supervised-only': (facts) => ({
    text: `People of this profession work supervised, never independently${inBrackets(facts)}.`,
    remedy: 'Approve them in mode supervised, with a supervisor.',
  }),
  'supervisor-needed': () => ({
    text: 'A supervised approval names a supervisor who is in the register and can sign in.',
    remedy: 'Name one.',
  }),
  'supervisor-same-person': () => ({
    text: 'Nobody supervises themselves.',
    remedy: 'Name another person as supervisor.',
  }),
  'supervisor-not-approved': (facts) => ({
    text: `The supervisor holds no independent approval for this version and each of the functions${inBrackets(facts)}.`,
    remedy: 'Name another supervisor, or approve this one independently first.',
  }),
  'supervisor-circle': (facts) => ({
    text: `The supervisor is supervised by this person in turn, for the same version${inBrackets(facts)}.`,
    remedy: 'Name another supervisor.',
  }),
  'no-simulator': (facts) => ({
    text: `No endpoint of this version is a simulator, so it has no sandbox${inBrackets(facts)}.`,
    remedy: 'Choose another mode, or a version with a simulator.',
  }),
  'plan-not-in-force': (facts) => ({
    text: `There is no approved plan for exactly this version and purpose under this name${inBrackets(facts)}.`,
    remedy: 'Name the plan that was approved for this version, and whoever runs it.',
  }),
  'nothing-to-carry-over': (facts) => ({
    text: `No approval in force can be carried over${inBrackets(facts)}.`,
    remedy: 'Check the earlier version and the people. Approvals of yours are for somebody else to grant.',
  }),
} satisfies Partial<Record<ActReason, (facts: ReasonFacts) => Words>>;

const OF_MODELS = {
  'life-by-other-act': (facts) => ({
    text: `A version is registered first; it is released, retired and its endpoint signed for by acts of their own${inBrackets(facts)}.`,
    remedy:
      'Register it in state registered, without releases. Where an endpoint that is signed for gets another name or protocol, leave its nameOnly out, and have it signed for anew.',
  }),
  'wrong-model-state': (facts) => ({
    text: `${versionOf(facts)} is in a state in which this cannot be done${inBrackets(facts)}.`,
    remedy: 'See its page for what comes next: a plan, its tests, the release.',
  }),
  'another-version': (facts) => ({
    text: `${versionOf(facts)} would become another version than the one that is tested${inBrackets(facts)}.`,
    remedy: 'Register it as a new version, and have that one tested and released.',
  }),
  'operator-cannot-run': (facts) => ({
    text: `The operator may not record acceptance tests at the moment${inBrackets(facts)}.`,
    remedy: 'Name an operator whose credential is current.',
  }),
  'not-plan-operator': (facts) => ({
    text: `Only the operator of the plan records its tests${inBrackets(facts)}.`,
    remedy: 'Leave it to the operator whom the plan names.',
  }),
  'plan-item-unknown': (facts) => ({
    text: `The plan has no such test${inBrackets(facts)}.`,
    remedy: 'Choose one of the plan’s tests.',
  }),
  'tests-incomplete': (facts) => ({
    text: `Tests of this version are not passed, or were not recorded by the operator${namely(facts)}.`,
    remedy: 'Have the operator of their plan run and record them.',
  }),
  'tester-cannot-release': () => ({
    text: 'You ran the plan or recorded tests of this version, so another person signs the release.',
    remedy: 'Ask another Responsible Clinician for AI.',
  }),
  'target-missing': () => ({
    text: 'It is not said what is to be stopped.',
    remedy: 'Name a version, a model, a family or a site.',
  }),
  'hold-repeated': (facts) => ({
    text: `A hold lasts ${facts.detail ?? 'some hours'} and is there to give somebody else time to look: you cannot make yours last by holding again until as long has passed after it ended.`,
    remedy: 'Ask a Responsible Clinician for AI for a stop-use, or a colleague to hold it.',
  }),
  'stop-use-over': (facts) => ({
    text: `This stop-use is over already${inBrackets(facts)}.`,
    remedy: 'Nothing more is needed.',
  }),
  'guideline-signed-already': (facts) => ({
    text: `This version of the guideline is signed already${inBrackets(facts)}.`,
    remedy: 'Draft a new version to change it.',
  }),
  'guideline-unsigned': (facts) => ({
    text: `Only a version that is signed off is reviewed${inBrackets(facts)}.`,
    remedy: 'Have it signed off first, or comment on it.',
  }),
  'import-beyond': (facts) => ({
    text: `A file lifts no stop-use and no suspension, releases and retires no version, renews no award, and speaks for nobody who would grant, declare, enter, approve, test or sign it themselves${namely(facts)}.`,
    remedy:
      'Leave these records out and do it on the pages of the register, or have both administrators sign the file.',
  }),
} satisfies Partial<Record<ActReason, (facts: ReasonFacts) => Words>>;

/** One entry for each code: a code without words does not compile. */
const WORDS: Readonly<Record<ActReason, (facts: ReasonFacts) => Words>> = {
  ...OF_WHO,
  ...OF_RECORDS,
  ...OF_PEOPLE,
  ...OF_APPROVALS,
  ...OF_MODELS,
};
