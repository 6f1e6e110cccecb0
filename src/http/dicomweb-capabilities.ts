import type { Request, Response } from 'express';
import { capabilitiesFormat, WADL_TYPE, XML_PARTS } from '../domain/dicom/dicomweb-media.ts';
import { GatewayError } from '../domain/errors.ts';

/** One kind of address, and what may be asked there. */
interface Route {
  /** Below the base; in braces what a UID or a number stands for. */
  readonly path: string;
  readonly name: string;
  readonly types: readonly string[];
  readonly query?: readonly string[];
  /** What is done there, where it is not, or not only, read: each method and its name. */
  readonly methods?: readonly (readonly [method: string, name: string])[];
  /** Becomes a WebSocket: there is no head to ask for. */
  readonly isChannel?: boolean;
}

const SETS = [
  { at: 'studies/{study}', of: 'Study' },
  { at: 'studies/{study}/series/{series}', of: 'Series' },
  { at: 'studies/{study}/series/{series}/instances/{instance}', of: 'Instance' },
] as const;
const INSTANCE = SETS[2].at;

const DATASETS = ['application/dicom+json', XML_PARTS];
const PICTURES = ['image/jpeg', 'image/png', 'image/gif'];
const OCTETS = 'multipart/related; type="application/octet-stream"';
const OBJECTS = 'multipart/related; type="application/dicom"';
const RENDERING = ['annotation', 'quality', 'viewport', 'window', 'iccprofile'];
const SEARCHING = [
  'limit',
  'offset',
  'includefield',
  'fuzzymatching',
  'emptyvaluematching',
  'multiplevaluematching',
];
const WADO_URI = [
  'requestType',
  'studyUID',
  'seriesUID',
  'objectUID',
  'contentType',
  'charset',
  'transferSyntax',
  'annotation',
  'rows',
  'columns',
  'region',
  'windowCenter',
  'windowWidth',
  'frameNumber',
  'imageQuality',
  'presentationUID',
  'presentationSeriesUID',
];

/** Everything that can be read at this door. What of it a PACS serves is its own affair. */
const DICOMWEB_ROUTES: readonly Route[] = [
  ...[
    ['studies', 'Studies'],
    ['series', 'Series'],
    ['instances', 'Instances'],
    ['studies/{study}/series', 'SeriesOfStudy'],
    ['studies/{study}/instances', 'InstancesOfStudy'],
    [`${SETS[1].at}/instances`, 'InstancesOfSeries'],
  ].map(([path = '', of = '']) => ({ path, name: `Search${of}`, types: DATASETS, query: SEARCHING })),
  ...SETS.flatMap(({ at, of }) => [
    { path: at, name: `Retrieve${of}`, types: [OBJECTS] },
    { path: `${at}/metadata`, name: `Retrieve${of}Metadata`, types: DATASETS },
    { path: `${at}/rendered`, name: `Render${of}`, types: PICTURES, query: RENDERING },
    { path: `${at}/thumbnail`, name: `Thumbnail${of}`, types: PICTURES, query: ['viewport'] },
    { path: `${at}/bulkdata`, name: `BulkData${of}`, types: [OCTETS] },
    { path: `${at}/pixeldata`, name: `PixelData${of}`, types: [OCTETS] },
  ]),
  { path: `${INSTANCE}/bulkdata/{tag}`, name: 'BulkDataElement', types: [OCTETS] },
  { path: `${INSTANCE}/frames/{frames}`, name: 'RetrieveFrames', types: [OCTETS] },
  { path: `${INSTANCE}/frames/{frames}/rendered`, name: 'RenderFrames', types: PICTURES, query: RENDERING },
  {
    path: `${INSTANCE}/frames/{frames}/thumbnail`,
    name: 'ThumbnailFrames',
    types: PICTURES,
    query: ['viewport'],
  },
  { path: 'wado', name: 'WadoUri', types: ['application/dicom', ...PICTURES], query: WADO_URI },
];

/** Where objects are stored (STOW-RS, PS3.18 §10.5). */
const STORE_NAMES: ReadonlyMap<string, string> = new Map([
  ['studies', 'StoreInstances'],
  [SETS[0].at, 'StoreInstancesOfStudy'],
]);

const WORKITEM = 'workitems/{workitem}';

