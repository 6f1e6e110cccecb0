import {
  askedTransferSyntax,
  acceptedDatasets,
  capabilitiesFormat,
  datasetFormat,
  datasetsAccept,
  isJsonType,
  sentFormat,
  singlePartType,
  takesType,
} from '../../src/domain/dicom/dicomweb-media.ts';

test.each([
  [undefined, 'json'],
  ['', 'json'],
  ['*/*', 'json'],
  ['application/dicom+json', 'json'],
  ['APPLICATION/DICOM+JSON; charset=utf-8', 'json'],
  ['application/json', 'json'],
  ['multipart/related; type="application/dicom+xml", application/json;q=0.5', 'json'],
  ['text/html,application/*;q=0.8', 'json'],
  ['text/html, */*;q=0.1', 'json'],
  ['application/dicom+json;q=0', undefined],
  ['application/dicom+json; Q=0.000', undefined],
  ['multipart/related; type="application/dicom+json,x"', undefined],
  ['text/html', undefined],
  ['multipart/related; type="application/dicom+xml"', 'xml'],
  ['multipart/related; type=application/dicom+xml', 'xml'],
  ['multipart/related; type="application/dicom+xml; transfer-syntax=*"', 'xml'],
  ['multipart/related', 'xml'],
  ['multipart/*', 'xml'],
  ['application/xml', 'xml'],
  ['text/xml; charset=utf-8', 'xml'],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'json'],
  ['Application/DICOM+XML', 'xml'],
  ['multipart/related; type="application/dicom+xml";q=0', undefined],
  ['multipart/related; type="application/dicom"', undefined],
  ['multipart/related; type="application/octet-stream", application/dicom+xml', 'xml'],
  [', ,;', undefined],
])('Accept %s takes datasets as %s', (accept, format) => {
  expect(datasetFormat(accept)).toBe(format);
});

test.each([
  [undefined, 'application/dicom+json'],
  ['application/json, text/html', 'application/dicom+json'],
  ['text/xml', 'multipart/related; type="application/dicom+xml"'],
  ['text/html;level=1', 'text/html;level=1'],
])('with Accept %s a PACS is asked for datasets as %s', (accept, asked) => {
  expect(datasetsAccept(accept)).toBe(asked);
});

test.each([
  [undefined, false],
  ['application/dicom+json; charset=utf-8', true],
  ['APPLICATION/JSON', true],
  ['application/jsonp', false],
  ['text/json', false],
])('%s says JSON: %s', (type, isJson) => {
  expect(isJsonType(type)).toBe(isJson);
});

test.each([
  [undefined, undefined],
  ['', undefined],
  ['application/dicom+json', 'json'],
  ['Application/JSON; charset=utf-8', 'json'],
  ['application/dicom+xml', 'xml'],
  ['application/dicom+xml; charset="UTF-8"', 'xml'],
  ['text/xml;charset=us-ascii', 'xml'],
  ['application/xml; charset=utf-16', undefined],
  ['application/dicom+xml-dtd', undefined],
  ['multipart/related; type="application/dicom+xml"', undefined],
  ['*/*', undefined],
  ['text/plain, application/json', undefined],
])('%s sends a dataset as %s', (type, format) => {
  expect(sentFormat(type)).toBe(format);
});

const JSON_TYPE = 'application/dicom+json';
const XML_TYPE = 'application/dicom+xml';
test.each([
  [undefined, undefined, undefined],
  [undefined, XML_TYPE, XML_TYPE],
  ['', XML_TYPE, XML_TYPE],
  [' ', XML_TYPE, XML_TYPE],
  [XML_TYPE, undefined, XML_TYPE],
  [XML_TYPE, 'text/html, */*', XML_TYPE],
  [XML_TYPE, JSON_TYPE, XML_TYPE],
  ['application/dicom xml', JSON_TYPE, XML_TYPE],
  [
    'multipart/related; type="application/dicom xml"',
    JSON_TYPE,
    'multipart/related; type="application/dicom+xml"',
  ],
  [`${XML_TYPE};q=0`, JSON_TYPE, JSON_TYPE],
  ['image/png', XML_TYPE, XML_TYPE],
  ['*/*', XML_TYPE, XML_TYPE],
  ['application/*', XML_TYPE, XML_TYPE],
])('the parameter %s beside the header %s: %s', (named, header, expected) => {
  expect(acceptedDatasets(named, header)).toBe(expected);
});

test('a type can be refused beside a wildcard', () => {
  const accept = 'application/dicom+json;q=0, application/json;q=0, */*';
  expect(datasetFormat(accept)).toBeUndefined();
});

test.each([
  [undefined, undefined],
  ['', undefined],
  ['*/*', undefined],
  ['*/*, application/pdf', undefined],
  ['application/pdf', 'application/pdf'],
  ['application/pdf, */*;q=0.5', 'application/pdf'],
  ['video/*, */*;q=0.5', 'video/*'],
  ['application/octet-stream;q=0, application/pdf', 'application/pdf'],
  ['application/pdf, multipart/related; type="application/octet-stream"', undefined],
  ['multipart/related; type="application/octet-stream"; transfer-syntax=*', undefined],
])('Accept %s wants one thing by itself as %s', (accept, type) => {
  expect(singlePartType(accept)).toBe(type);
});

test.each([
  [undefined, undefined],
  ['application/dicom', undefined],
  ['application/dicom; transfer-syntax=*', '*'],
  ['application/dicom; transfer-syntax="1.2.840.10008.1.2.1"', '1.2.840.10008.1.2.1'],
  ['application/dicom; transfer-syntax=1.2";x="', undefined],
  ['application/dicom; transfer-syntax', undefined],
])('Accept %s names the transfer syntax %s', (accept, syntax) => {
  expect(askedTransferSyntax(accept)).toBe(syntax);
});

test.each([
  [undefined, 'wadl'],
  ['', 'wadl'],
  ['*/*', 'wadl'],
  ['application/vnd.sun.wadl+xml', 'wadl'],
  ['application/xml', 'wadl'],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'wadl'],
  ['application/json', 'json'],
  ['application/dicom+json, */*;q=0.1', 'json'],
  ['application/json, application/vnd.sun.wadl+xml', 'wadl'],
  ['application/vnd.sun.wadl+xml;q=0, application/xml;q=0, text/xml;q=0, */*', 'json'],
  ['text/html', undefined],
  ['application/json;q=0', undefined],
])('Accept %s takes capabilities as %s', (accept, format) => {
  expect(capabilitiesFormat(accept)).toBe(format);
});

test.each([
  [undefined, true],
  [' ', true],
  ['application/pdf', true],
  ['application/*', true],
  ['text/html, */*;q=0.1', true],
  ['application/pdf;q=0, */*', false],
  ['text/html', false],
])('Accept %s takes a PDF: %s', (accept, expected) => {
  expect(takesType(accept, 'application/pdf')).toBe(expected);
});
