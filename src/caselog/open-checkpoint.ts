import { openNote, type VerifierKey } from '../domain/signed-note.ts';
import { parseCheckpoint, type Checkpoint } from '../domain/tlog-checkpoint.ts';

/** A checkpoint of this log, or why it is none. */
export type OpenedCheckpoint =
  { readonly ok: true; readonly checkpoint: Checkpoint } | { readonly ok: false; readonly reason: string };

/** Opens a checkpoint note as one of the log that `key` signs: signature, three lines, and the log's own name as origin. */
export function openCheckpoint(note: string, key: VerifierKey): OpenedCheckpoint {
  const opened = openNote(note, [key]);
  if (!opened.ok) return opened;
  const checkpoint = parseCheckpoint(opened.text);
  if (checkpoint === undefined) return { ok: false, reason: 'its text is no checkpoint' };
  if (checkpoint.origin !== key.name)
    return { ok: false, reason: `it is of another log, ${checkpoint.origin}` };
  if (checkpoint.extensions.length > 0)
    return { ok: false, reason: 'it has lines that this log never writes' };
  return { ok: true, checkpoint };
}
