import type { RegisterKind } from '../domain/register-acts.ts';
import { GatewayError } from '../domain/errors.ts';
import type { DraftFault } from '../flows/ports-register.ts';
import type { Outlook } from './outlook.ts';

/** Says what is wrong with one field of the record at hand. */
export type Fault = (field: string, message: string) => DraftFault;

/** Faults of one record. */
export function faultsIn(kind: RegisterKind, id: string): Fault {
  return (field, message) => ({ kind, id, field, message });
}

/** What is wrong, a line each. */
export function describeFaults(faults: readonly DraftFault[]): readonly string[] {
  return faults.map(({ kind, id, field, message }) => `${kind} ${id}: ${field}: ${message}`);
}

/** Records that cannot be taken; every fault is told at once. Nothing of them was taken. */
export function refusedRecords(faults: readonly DraftFault[]): GatewayError {
  return new GatewayError('bad-request', {
    detail: ['This cannot be taken. Nothing was changed.', ...describeFaults(faults)].join('\n'),
  });
}

/** Fields that must name somebody of the register, and do not. */
export function unknownPeople(
  named: readonly (readonly [field: string, id: string | undefined])[],
  outlook: Outlook,
  fault: Fault,
): readonly DraftFault[] {
  return named.flatMap(([field, id]) =>
    id === undefined || outlook.hasPerson(id)
      ? []
      : [fault(field, `${id} is no practitioner of the register`)],
  );
}
