import { GatewayError, type ProblemCode } from '../domain/errors.ts';
import type { RegisterActName } from '../domain/register-acts.ts';
import type { Refusal } from '../ui/form-page.ts';
import { actText } from '../ui/register-words.ts';
import { stepUpWay, type StepUp } from '../ui/step-up-way.ts';
import { PROBLEMS } from './problem.ts';

/** What a person is told on the form's own page, with what they typed; anything else is for the error page. */
const TOLD_ON_THE_FORM: readonly ProblemCode[] = [
  'not-permitted',
  'bad-request',
  'conflict',
  'not-classifiable',
  'precondition-failed',
];

const LOST_UPDATE =
  'What stands now is shown here, with what you typed. Look at both, then send it again if it is still right.';

/** Whether an error is told where the form stands. */
export function isToldOnTheForm(error: unknown): error is GatewayError {
  return error instanceof GatewayError && TOLD_ON_THE_FORM.includes(error.code);
}

/** An act that was refused, in words. */
export function refusalOf(error: GatewayError, act: RegisterActName, stepUp: StepUp | undefined): Refusal {
  const { code, detail, reasons } = error;
  const confirm = stepUpWay(reasons, stepUp);
  const isLost = code === 'precondition-failed';
  return {
    title: isLost ? PROBLEMS[code].title : `Not done: ${actText(act)}`,
    detail: isLost ? LOST_UPDATE : detail,
    reasons,
    ...(confirm === undefined ? {} : { confirm }),
  };
}
