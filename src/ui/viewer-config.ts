import { VIEWER_ROOT } from './viewer-address.ts';

/** A PACS behind this gateway, as viewers name it. */
export interface ViewerPacs {
  /** Part of the viewer's own addresses. */
  readonly id: string;
  readonly title: string;
  /** Its DICOMweb base at this gateway. */
  readonly dicomwebUrl: string;
}

/** Where the panel's script is served, and the panel's name in OHIF: `<extension>.panelModule.<panel>`. */
const AI_PANEL_SCRIPT = '/gateway/ohif/ai-panel.js';
const AI_PANEL = 'countersign.panelModule.ai';

const SOURCE = '@ohif/extension-default.dataSourcesModule.dicomweb';

/** Parallel requests; a browser sends six at a time to a server that speaks HTTP/1.1, whatever is said here. */
const MAX_REQUESTS = { interaction: 100, thumbnail: 5, prefetch: 25 };

/**
 * The script by which OHIF knows where to read: every PACS of this gateway, the first one by default, and nothing from elsewhere.
 * No token: the session's cookie goes with each request.
 */
export function viewerConfigScript(pacs: readonly ViewerPacs[]): string {
  const config = {
    name: 'countersign',
    routerBasename: VIEWER_ROOT.slice(0, -1),
    extensions: [AI_PANEL_SCRIPT],
    modes: [],
    // The first of the right-hand panels of every mode, and open where people read.
    customizationService: { mode: { '*': { rightPanels: { $unshift: [AI_PANEL] } } } },
    modesConfiguration: {
      '@ohif/mode-longitudinal': {
        routes: { 0: { layoutInstance: { props: { rightPanelClosed: { $set: false } } } } },
      },
    },
    showStudyList: true,
    maxNumberOfWebWorkers: 3,
    showWarningMessageForCrossOrigin: true,
    showCPUFallbackMessage: true,
    showLoadingIndicator: true,
    strictZSpacingForVolumeViewport: true,
    groupEnabledModesFirst: true,
    maxNumRequests: MAX_REQUESTS,
    showErrorDetails: 'production',
    defaultDataSourceName: pacs[0]?.id,
    dataSources: pacs.map(dataSource),
  };
  // No text of the config ends a script or a line early (ECMA-404, and <script> in HTML).
  const json = JSON.stringify(config, undefined, 2).replaceAll('<', '\\u003c');
  return `window.config = ${json};\n${SIGN_IN_AGAIN}`;
}

function dataSource({ id, title, dicomwebUrl }: ViewerPacs): Readonly<Record<string, unknown>> {
  return {
    namespace: SOURCE,
    sourceName: id,
    configuration: {
      friendlyName: title,
      name: id,
      qidoRoot: dicomwebUrl,
      wadoRoot: dicomwebUrl,
      wadoUriRoot: dicomwebUrl,
      qidoSupportsIncludeField: true,
      supportsFuzzyMatching: true,
      supportsWildcard: true,
      supportsReject: false,
      dicomUploadEnabled: false,
      imageRendering: 'wadors',
      // Not every PACS makes pictures of each object: the viewer makes its own, from the first frame.
      thumbnailRendering: 'wadors',
      enableStudyLazyLoad: true,
      staticWado: false,
      // Films and documents come as multipart: the viewer then shows them from memory, under its own policy.
      singlepart: 'bulkdata',
      bulkDataURI: { enabled: true },
      omitQuotationForMultipartRequest: true,
    },
  };
}

/**
 * A session that ends or locks while somebody reads answers 401 from then on. What was measured and not saved is in the page alone,
 * so the person decides when to leave it; whoever signs in in another window just reads on. Asked once a minute, not for each image.
 */
const SIGN_IN_AGAIN = `(() => {
  const AGAIN_MS = 60000;
  let askedAt = -AGAIN_MS;
  window.config.httpErrorHandler = (error) => {
    if (!error || error.status !== 401 || performance.now() - askedAt < AGAIN_MS) return;
    askedAt = performance.now();
    const question = 'You are signed out. Go to sign-in now? What you have measured and not saved is lost then. Or choose Cancel, sign in in another window, and read on.';
    if (!window.confirm(question)) {
      askedAt = performance.now();
      return;
    }
    const back = encodeURIComponent(location.pathname + location.search);
    location.assign('/auth/sign-in?session-ended=1&return=' + back);
  };
})();
`;
