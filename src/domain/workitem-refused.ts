import { GatewayError } from './errors.ts';
import { WORKITEM_WARNINGS, type WorkitemWarning } from './dicom/workitem-state.ts';
import type { ReasonInstance } from './reasons.ts';

/** A request about a workitem that does not fit its state. Carries the text of the Warning header, as clients of PS3.18 §11 read it. */
export class WorkitemRefused extends GatewayError {
  override readonly name = 'WorkitemRefused';
  readonly warning: string;
  constructor(
    status: 400 | 409,
    warning: WorkitemWarning,
    why: {
      readonly detail?: string;
      readonly reasons?: readonly ReasonInstance[];
      readonly caseId?: string;
    } = {},
  ) {
    const text = WORKITEM_WARNINGS[warning];
    super(status === 400 ? 'bad-request' : 'conflict', {
      ...why,
      detail: why.detail === undefined ? text : `${text} ${why.detail}`,
    });
    this.warning = text;
  }
}
