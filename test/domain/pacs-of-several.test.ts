import { parseDicomwebTarget } from '../../src/domain/dicom/dicomweb-resource.ts';
import { isPacsId, splitPacsId } from '../../src/domain/dicom/pacs-id.ts';
import { includeFieldPairs, PACS_PROFILES, pacsProfile } from '../../src/domain/dicom/pacs-profile.ts';
import { rewriteUrl } from '../../src/domain/dicom/rewrite-dicom-urls.ts';
import { BadRequest, GatewayError, UpstreamFault } from '../../src/domain/errors.ts';
import { namePacsFault } from '../../src/domain/name-pacs-fault.ts';

test.each([
  ['archive', true],
  ['a', true],
  ['a-1', true],
  ['a'.repeat(32), true],
  ['a'.repeat(33), false],
  ['', false],
  ['1a', false],
  ['-a', false],
  ['A', false],
  ['a_b', false],
  ['a.b', false],
  ['studies', false],
  ['series', false],
  ['instances', false],
  ['workitems', false],
  ['capabilities', false],
  ['wado', false],
  ['constructor', true],
])('%j as the id of a PACS: %s', (id, expected) => {
  expect(isPacsId(id)).toBe(expected);
});

test.each([
  [[], '', []],
  [['studies', '1.2'], '', ['studies', '1.2']],
  [['archive'], 'archive', []],
  [['archive', 'studies'], 'archive', ['studies']],
  [['archive', 'archive', 'studies'], 'archive', ['archive', 'studies']],
  [['Archive', 'studies'], '', ['Archive', 'studies']],
])('the segments %j', (segments, pacs, rest) => {
  expect(splitPacsId(segments)).toEqual({ pacs, rest });
});

test.each([
  ['/dicom-web/studies', ''],
  ['/dicom-web/archive/studies?a=b', 'archive'],
  ['//dicom-web//archive//studies/', 'archive'],
])('%s is asked of the PACS %j', (target, pacs) => {
  expect(parseDicomwebTarget(target)).toMatchObject({ pacs, resource: { kind: 'search', of: 'studies' } });
});

test.each([
  ['/dicom-web/archive/archive/studies', 'not-found'],
  ['/dicom-web/archive/..%2fstudies', 'bad-request'],
  ['/dicom-web/%61rchive/studies', 'bad-request'],
  ['/dicom-web/ARCHIVE/studies', 'not-found'],
  ['/dicom-web/archive/../studies', 'bad-request'],
])('%s -> %s', (target, code) => {
  expect(() => parseDicomwebTarget(target)).toThrow(expect.objectContaining({ code }));
});

describe('fields to include', () => {
  test.each(PACS_PROFILES)('for %s: none for none', (name) => {
    expect(includeFieldPairs([], pacsProfile(name))).toEqual([]);
  });
  test.each([
    ['orthanc', [['includefield', '00080060,00081030']]],
    ['generic', [['includefield', '00080060,00081030']]],
    [
      'dcm4chee',
      [
        ['includefield', '00080060'],
        ['includefield', '00081030'],
      ],
    ],
  ] as const)('for %s', (name, pairs) => {
    expect(includeFieldPairs(['00080060', '00081030'], pacsProfile(name))).toEqual(pairs);
  });
});

describe('addresses where several PACS are behind the gateway', () => {
  const ours = 'https://gw.example/dicom-web';
  const others = [
    { ownBaseUrl: 'http://main:8042/dicom-web', publicBaseUrl: ours },
    { ownBaseUrl: 'http://main:8042/wado', publicBaseUrl: `${ours}/wado` },
    { ownBaseUrl: 'http://archive/rs', publicBaseUrl: `${ours}/archive` },
    { ownBaseUrl: 'http://archive/rs/old', publicBaseUrl: `${ours}/old` },
  ];
  const main = {
    ownBaseUrls: [ours, 'http://main:8042/dicom-web'],
    publicBaseUrl: ours,
    others,
  };
  // This one repeats the name it was given, with its own path, which is the main one's at the gateway.
  const archive = {
    ownBaseUrls: [ours, 'http://archive/rs'],
    publicBaseUrl: `${ours}/archive`,
    others,
  };
  test.each([
    ['main', main, 'http://main:8042/dicom-web/studies/1', `${ours}/studies/1`, 0],
    ['main', main, 'http://archive/rs/studies/1', `${ours}/archive/studies/1`, 0],
    ['main', main, 'http://archive/rs/old/studies/1', `${ours}/old/studies/1`, 0],
    ['main', main, 'http://archive/rsx/studies/1', 'http://archive/rsx/studies/1', 1],
    ['main', main, 'http://main:8042/wado?requestType=WADO', `${ours}/wado?requestType=WADO`, 0],
    ['main', main, `${ours}/archive/studies/1`, `${ours}/archive/studies/1`, 0],
    ['archive', archive, 'http://archive/rs/studies/1', `${ours}/archive/studies/1`, 0],
    ['archive', archive, `${ours}/studies/1`, `${ours}/archive/studies/1`, 0],
    ['archive', archive, `${ours}/archive/studies/1`, `${ours}/archive/studies/1`, 0],
    ['archive', archive, `${ours}/old/studies/1`, `${ours}/old/studies/1`, 0],
    ['archive', archive, 'http://main:8042/dicom-web/studies/1#x', `${ours}/studies/1#x`, 0],
    ['archive', archive, 'http://elsewhere/studies/1', 'http://elsewhere/studies/1', 1],
  ] as const)('from %s: %#', (...[, mapping, url, value, unmapped]) => {
    expect(rewriteUrl(url, mapping)).toEqual({ value, unmapped });
  });
});

describe('a fault told by name', () => {
  const cause = new Error('socket');
  const fault = new UpstreamFault('upstream-timeout', 'pacs', { detail: 'Too late.', caseId: 'c-1', cause });
  test('says which PACS it was, and is otherwise the same', () => {
    const told = namePacsFault(fault, 'Archive');
    expect(told).toBeInstanceOf(UpstreamFault);
    expect(told).toMatchObject({
      code: 'upstream-timeout',
      peer: 'pacs',
      detail: 'Archive: Too late.',
      caseId: 'c-1',
      cause,
    });
    const bare = namePacsFault(new UpstreamFault('upstream-unreachable', 'pacs'), 'Archive');
    expect(bare).toMatchObject({ code: 'upstream-unreachable', caseId: undefined });
  });
  test.each([
    [fault, undefined],
    [new UpstreamFault('upstream-timeout', 'endpoint'), 'Archive'],
    [new BadRequest('no'), 'Archive'],
    [new GatewayError('not-found'), 'Archive'],
    ['text', 'Archive'],
  ])('leaves all else alone: %#', (error, title) => {
    expect(namePacsFault(error, title)).toBe(error);
  });
});