/** The workitem service. */
const WORKITEM_ROUTES: readonly Route[] = [
  {
    path: 'workitems',
    name: 'SearchWorkitems',
    types: DATASETS,
    query: SEARCHING.slice(0, 3),
    methods: [
      ['GET', 'SearchWorkitems'],
      ['POST', 'CreateWorkitem'],
    ],
  },
  {
    path: WORKITEM,
    name: 'RetrieveWorkitem',
    types: DATASETS,
    methods: [
      ['GET', 'RetrieveWorkitem'],
      ['POST', 'UpdateWorkitem'],
    ],
  },
  { path: `${WORKITEM}/state`, name: 'ChangeState', types: [], methods: [['PUT', 'ChangeWorkitemState']] },
  {
    path: `${WORKITEM}/cancelrequest`,
    name: 'RequestCancellation',
    types: [],
    methods: [['POST', 'RequestCancellation']],
  },
  {
    path: `${WORKITEM}/subscribers/{aet}`,
    name: 'Subscribe',
    types: [],
    query: ['deletionlock', 'filter'],
    methods: [
      ['POST', 'Subscribe'],
      ['DELETE', 'Unsubscribe'],
    ],
  },
  {
    path: `${WORKITEM}/subscribers/{aet}/suspend`,
    name: 'SuspendGlobalSubscription',
    types: [],
    methods: [['POST', 'SuspendGlobalSubscription']],
  },
  { path: 'subscribers/{aet}', name: 'OpenNotificationChannel', types: [], isChannel: true },
];

interface Described {
  readonly baseUrl: string;
  readonly hasWorkitems: boolean;
  /** Whether objects are stored here. */
  readonly hasStore: boolean;
}

/**
 * Answers what this service can do (PS3.18 §8.9), as WADL or JSON. Without login: it holds nothing about anybody.
 * Throws GatewayError('not-acceptable') for a caller that takes neither.
 */
export function sendCapabilities(req: Request, res: Response, asked: Described): void {
  const format = capabilitiesFormat(req.headers.accept);
  if (format === undefined) {
    throw new GatewayError('not-acceptable', {
      detail: `Capabilities are given as ${WADL_TYPE} or application/json. Ask for one of these.`,
    });
  }
  const body = format === 'wadl' ? wadl(asked) : JSON.stringify(described(asked));
  res.setHeader('Gateway-Origin', 'gateway');
  res.setHeader('Cache-Control', 'no-cache');
  res.vary('Accept');
  res.setHeader('Content-Type', format === 'wadl' ? WADL_TYPE : 'application/json');
  res.setHeader('Content-Length', String(Buffer.byteLength(body)));
  res.statusCode = 200;
  res.end(req.method === 'HEAD' ? undefined : body);
}

function routesOf({ hasWorkitems, hasStore }: Described): readonly Route[] {
  const routes = hasStore ? DICOMWEB_ROUTES.map(storing) : DICOMWEB_ROUTES;
  return hasWorkitems ? [...routes, ...WORKITEM_ROUTES] : routes;
}

/** The same address, where objects are stored at it too. */
function storing(route: Route): Route {
  const { path, name } = route;
  const stores = STORE_NAMES.get(path);
  if (stores === undefined) return route;
  return {
    ...route,
    methods: [
      ['GET', name],
      ['POST', stores],
    ],
  };
}

function methodsOf({ name, methods = [['GET', name]] }: Route): NonNullable<Route['methods']> {
  return methods;
}

function described(asked: Described): object {
  const { baseUrl } = asked;
  const routes = routesOf(asked).map((route) => describedRoute(baseUrl, route));
  return { service: 'DICOMweb', base: baseUrl, routes };
}

function describedRoute(baseUrl: string, route: Route): object {
  const { path, name, types, query = [], isChannel = false } = route;
  return {
    name,
    methods: methodsOf(route).flatMap(([method]) =>
      method === 'GET' && !isChannel ? ['GET', 'HEAD'] : [method],
    ),
    path: `${baseUrl}/${path}`,
    mediaTypes: types,
    queryParameters: query,
  };
}

/** Web Application Description Language, as PS3.18 Annex H shows it. */
function wadl(asked: Described): string {
  const { baseUrl } = asked;
  const resources = routesOf(asked)
    .map((route) => resourceElement(route))
    .join('');
  return `<?xml version="1.0" encoding="UTF-8"?><application xmlns="http://wadl.dev.java.net/2009/02"><resources base="${escaped(baseUrl)}/">${resources}</resources></application>`;
}

function resourceElement(route: Route): string {
  const { path } = route;
  const templates = [...path.matchAll(/\{(\w+)\}/g)].map(([, word = '']) => param(word, 'template'));
  const methods = methodsOf(route).map(([method, name]) => methodElement(route, method, name));
  return `<resource path="${path}">${templates.join('')}${methods.join('')}</resource>`;
}

/** Only what is read takes parameters and gives something back. */
function methodElement({ types, query = [] }: Route, method: string, name: string): string {
  const isRead = method === 'GET';
  const asked = isRead ? query.map((word) => param(word, 'query')).join('') : '';
  const given = isRead ? types.map((type) => `<representation mediaType="${escaped(type)}"/>`).join('') : '';
  return `<method name="${method}" id="${name}"><request>${asked}</request><response>${given}</response></method>`;
}

function param(name: string, style: 'template' | 'query'): string {
  return `<param name="${name}" style="${style}"/>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
