import { clock, ids } from './compose-clock.ts';
import type { Parts } from './compose-parts.ts';
import type { RegisterReader } from './flows/ports.ts';
import { writeResultObject, type ResultOrder, type WrittenObject } from './flows/write-result-object.ts';
import { createResultWriter } from './upstreams/result-writer.ts';

/** Makes an object of a result, and stores it in the PACS of its study. */
interface ResultObjects {
  readonly writeResultObject: (order: ResultOrder, signal: AbortSignal) => Promise<WrittenObject>;
}

/** What makes objects of results whose models make none, for whoever runs them. */
export function bindResultObjects(parts: Parts, register: RegisterReader): ResultObjects {
  const { caseLog, storedResults } = parts;
  const shared = { register, caseLog, storedResults, resultWriter: createResultWriter(), clock, ids };
  const { at } = parts.upstreams.everyPacs;
  return {
    writeResultObject: async (order, signal) =>
      await at(order.context.pacs, (one) => writeResultObject({ ...shared, ...one }, order, signal)),
  };
}
