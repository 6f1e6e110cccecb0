import type { RecordText } from './record-text.ts';
import type { InputSource } from './words.ts';

/** What an endpoint works on where nobody says so. */
export const USUAL_INPUT: InputSource = 'study';

/** A version's words, in which every endpoint says what it works on. What is no endpoint stays for the register's schema to refuse. */
export function statedInputs(words: RecordText): RecordText {
  const { endpoints } = words;
  return Array.isArray(endpoints) ? { ...words, endpoints: endpoints.map(stated) } : words;
}

function stated(endpoint: unknown): unknown {
  return typeof endpoint === 'object' && endpoint !== null ? { input: USUAL_INPUT, ...endpoint } : endpoint;
}
