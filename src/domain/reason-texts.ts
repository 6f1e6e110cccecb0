import {
  credentialOf,
  due,
  functionOf,
  inBrackets,
  loginOf,
  modelOf,
  onDate,
  siteOf,
} from './reason-phrases.ts';
import type { Reason, ReasonFacts, ReasonInstance } from './reasons.ts';

type Words = Omit<ReasonInstance, 'code'>;

/** A reason in words: a sentence for the person it stops, and what to do about it. Names no patient. */
export function reasonOf(code: Reason, facts: ReasonFacts = {}): ReasonInstance<Reason> {
  const { text: said, remedy } = WORDS[code](facts);
  // A model's name keeps its own spelling; only our own words begin a sentence with a capital.
  const text = facts.model === undefined ? capitalised(said) : said;
  const { assurance } = facts;
  return code === 'assurance-too-low' && assurance !== undefined
    ? { code, text, remedy, assurance }
    : { code, text, remedy };
}

const LEAD = 'Ask your programme lead';
const IT = 'Ask your imaging IT team';
const ANOTHER_SERIES =
  'Choose a model that is meant for it, or have a series that fits made from the raw data and sent to the PACS.';

/** One entry for each code: a code without words does not compile. */
const WORDS: Readonly<Record<Reason, (facts: ReasonFacts) => Words>> = {
  'identity-unmapped': () => ({
    text: 'Your login is not in the AI register.',
    remedy: `${LEAD} to add this login to your entry in the register.`,
  }),
  'identity-ambiguous': () => ({
    text: 'Your login stands at more than one entry of the AI register, so it is not clear who you are.',
    remedy: `${LEAD} to leave this login at one entry only.`,
  }),
  'practitioner-suspended': (facts) => ({
    text: `You were suspended from using AI${onDate(facts)}.`,
    remedy: 'Ask your clinical director; images stay open to you.',
  }),
  'registration-lapsed': (facts) => ({
    text:
      facts.date === undefined
        ? 'The register holds no current professional registration for you.'
        : `Your professional registration in the register ended${onDate(facts)}.`,
    remedy:
      'Renew it with your professional body (GMC, HCPC, GPhC) and send the proof to your programme lead.',
  }),
  'assurance-too-low': (facts) => ({
    text: `This needs a sign-in with ${loginOf(facts)}${inBrackets(facts)}.`,
    remedy: `Confirm who you are with ${loginOf(facts)}, on the page “Your session”.`,
  }),
  'login-too-old': () => ({
    text: 'You signed in too long ago for this.',
    remedy: 'Sign in again, then repeat what you did.',
  }),
  'session-unconfirmed': () => ({
    text: 'Whether your session still stands cannot be checked at the moment, so AI is locked; images stay open.',
    remedy: 'Try again in a minute. If it stays locked, tell your imaging IT team.',
  }),
  'token-scope': () => ({
    text: 'The token that this program uses is not good for AI.',
    remedy: 'Make a new code that includes AI on the page of your session, and give it to the program.',
  }),

  'model-unknown': (facts) => ({
    text: `${modelOf(facts)} is not in the AI register.`,
    remedy: `Check the name and the exact version. ${LEAD} if it should be there.`,
  }),
  'function-not-offered': (facts) => ({
    text: `${modelOf(facts)} does not offer ${functionOf(facts)}${inBrackets(facts)}.`,
    remedy: 'Choose a function from the list of models of this study.',
  }),
  'not-released': (facts) => ({
    text: `${modelOf(facts)} is not released for use.`,
    remedy:
      'Use the released version. A Responsible Clinician for AI can release this one after its acceptance tests.',
  }),
  'not-released-at-site': (facts) => ({
    text: `${modelOf(facts)} is not released at ${siteOf(facts)}.`,
    remedy: `Ask a Responsible Clinician for AI whether it can be released at ${siteOf(facts)}.`,
  }),
  'model-retired': (facts) => ({
    text: `${modelOf(facts)} was retired${onDate(facts)}.`,
    remedy: 'Use the version that took its place.',
  }),
  'stop-use': (facts) => ({
    text: `A stop-use is in force for ${modelOf(facts)}${inBrackets(facts)}, called${onDate(facts) || ' by a clinician'}.`,
    remedy: 'Report without it. A Responsible Clinician for AI says when it may be used again.',
  }),
  'site-unknown': () => ({
    text: 'This study belongs to no site that the gateway knows, so AI stays locked for it.',
    remedy: `${IT} to add the scanner or hospital to the gateway's sites.`,
  }),
  'context-missing': (facts) => ({
    text: `The PACS does not say what is needed to check this study${inBrackets(facts)}.`,
    remedy: `Open a study, or have its details corrected in the PACS; ask your imaging IT team if they are there.`,
  }),
  'modality-outside-use': (facts) => ({
    text: `${modelOf(facts)} is not meant for this modality${inBrackets(facts)}.`,
    remedy: 'Choose a model that is meant for it.',
  }),
  'body-part-outside-use': (facts) => ({
    text: `${modelOf(facts)} is not meant for this body part${inBrackets(facts)}.`,
    remedy: 'Choose a model that is meant for it, or have a wrong body part corrected in the PACS.',
  }),
  'age-outside-use': (facts) => ({
    text: `${modelOf(facts)} is not meant for patients of this age${inBrackets(facts)}.`,
    remedy: 'Choose a model that is meant for it.',
  }),
  'sop-class-outside-use': (facts) => ({
    text: `${modelOf(facts)} is not meant for the kind of images in this study.`,
    remedy: 'Choose a model that is meant for them.',
  }),
  'slice-thickness-outside-use': (facts) => ({
    text: `No series of this study has slices of a thickness that ${modelOf(facts)} is meant for${inBrackets(facts)}.`,
    remedy: ANOTHER_SERIES,
  }),
  'kvp-outside-use': (facts) => ({
    text: `No series of this study was taken with a kilovoltage that ${modelOf(facts)} is meant for${inBrackets(facts)}.`,
    remedy: ANOTHER_SERIES,
  }),
  'orientation-outside-use': (facts) => ({
    text: `No series of this study lies in a direction that ${modelOf(facts)} is meant for${inBrackets(facts)}.`,
    remedy: ANOTHER_SERIES,
  }),
  'burned-in-text-outside-use': (facts) => ({
    text: `Text is burned into the images of this study, and ${modelOf(facts)} is not meant for such images.`,
    remedy: 'Choose a model that is meant for them, or send a series without burned-in text to the PACS.',
  }),
  'derived-images-outside-use': (facts) => ({
    text: `The images of this study were made of others, and ${modelOf(facts)} is meant for original ones.`,
    remedy: 'Send the original images to the PACS, or choose a model that is meant for these.',
  }),
  'series-outside-use': (facts) => ({
    text: `No single series of this study is within all limits of ${modelOf(facts)}.`,
    remedy: ANOTHER_SERIES,
  }),
  'name-only-unsigned': (facts) => ({
    text: `The AI endpoint of ${modelOf(facts)} proves nothing but its name, and nobody has signed for that.`,
    remedy:
      'Report without it. A Responsible Clinician for AI and IT can sign for the endpoint, or IT has it prove its version.',
  }),
  'attestation-mismatch': (facts) => ({
    text: `The AI endpoint says that something other than ${modelOf(facts)} answered${inBrackets(facts)}. The result is withheld.`,
    remedy: `Report without it. ${IT} which version the endpoint runs.`,
  }),
  'attestation-missing': (facts) => ({
    text: `The AI endpoint does not say that ${modelOf(facts)} answered. The result is withheld.`,
    remedy: `Report without it. ${IT} to have the endpoint name its version in each answer.`,
  }),
  'caller-input-not-allowed': (facts) => ({
    text: `${modelOf(facts)} takes its images from the study here, not from the caller.`,
    remedy: 'Send the study instead of images of your own.',
  }),
  'caller-input-missing': (facts) => ({
    text: `For ${functionOf(facts)}, ${modelOf(facts)} needs images sent with the call.`,
    remedy: 'Send them in the call, or choose a function that reads the study.',
  }),

  'function-not-in-duty': (facts) => ({
    text: `${capitalised(functionOf(facts))} is not among the duties of your role.`,
    remedy: 'Ask a Responsible Clinician for AI to do it.',
  }),
  'credential-missing': (facts) => ({
    text: `You do not hold the credential for this: ${credentialOf(facts)}.`,
    remedy: `${LEAD} how to enter the pathway.`,
  }),
  'credential-in-training': (facts) => ({
    text: `You are still in training for ${credentialOf(facts)}.`,
    remedy: `Work in the sandbox or under supervision until it is awarded. ${LEAD} for a supervised approval.`,
  }),
  'credential-lapsed': (facts) => ({
    text: `Your credential has lapsed: ${credentialOf(facts)}.`,
    remedy: 'Put right what is listed here; it comes back by itself.',
  }),
  'credential-suspended': (facts) => ({
    text: `Your credential was suspended${onDate(facts)}: ${credentialOf(facts)}.`,
    remedy: 'Ask your clinical director.',
  }),
  'credential-supervised-only': (facts) => ({
    text: `With this credential you work under supervision only: ${credentialOf(facts)}.`,
    remedy: `${LEAD} for a supervised approval, with a supervisor who may work alone.`,
  }),
  'declaration-overdue': (facts) => ({
    text: `Your annual declaration ${due(facts)}.`,
    remedy: 'Sign it at /me/declaration.',
  }),
  'cpd-short': (facts) => ({
    text: `Your AI-specific CPD is short${inBrackets(facts)}.`,
    remedy: 'Log your CPD at /me/cpd.',
  }),
  'practice-inactive': (facts) => ({
    text: `Evidence of your active practice ${due(facts)}.`,
    remedy: `${LEAD} to confirm it, or for a return to practice.`,
  }),
  'audit-overdue': (facts) => ({
    text: `The quarterly AI audit that you lead ${due(facts)}.`,
    remedy: 'Present it to the governance board and send the minutes to your programme lead.',
  }),
  'anomaly-log-missing': (facts) => ({
    text: `Evidence that you keep an anomaly log ${due(facts)}.`,
    remedy: 'Bring your anomaly log up to date and show it to your radiographer tutor.',
  }),
  'requirement-missing': (facts) => ({
    text: `Still missing: ${facts.detail ?? 'evidence that the policy asks for'}.`,
    remedy: 'Send the proof to your programme lead.',
  }),
  'guideline-unacknowledged': (facts) => ({
    text: `You have not acknowledged the current guideline of ${modelOf(facts)}${inBrackets(facts)}.`,
    remedy: 'Read it, then acknowledge it, on the page “My profile”.',
  }),
  'co-signature-missing': (facts) => ({
    text: `${capitalised(functionOf(facts))} is shown only after a second person has co-signed it.`,
    remedy:
      'Ask a co-signer to look at it on their page “To co-sign”; then open it from the case. Until then decide without it.',
  }),
  'co-signer-is-asker': () => ({
    text: 'You asked for this result yourself, so you cannot be the second person who signs it.',
    remedy: 'Ask somebody else who may co-sign it.',
  }),
  'case-of-another': () => ({
    text: 'This is not a case of yours, nor one that you supervise.',
    remedy: 'Leave it to the practitioner of the case or their supervisor.',
  }),
  'result-held': (facts) => ({
    text: `This stored AI result is held until somebody accepts it${inBrackets(facts)}.`,
    remedy:
      'Whoever asked for it, or their supervisor, opens the case page, under “My cases”, and accepts it; where nobody asked for it, or neither of them may, a Responsible Clinician for AI who looks at it does. The images are not affected.',
  }),

  'approval-missing': (facts) => ({
    text: `You are not approved for ${functionOf(facts)} with ${modelOf(facts)}.`,
    remedy: `${LEAD} for an approval for exactly this version.`,
  }),
  'approval-not-started': (facts) => ({
    text: `Your approval for ${modelOf(facts)} starts${onDate(facts) || ' later'}.`,
    remedy: 'Wait until then, or ask your programme lead for an earlier start.',
  }),
  'approval-expired': (facts) => ({
    text: `Your approval for ${modelOf(facts)} ended${onDate(facts)}.`,
    remedy: `${LEAD} to renew it.`,
  }),
  'approval-self-granted': (facts) => ({
    text: `Your approval for ${modelOf(facts)} was granted by yourself, so it does not count.`,
    remedy: `${LEAD} to have it granted by somebody else.`,
  }),
  'simulator-only': (facts) => ({
    text: `You are approved for ${modelOf(facts)} in the sandbox only.`,
    remedy: `Practise on sandbox studies. ${LEAD} for an approval on real ones.`,
  }),
  'outside-acceptance-plan': (facts) => ({
    text: `You are approved for acceptance tests of ${modelOf(facts)} only, on the studies of the approved plan${inBrackets(facts)}.`,
    remedy: 'Open a study of the plan that names you as its operator, while the version is in acceptance.',
  }),
  'supervisor-missing': (facts) => ({
    text: `Your approval for ${modelOf(facts)} is a supervised one, and its supervisor is not in the register.`,
    remedy: `${LEAD} to name a supervisor.`,
  }),
  'supervisor-is-self': (facts) => ({
    text: `Your approval for ${modelOf(facts)} names you as your own supervisor.`,
    remedy: `${LEAD} to name another person.`,
  }),
  'supervisor-not-independent': (facts) => ({
    text: `Your supervisor may not use ${modelOf(facts)} independently at present.`,
    remedy: `Tell your supervisor. ${LEAD} to name another one if need be.`,
  }),

  'scope-modality': (facts) => ({
    text: `Your scope of practice does not cover this modality${inBrackets(facts)}.`,
    remedy: `Leave it to a colleague. ${LEAD} if your scope has grown.`,
  }),
  'scope-body-part': (facts) => ({
    text: `Your scope of practice does not cover this body part${inBrackets(facts)}.`,
    remedy: `Leave it to a colleague. ${LEAD} if your scope has grown.`,
  }),
  'scope-population': (facts) => ({
    text: `Your scope of practice does not cover ${facts.detail ?? 'this'} patients.`,
    remedy: `Leave it to a colleague. ${LEAD} if your scope has grown.`,
  }),
};

/** Most sentences begin with one already. */
function capitalised(text: string): string {
  const first = text.charAt(0);
  return first === first.toUpperCase() ? text : first.toUpperCase() + text.slice(1);
}
