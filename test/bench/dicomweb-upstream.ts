/**
 * A PACS that costs next to nothing: answers that are made once, over bare sockets. Prints its port. Run by dicomweb.bench.ts as a
 * process of its own.
 */
import { createServer, type Socket } from 'node:net';
import {
  CHANGING,
  FRAME_BYTES,
  SERIES,
  STUDY,
  instanceUid,
  INSTANCES,
  LONG_STUDY_BYTES,
} from './dicomweb-subject.ts';

const HEAD_END = Buffer.from('\r\n\r\n');
const BOUNDARY = 'c6b1f0de-5f0b-4b52-9c8e-3f0a6d1e7a24';
const MULTIPART = `multipart/related; type="application/octet-stream"; boundary=${BOUNDARY}`;
const PART_HEAD = `\r\n--${BOUNDARY}\r\nContent-Type: application/octet-stream\r\n\r\n`;
const PLAIN_CLASS = '1.2.840.10008.5.1.4.1.1.4';
const QIDO_BYTES = 2048;

function pixels(): Buffer {
  const bytes = Buffer.alloc(FRAME_BYTES);
  // As pictures are: neither all alike nor free of what looks like a line end.
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = (at * 31 + (at >> 7)) & 0xff;
  return bytes;
}

function whole(type: string, body: Buffer, status = '200 OK'): Buffer {
  const head = `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${String(body.length)}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

function json(rows: readonly unknown[]): Buffer {
  return whole('application/dicom+json', Buffer.from(JSON.stringify(rows)));
}

function studyRow(description: string): unknown {
  return {
    '00080005': { vr: 'CS', Value: ['ISO_IR 192'] },
    '00080020': { vr: 'DA', Value: ['20260105'] },
    '00080030': { vr: 'TM', Value: ['101500'] },
    '00080050': { vr: 'SH', Value: ['ACC0001'] },
    '00080061': { vr: 'CS', Value: ['MR'] },
    '00080090': { vr: 'PN', Value: [{ Alphabetic: 'Referrer^One' }] },
    '00081030': { vr: 'LO', Value: [description] },
    '00081190': { vr: 'UR', Value: [`/dicom-web/studies/${STUDY}`] },
    '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Made^Up' }] },
    '00100020': { vr: 'LO', Value: ['P0001'] },
    '00100030': { vr: 'DA', Value: ['19700101'] },
    '00100040': { vr: 'CS', Value: ['F'] },
    '0020000D': { vr: 'UI', Value: [STUDY] },
    '00200010': { vr: 'SH', Value: ['1'] },
    '00201206': { vr: 'IS', Value: [1] },
    '00201208': { vr: 'IS', Value: [INSTANCES] },
  };
}

/** As long as is wanted, with a description of this letter. */
function studies(letter: string): Buffer {
  const short = JSON.stringify([studyRow(''), studyRow('')]).length;
  return json([studyRow(''), studyRow(letter.repeat(QIDO_BYTES - short))]);
}

function series(): Buffer {
  return json([
    {
      '00080060': { vr: 'CS', Value: ['MR'] },
      '00180015': { vr: 'CS', Value: ['HEAD'] },
      '0020000D': { vr: 'UI', Value: [STUDY] },
      '0020000E': { vr: 'UI', Value: [SERIES] },
      '00201209': { vr: 'IS', Value: [INSTANCES] },
    },
  ]);
}

function instances(): Buffer {
  return json(
    Array.from({ length: INSTANCES }, (_none, at) => ({
      '00080016': { vr: 'UI', Value: [PLAIN_CLASS] },
      '00080018': { vr: 'UI', Value: [instanceUid(at)] },
      '0020000D': { vr: 'UI', Value: [STUDY] },
      '0020000E': { vr: 'UI', Value: [SERIES] },
    })),
  );
}

const frame = pixels();
const answers = {
  frame: whole(
    MULTIPART,
    Buffer.concat([Buffer.from(PART_HEAD.slice(2)), frame, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]),
  ),
  studies: studies('x'),
  /** No two that follow each other are alike. */
  changing: ['x', 'y', 'z'].map(studies),
  instances: instances(),
  series: series(),
  none: json([]),
};

/** File parts, each with a head that says it is a plain image, for as long as it takes. */
function sendLong(socket: Socket): void {
  const type = MULTIPART.replace('octet-stream', 'dicom');
  socket.write(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`);
  const part = Buffer.concat([Buffer.from(PART_HEAD.replace('octet-stream', 'dicom')), filePart()]);
  const chunk = Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]);
  let left = Math.ceil(LONG_STUDY_BYTES / part.length);
  const end = `\r\n--${BOUNDARY}--\r\n`;
  const more = (): void => {
    while (left > 0) {
      left -= 1;
      if (!socket.write(chunk)) {
        socket.once('drain', more);
        return;
      }
    }
    socket.write(`${end.length.toString(16)}\r\n${end}\r\n0\r\n\r\n`);
  };
  more();
}

/** Preamble, and SOP Class and Instance UID in explicit VR little endian (PS3.10 §7.1), then pixels. */
function filePart(): Buffer {
  const element = (tag: readonly number[], value: string): Buffer => {
    const padded = value.length % 2 === 0 ? value : `${value}\0`;
    const length = Buffer.from([padded.length & 0xff, padded.length >> 8]);
    return Buffer.concat([Buffer.from(tag), Buffer.from('UI'), length, Buffer.from(padded)]);
  };
  const meta = Buffer.concat([
    element([2, 0, 2, 0], PLAIN_CLASS),
    element([2, 0, 3, 0], instanceUid(0)),
    element([2, 0, 16, 0], '1.2.840.10008.1.2.1'),
  ]);
  const length = Buffer.from([2, 0, 0, 0, 0x55, 0x4c, 4, 0, meta.length, 0, 0, 0]);
  const set = Buffer.concat([
    element([8, 0, 0x16, 0], PLAIN_CLASS),
    element([8, 0, 0x18, 0], instanceUid(0)),
  ]);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), length, meta, set, frame]);
}

function answer(socket: Socket, target: string): void {
  if (target.includes('/frames/')) socket.write(answers.frame);
  else if (target.includes('/instances')) {
    socket.write(/[?&]offset=0(&|$)/.test(target) ? answers.instances : answers.none);
  } else if (/\/series(\?|$)/.test(target)) socket.write(answers.series);
  else if (/\/studies\/[^/?]+$/.test(target)) sendLong(socket);
  else if (target.includes(CHANGING)) socket.write(nextChanging());
  else socket.write(answers.studies);
}

let asked = 0;
function nextChanging(): Buffer {
  asked += 1;
  return answers.changing[asked % answers.changing.length] ?? answers.studies;
}

const server = createServer({ noDelay: true }, (socket) => {
  let held = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (bytes) => {
    held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
    for (let end = held.indexOf(HEAD_END); end !== -1; end = held.indexOf(HEAD_END)) {
      const target = held.toString('latin1', 4, held.indexOf(' HTTP/1.'));
      held = held.subarray(end + HEAD_END.length);
      answer(socket, target);
    }
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(`listening ${String(typeof address === 'object' ? address?.port : 0)}`);
});
