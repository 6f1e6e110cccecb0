import type { Page } from 'playwright-core';
import type { AppDeps } from '../../src/http/app-deps.ts';
import { loadViewer } from '../../src/ui/load-viewer.ts';
import { STUDY } from './fake-flows.ts';
import { writeTinyViewer } from './tiny-viewer.ts';

/** The services of OHIF that the panel is given, and its element in a column as wide as OHIF's. */
const VIEWER = `
const __webpack_require__ = {};
__webpack_require__.p = "/";
const listeners = new Set();
let shown;
const service = (more) => ({
  EVENTS: { GRID_STATE_CHANGED: 'grid', DISPLAY_SETS_ADDED: 'added' },
  subscribe: (event, listener) => {
    listeners.add(listener);
    return { unsubscribe: () => listeners.delete(listener) };
  },
  ...more,
});
window.services = {
  viewportGridService: service({
    getState: () => ({
      activeViewportId: 'v',
      viewports: new Map([['v', { displaySetInstanceUIDs: shown === undefined ? [] : [shown] }]]),
    }),
  }),
  displaySetService: service({
    getDisplaySetByUID: (uid) => ({
      StudyInstanceUID: uid,
      instances: [{ Modality: 'CT', StudyDate: '20260303', StudyDescription: 'CT head' }],
    }),
  }),
  userAuthenticationService: { getAuthorizationHeader: () => undefined },
};
window.openStudy = (uid) => {
  shown = uid;
  for (const listener of [...listeners]) listener();
};
window.listenerCount = () => listeners.size;
window.openPanel = async () => {
  const { default: extension } = await import(window.config.extensions[0]);
  extension.preRegistration({ servicesManager: { services: window.services } });
  const [{ component }] = extension.getPanelModule();
  const column = document.createElement('div');
  column.id = 'column';
  column.style.cssText = 'width: 280px; height: 780px; display: flex; flex-direction: column;';
  column.append(document.createElement(component));
  document.body.replaceChildren(column);
};
`;

/** A viewer that is as much of OHIF as the panel meets; whoever made it removes its folder. */
export function panelViewer(publicUrl: string): { readonly folder: string; readonly deps: Partial<AppDeps> } {
  const folder = writeTinyViewer({ 'app.bundle.0f6159c501addfe9.js': VIEWER });
  const pacs = [{ id: 'PACS', title: 'PACS', dicomwebUrl: `${publicUrl}/dicom-web` }];
  return { folder, deps: { viewer: { files: loadViewer(folder), pacs } } };
}

/** Opens the panel on a study, as the viewer does. */
export async function openPanel(page: Page, url: string, study: string = STUDY): Promise<void> {
  await page.goto(`${url}/viewer/viewer?StudyInstanceUIDs=${study}`);
  await page.evaluate(`openPanel().then(() => openStudy('${study}'))`);
}
