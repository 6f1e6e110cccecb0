import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const CA_CONFIG = ['root', 'issuer']
  .map(
    (name) =>
      `[${name}]\ndatabase=${name}.index\ncrlnumber=${name}.number\ndefault_md=sha256\nunique_subject=no\n`,
  )
  .join('');
function extensionsFor(uid: string): string {
  return `
[issuer]
basicConstraints=critical,CA:true,pathlen:0
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
[card]
keyUsage=critical,digitalSignature
extendedKeyUsage=clientAuth,1.3.6.1.4.1.311.20.2.2
certificatePolicies=1.2.826.0.99999.1.1
subjectAltName=otherName:1.3.6.1.4.1.311.20.2.3;UTF8:${uid}@trust.example.nhs.uk,URI:urn:nhs:sds:user:${uid}
[software]
keyUsage=critical,digitalSignature
extendedKeyUsage=clientAuth,1.3.6.1.4.1.311.20.2.2
certificatePolicies=1.2.826.0.99999.1.2
subjectAltName=otherName:1.3.6.1.4.1.311.20.2.3;UTF8:${uid}@trust.example.nhs.uk,URI:urn:nhs:sds:user:${uid}
[server]
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
subjectAltName=DNS:localhost,IP:127.0.0.1
`;
}

/** Writes what softhsm2 and openssl need to know: where the card is, and what the certificates made here say. */
export function writeSoftCardFiles(folder: string, uid: string): void {
  mkdirSync(join(folder, 'tokens'));
  const files = {
    'softhsm2.conf': `directories.tokendir = ${join(folder, 'tokens')}\n`,
    'ca.cnf': CA_CONFIG,
    'extensions.cnf': extensionsFor(uid),
    'root.index': '',
    'root.number': '01\n',
    'issuer.index': '',
    'issuer.number': '01\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}
