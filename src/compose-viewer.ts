import type { Config } from './config.ts';
import type { AppDeps } from './http/app-deps.ts';
import { loadViewer } from './ui/load-viewer.ts';

/** Name of the main PACS in the viewer's addresses: no id of the config's is in capitals. */
const MAIN = 'PACS';

/** The viewer that the config names, and every PACS for it to read; nothing where it names none. Throws ViewerRefused. */
export function openViewer({
  viewer,
  publicUrl,
  pacs,
  morePacs,
}: Pick<Config, 'viewer' | 'publicUrl' | 'pacs' | 'morePacs'>): Pick<AppDeps, 'viewer'> {
  if (viewer === undefined) return {};
  const base = `${publicUrl}/dicom-web`;
  const main = { id: MAIN, title: pacs.title ?? MAIN, dicomwebUrl: base };
  const more = morePacs.map(({ id, title = id }) => ({ id, title, dicomwebUrl: `${base}/${id}` }));
  return { viewer: { files: loadViewer(viewer.folder), pacs: [main, ...more] } };
}
