import { canonicalXml } from '../../src/identity/saml/canonical-xml.ts';
import { childElements, parseXml } from '../../src/identity/saml/xml-elements.ts';

const EXCLUSIVE = { isExclusive: true, prefixes: new Set<string>() };
const INCLUSIVE = { isExclusive: false, prefixes: new Set<string>() };
const LISTED = { isExclusive: true, prefixes: new Set(['q', '']) };

/** Written by hand from XML-C14N 1.0 (§4.6–4.8) and XML-EXC-C14N 1.0 (§3). */
describe('namespaces in canonical form', () => {
  test.each([
    [
      'one that is bound anew further down is as before behind it',
      '<a xmlns:q="urn:u"><q:b xmlns:q="urn:v"><q:c xmlns:q="urn:u"/></q:b><q:d/></a>',
      '<a><q:b xmlns:q="urn:v"><q:c xmlns:q="urn:u"></q:c></q:b><q:d xmlns:q="urn:u"></q:d></a>',
      '<a xmlns:q="urn:u"><q:b xmlns:q="urn:v"><q:c xmlns:q="urn:u"></q:c></q:b><q:d></q:d></a>',
    ],
    [
      'the default one, undone and bound again',
      '<a xmlns="urn:u"><b xmlns=""><c xmlns="urn:u"/><d/></b><e/></a>',
      '<a xmlns="urn:u"><b xmlns=""><c xmlns="urn:u"></c><d></d></b><e></e></a>',
      '<a xmlns="urn:u"><b xmlns=""><c xmlns="urn:u"></c><d></d></b><e></e></a>',
    ],
    [
      'one that is declared for nobody, and one twice',
      '<a xmlns:p="urn:p"><q:b xmlns:q="urn:q" z="1" q:a="2"><q:c xmlns:q="urn:q"/></q:b></a>',
      '<a><q:b xmlns:q="urn:q" z="1" q:a="2"><q:c></q:c></q:b></a>',
      '<a xmlns:p="urn:p"><q:b xmlns:q="urn:q" z="1" q:a="2"><q:c></q:c></q:b></a>',
    ],
  ])('%s', (_name, xml, exclusive, inclusive) => {
    const root = parseXml(xml);
    expect(canonicalXml(root, EXCLUSIVE)).toBe(exclusive);
    expect(canonicalXml(root, INCLUSIVE)).toBe(inclusive);
    // What is canonical already stays as it is, and digests alike in either form.
    expect(canonicalXml(parseXml(inclusive), INCLUSIVE)).toBe(inclusive);
    expect(canonicalXml(parseXml(inclusive), EXCLUSIVE)).toBe(exclusive);
  });

  test('of an element further down: those around it, where they are wanted', () => {
    const [inner] = childElements(
      parseXml('<a xmlns="urn:u" xmlns:q="urn:q" xmlns:r="urn:r"><b xmlns=""/></a>'),
    );
    if (inner === undefined) throw new Error('no element inside');
    expect(canonicalXml(inner, EXCLUSIVE)).toBe('<b></b>');
    expect(canonicalXml(inner, LISTED)).toBe('<b xmlns:q="urn:q"></b>');
    expect(canonicalXml(inner, INCLUSIVE)).toBe('<b xmlns:q="urn:q" xmlns:r="urn:r"></b>');
  });
});
